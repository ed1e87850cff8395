"""`/api/v1/outages`: what could not be reached and when, attested, and what may be sold now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from litestar import Response, get
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from app.access import may
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_time
from app.fiscal.probe import Outage
from app.routes.base.keys import bearer
from app.routes.base.openapi import shapes
from app.routes.base.openapi.operations import KEY, json_answer, parameter, problems
from app.routes.base.replies import fresh_json
from app.routes.base.request import Asked, now
from app.routes.base.transactions import reading_for
from app.services.watch.mode import Mode, mode_in_force
from app.services.watch.probes import log_lines, told_outages
from app.store.engine import Session

T = TypeVar("T")
_OUTLET: Final = parameter("outlet_id", "query", "le code du point de vente", required=True)


@dataclass
class OutagesOperation(Operation):
    """Outages, and the mode in force."""

    def __post_init__(self) -> None:
        self.parameters = [_OUTLET]
        self.responses = {
            "200": json_answer("Les pannes", shapes.OUTAGES),
            **problems(400, 401, 403),
        }


@dataclass
class LogOperation(Operation):
    """The probe log."""

    def __post_init__(self) -> None:
        self.parameters = [_OUTLET]
        media = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        )
        self.responses = {
            "200": OpenAPIResponse(
                description="Les clés, puis statement et signature par ligne",
                content={"application/jsonl": media},
            ),
            **problems(400, 401, 403),
        }


@get(
    "/api/v1/outages",
    operation_class=OutagesOperation,
    security=KEY,
    summary="Les pannes relevées, et ce qui peut être vendu maintenant",
    tags=["outages"],
    operation_id="list_outages",
)
async def list_outages(request: Asked) -> Response[bytes]:
    """Each outage with its part, its beginning and its end; the mode in force and its deadline."""
    instant = now()
    document = await _read(
        request, lambda session, outlet_id: outages_document(session, outlet_id, instant)
    )
    return fresh_json(document)


@get(
    "/api/v1/outages.jsonl",
    operation_class=LogOperation,
    security=KEY,
    summary="Le journal signé des pannes",
    tags=["outages"],
    operation_id="download_outage_log",
)
async def download_log(request: Asked) -> Response[bytes]:
    """The whole probe log, for `bono verify`."""
    log = await _read(request, lambda session, outlet_id: b"".join(log_lines(session, outlet_id)))
    return Response(
        log,
        media_type="application/jsonl",
        headers={"Content-Disposition": 'attachment; filename="pannes.jsonl"'},
    )


async def _read(request: Asked, read: Callable[[Session, str], T]) -> T:
    """What that reads of the outlet that was asked for.

    Raises:
        Forbidden: the key is another outlet's, or has no such right.
        InvalidInvoice: `format.member`, no outlet was named.
    """
    principal = await bearer(request)
    outlet_id = request.query_params.get("outlet_id", "")
    if not outlet_id:
        raise InvalidInvoice("format.member", "/outlet_id", "Dites le point de vente.")
    may(principal, "invoices:read", outlet_id)
    return await reading_for(request, lambda session: read(session, outlet_id))


def outages_document(session: Session, outlet_id: str, instant: datetime) -> dict[str, Any]:
    """The answer of the API."""
    return {
        "outlet_id": outlet_id,
        "mode": _mode(mode_in_force(session, outlet_id, instant)),
        "items": [_outage(outage) for outage in told_outages(session, outlet_id)],
    }


def _mode(mode: Mode) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": mode.name,
        "may_sell": mode.may_sell,
        "title": mode.title,
        "words": mode.words,
        "parts": dict(mode.parts),
    }
    times = {"since": mode.since, "deadline": mode.deadline}
    return document | {name: time for name, time in times.items() if time is not None}


def _outage(outage: Outage) -> dict[str, str]:
    document = {"part": outage.part, "from": outage.since}
    if outage.until is None:
        return document
    lasted = utc_time(outage.until) - utc_time(outage.since)
    return document | {"to": outage.until, "seconds": str(int(lasted.total_seconds()))}


ROUTES: Final = (list_outages, download_log)
