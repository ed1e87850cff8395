"""The authority's HTTP surface under `/edef/api`, and the simulator's own under `/simulator`."""

from typing import Any, TypeAlias

import msgspec
from litestar import Litestar, Request, Response, get, post, put
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.control.simulator import faults, journal, tokens
from app.control.simulator.answers import NOTHING_COMPUTED
from app.control.simulator.faults import Script
from app.control.simulator.reference_lists import LISTS
from app.control.simulator.request import BadBody, Refusal, read_object
from app.control.simulator.tax_platform import TaxPlatform, Twist
from app.control.simulator.tokens import Claims, TokenRefused
from app.control.simulator.whole_answer import ENCODED, JSON
from app.control.simulator.wire import TWIST, FaultyWire

AnyRequest: TypeAlias = Request[Any, Any, Any]


class NoLength(Exception):  # an answer of the protocol: HTTP 411
    """A PUT says neither how long its body is nor that it comes in chunks: HTTP 411."""


@get("/edef/api/invoice")
async def status(request: AnyRequest) -> Response[bytes]:
    """The state of the platform and of the token; what waits for its confirm."""
    return _json(_platform(request).status(_claims(request), _twist(request)))


@post("/edef/api/invoice", status_code=200)
async def submit(request: AnyRequest) -> Response[bytes]:
    """The invoice waits for its confirm; its totals as the platform computes them."""
    claims = _claims(request)
    document = read_object(await request.body())
    try:
        return _json(_platform(request).post(claims, document, _twist(request)))
    except Refusal as refusal:
        return _json(NOTHING_COMPUTED | _error(refusal))


@put("/edef/api/invoice/{uid:str}/{action:str}")
async def settle(request: AnyRequest, uid: FromPath[str], action: FromPath[str]) -> Response[bytes]:
    """The request is finalised or dropped; the action word may be in any case."""
    if action.lower() not in ("confirm", "cancel"):
        raise NotFoundException
    if not {"content-length", "transfer-encoding"} & set(request.headers):
        raise NoLength
    claims, platform = _claims(request), _platform(request)
    document = read_object(await request.body())
    if action.lower() == "cancel":
        return _json(platform.cancel(claims, uid, _twist(request)))
    answer = platform.confirm(claims, uid, document, _twist(request))
    await platform.journal.durable()
    return _json(answer)


@get("/edef/api/invoice/{uid:str}")
async def waiting(request: AnyRequest, uid: FromPath[str]) -> Response[bytes]:
    """The request as it was sent, as long as it waits."""
    return _json(_platform(request).pending(_claims(request), uid))


@get("/edef/api/info/{name:str}")
async def reference_list(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """One of the eight reference lists."""
    if name.lower() not in LISTS:
        raise NotFoundException
    claims = _claims(request)
    return _json(LISTS[name.lower()](_platform(request), claims, _twist(request)))


@put("/simulator/faults")
async def set_faults(request: AnyRequest) -> Response[bytes]:
    """The script in force is the one sent, its counts at zero. No part of the authority's API."""
    try:
        rules = faults.read_rules(await request.body())
    except msgspec.DecodeError as error:
        return _json({"detail": str(error)}, 400)
    _wire(request).script = Script(rules)
    return _json({"rules": len(rules)})


@get("/simulator/invoices")
async def list_invoices(request: AnyRequest) -> Response[bytes]:
    """Every confirmed invoice, in order. No part of the authority's API."""
    kept = _platform(request).journal.by_code.values()
    return _json([journal.as_document(invoice) for invoice in kept])


@get("/simulator/requests")
async def count_requests(request: AnyRequest) -> Response[bytes]:
    """How many requests each endpoint has met. No part of the authority's API."""
    return _json(_wire(request).counts)


def make_wire(platform: TaxPlatform) -> FaultyWire:
    """The ASGI application in front of that platform."""
    app = Litestar(
        [
            status,
            submit,
            settle,
            waiting,
            reference_list,
            set_faults,
            list_invoices,
            count_requests,
        ],
        exception_handlers={
            Refusal: _refused,
            BadBody: _bad_body,
            TokenRefused: _unauthorised,
            NoLength: _length_required,
        },
        openapi_config=None,
        logging_config=None,
    )
    wire = FaultyWire(app, platform)
    app.state.update({"platform": platform, "wire": wire})
    return wire


def _platform(request: AnyRequest) -> TaxPlatform:
    platform: TaxPlatform = request.app.state.platform
    return platform


def _wire(request: AnyRequest) -> FaultyWire:
    wire: FaultyWire = request.app.state.wire
    return wire


def _claims(request: AnyRequest) -> Claims:
    return tokens.read(request.headers.get("authorization"), _platform(request).clock())


def _twist(request: AnyRequest) -> Twist:
    twist: Twist = dict(request.scope).get(TWIST, Twist())  # type: ignore[assignment]
    return twist


def _json(content: object, status_code: int = 200) -> Response[bytes]:
    return Response(ENCODED(content), status_code=status_code, media_type=JSON.decode())


def _error(refusal: Refusal) -> dict[str, str]:
    return {"errorCode": refusal.code, "errorDesc": refusal.text}


def _refused(_request: AnyRequest, refusal: Refusal) -> Response[bytes]:
    """A business error is HTTP 200."""
    return _json(_error(refusal))


def _bad_body(_request: AnyRequest, error: BadBody) -> Response[bytes]:
    problem = {"title": "Bad Request", "status": 400, "detail": str(error)}
    return Response(
        ENCODED(problem), status_code=400, media_type="application/problem+json; charset=utf-8"
    )


def _unauthorised(_request: AnyRequest, _error: TokenRefused) -> Response[bytes]:
    return Response(b"", status_code=401, headers={"WWW-Authenticate": "Bearer"})


def _length_required(_request: AnyRequest, _error: NoLength) -> Response[bytes]:
    return Response(b"Length Required", status_code=411, media_type="text/plain")
