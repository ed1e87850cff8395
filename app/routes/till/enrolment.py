"""`/caisse/enroler`: a browser becomes a terminal."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from app.access import Forbidden
from app.fiscal.errors import InvalidInvoice
from app.fiscal.reading import Object, OneOf
from app.fiscal.seal import NotASeal
from app.process import Parts
from app.routes.base.bodies import WORD, decoded_body
from app.routes.base.problems import problem
from app.routes.base.replies import FRESH, fresh_json
from app.routes.base.request import Asked, now, parts_of
from app.routes.base.transactions import beside
from app.services.tills import enrolling, links
from app.services.tills.enrolling import DeviceKey, Enrolled, NotEnrolled

_LOCAL: Final = frozenset({"127.0.0.1", "::1"})


_JWK: Final = Object(
    {
        "kty": OneOf(frozenset({"EC"}), "format.key"),
        "crv": OneOf(frozenset({"P-256"}), "format.key"),
        "x": WORD,
        "y": WORD,
    }
)


_ENROL: Final = Object({"key": _JWK})


_STATUSES: Final = {"enrol.link": 404, "auth.revoked": 403}


@get("/caisse/enroler/{token:str}", include_in_schema=False)
async def enrolment_page(request: Asked, token: FromPath[str]) -> Template:
    """The button that enrols; to look at the link, as message apps do, does not use it up."""
    works = await beside(request, lambda parts: links.link_works(parts.engine, token, now()))
    context = {"token": token if works else "", "expired": not works}
    return Template("till/enrol.html", context=context, headers=FRESH)


@post("/caisse/enroler/{token:str}", include_in_schema=False)
async def enrol_by_link(request: Asked, token: FromPath[str]) -> Response[bytes]:
    """The tablet with that key is the link's terminal, and the link is spent."""
    key = await _key(request)
    return await _enrolled(
        request, lambda parts: enrolling.enrol(parts.engine, parts.sealing, token, key, now())
    )


@post("/caisse/enroler", include_in_schema=False)
async def enrol_here(request: Asked) -> Response[bytes]:
    """The browser with that key is the next free terminal of a demo on its own machine."""
    if not _is_demo_of_this_machine(request):
        raise Forbidden("enrol.demo", "", "Demandez au gérant un lien d'inscription.")
    key = await _key(request)
    return await _enrolled(
        request, lambda parts: enrolling.enrol_next(parts.engine, parts.sealing, key, now())
    )


def _is_demo_of_this_machine(request: Asked) -> bool:
    """A page of another site in a browser of this machine must not enrol a key of its own."""
    origin = request.headers.get("origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    local = request.client is not None and request.client.host in _LOCAL
    return own and local and parts_of(request).settings.role == "demo"


async def _key(request: Asked) -> DeviceKey:
    """The public key in the body, a point of P-256."""
    body = _ENROL.read(await decoded_body(request), "")
    try:
        return DeviceKey.read(body["key"])
    except NotASeal as error:
        raise InvalidInvoice("format.key", "/key", "Ce n'est pas une clé P-256.") from error


async def _enrolled(request: Asked, enrol: Callable[[Parts], Enrolled]) -> Response[bytes]:
    try:
        enrolled = await beside(request, enrol)
    except NotEnrolled as error:
        return problem(request, _STATUSES.get(error.rule, 422), error.rule, error.detail)
    parts_of(request).directory.forget(("device", enrolled.device_id))
    document = {
        "device_id": enrolled.device_id,
        "outlet_id": enrolled.outlet_id,
        "terminal_id": enrolled.terminal_id,
        "terminal_name": enrolled.terminal_name,
    }
    return fresh_json(document, 201 if enrolled.created else 200)


ROUTES: Final = (enrolment_page, enrol_by_link, enrol_here)
"""The routes of this module, for the server."""
