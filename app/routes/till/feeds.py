"""What a tablet asks while it sells: its context, articles and clients since a cursor, the lamps.

Each request is signed by the tablet; no open till is needed, so that a tablet is ready before its
first cashier is.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from litestar import Response, get

from app.fiscal.errors import InvalidInvoice
from app.process import Parts
from app.routes.base.replies import fresh_json
from app.routes.base.request import Asked, now
from app.routes.base.signature import signed_device
from app.routes.base.transactions import beside
from app.services.shop.articles import articles_document
from app.services.shop.clients import clients_document
from app.services.tills.context import context_document
from app.services.tills.unfinished import unfinished_document
from app.store.engine import Engine

_RECEIPTS: Final = frozenset({"email", "whatsapp"})
_CURSOR: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


@get("/caisse/contexte.json", include_in_schema=False)
async def till_context(request: Asked) -> Response[bytes]:
    """Where this tablet sells, who may, every tax table and the newest rates."""
    device = await signed_device(request)

    def read(parts: Parts) -> dict[str, Any]:
        channels = _RECEIPTS & parts.channels.by_name.keys()
        return context_document(parts.engine, device, channels, now())

    return fresh_json(await beside(request, read))


@get("/caisse/articles.json", include_in_schema=False)
async def till_articles(request: Asked) -> Response[bytes]:
    """The articles that changed since the tablet's cursor, a page at a time."""
    return await _delta(request, articles_document)


@get("/caisse/clients.json", include_in_schema=False)
async def till_clients(request: Asked) -> Response[bytes]:
    """The clients that changed since the tablet's cursor, a page at a time."""
    return await _delta(request, clients_document)


async def _delta(request: Asked, document: Callable[[Engine, str, int], bytes]) -> Response[bytes]:
    device = await signed_device(request)
    since = _cursor(request.query_params.get("since", "0"))
    return fresh_json(
        await beside(request, lambda parts: document(parts.engine, device.outlet_id, since))
    )


def _cursor(text: str) -> int:
    if _CURSOR.fullmatch(text) is None:
        raise InvalidInvoice("format.text", "/since", "Ce curseur n'est pas d'ici.")
    return int(text)


@get("/caisse/envois", include_in_schema=False)
async def unfinished_sales(request: Asked) -> Response[bytes]:
    """The sales of the whole outlet that wait for the DGI, are in doubt, failed or were refused."""
    device = await signed_device(request)
    return fresh_json(
        await beside(
            request, lambda parts: unfinished_document(parts.engine, device.outlet_id, now())
        )
    )


ROUTES: Final = (
    till_context,
    till_articles,
    till_clients,
    unfinished_sales,
)
