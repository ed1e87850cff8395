"""`GET /api/v1/invoices`: the sales of an outlet, filtered and in pages."""

import re
from typing import Any, Final

import msgspec
from litestar import Response, get

from app.access import may
from app.fiscal.errors import InvalidInvoice
from app.routes.base.keys import bearer
from app.routes.base.openapi.operations import KEY, ListOperation
from app.routes.base.paging import check_names, per_page
from app.routes.base.replies import json_reply
from app.routes.base.request import Asked, parts_of
from app.routes.base.transactions import reading_for
from app.services.ledger.answers import current_answer, minimal
from app.store.ledger.sales import SaleFilter, list_sales
from app.store.tables.ledger import SaleStatus

_CURSOR = re.compile(r"([0-9]{1,2})\.([0-9]{1,15})", re.ASCII)
"""Series and position."""


STATUSES: Final[tuple[SaleStatus, ...]] = ("sealed", "in_doubt", "normalised", "refused")


@get(
    "/api/v1/invoices",
    operation_class=ListOperation,
    security=KEY,
    summary="Lister les factures",
    tags=["invoices"],
    operation_id="list_invoices",
)
async def list_invoices(request: Asked) -> Response[bytes]:
    """The sales of the key's outlet, newest first, in their short form."""
    principal = await bearer(request)
    may(principal, "invoices:read")
    query = request.query_params
    check_names(query, {"status", "cursor", "per_page"})
    only = SaleFilter(_status(query.get("status")), _cursor(query.get("cursor")))
    count = per_page(query.get("per_page"))
    states = await reading_for(
        request, lambda session: list_sales(session, principal.outlet_id, only, count + 1)
    )
    host = parts_of(request).settings.verify_host
    document: dict[str, Any] = {
        "items": [msgspec.Raw(minimal(current_answer(s, host))) for s in states[:count]]
    }
    if len(states) > count:
        last = states[count - 1].sale
        document["next"] = f"{last.series}.{last.position}"
    return json_reply(document)


def _status(text: str | None) -> SaleStatus | None:
    found = next((status for status in STATUSES if status == text), None)
    if text is not None and found is None:
        raise InvalidInvoice("format.text", "/status", f"Les états : {', '.join(STATUSES)}.")
    return found


def _cursor(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise InvalidInvoice("format.text", "/cursor", "Ce curseur n'est pas d'ici.")
    return match[1], int(match[2])


ROUTES: Final = (list_invoices,)
"""The routes of this module, for the server."""
