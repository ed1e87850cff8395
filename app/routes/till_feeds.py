"""What a tablet asks while it sells: its context, articles and clients since a cursor, the lamps.

Each request is signed by the tablet; no open till is needed, so that a tablet is ready before its
first cashier is.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final

from litestar import Response, get, put
from litestar.params import FromPath

from app.access import Forbidden
from app.fiscal.errors import InvalidInvoice
from app.routes.bodies import decoded_body
from app.routes.device_signature import signed_device
from app.routes.openapi import DEVICE, HeartbeatOperation
from app.routes.till_session import Asked, fresh_json, now, parts_of
from app.services.shop.articles import articles_document
from app.services.shop.clients import clients_document
from app.services.tills.context import context_document
from app.services.tills.heartbeat import keep_heartbeat, read_heartbeat
from app.services.tills.lamps import state_document
from app.services.tills.unfinished import unfinished_document
from app.store.engine import Engine

_RECEIPTS: Final = frozenset({"email", "whatsapp"})
_CURSOR: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


@get("/caisse/contexte.json", include_in_schema=False)
async def till_context(request: Asked) -> Response[bytes]:
    """Where this tablet sells, who may, every tax table and the newest rates."""
    device = await signed_device(request)
    parts = parts_of(request)
    channels = _RECEIPTS & parts.channels.by_name.keys()
    document = await asyncio.to_thread(context_document, parts.engine, device, channels, now())
    return fresh_json(document)


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
    engine = parts_of(request).engine
    return fresh_json(await asyncio.to_thread(document, engine, device.outlet_id, since))


def _cursor(text: str) -> int:
    if _CURSOR.fullmatch(text) is None:
        raise InvalidInvoice("format.text", "/since", "Ce curseur n'est pas d'ici.")
    return int(text)


@get("/caisse/envois", include_in_schema=False)
async def unfinished_sales(request: Asked) -> Response[bytes]:
    """The sales of the whole outlet that wait for the DGI, are in doubt, failed or were refused."""
    device = await signed_device(request)
    engine = parts_of(request).engine
    return fresh_json(await asyncio.to_thread(unfinished_document, engine, device.outlet_id, now()))


@put(
    "/api/v1/devices/{device_id:str}/heartbeat",
    operation_class=HeartbeatOperation,
    security=DEVICE,
    summary="Dire comment va la tablette, apprendre comment va le point de vente",
    tags=["Tablettes"],
)
async def heartbeat(request: Asked, device_id: FromPath[str]) -> Response[bytes]:
    """What the tablet says of itself is kept; the answer says how the outlet is."""
    device = await signed_device(request)
    if device.device_id != device_id:
        raise Forbidden("scope.device", "/device_id", "Cette tablette parle pour une autre.")
    said = read_heartbeat(await decoded_body(request))
    parts, instant = parts_of(request), now()

    def exchange() -> dict[str, Any]:
        keep_heartbeat(parts.engine, parts.sealing, device, said, instant)
        return state_document(parts.engine, parts.sealing, device.outlet_id, instant)

    return fresh_json(await asyncio.to_thread(exchange))


ROUTES: Final = (till_context, till_articles, till_clients, unfinished_sales, heartbeat)
