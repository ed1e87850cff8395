"""`/caisse`: enrolling a tablet, opening and closing its till, what a manager approves there."""

import asyncio
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from app.access import Forbidden, KnownDevice
from app.fiscal.draft import SALE_ID
from app.fiscal.errors import InvalidInvoice
from app.fiscal.reading import Object, OneOf, Text
from app.fiscal.seal import NotASeal
from app.routes.bodies import decoded_body
from app.routes.device_signature import signed_device, standing_device
from app.routes.problems import problem
from app.routes.till_session import FRESH, SESSION, Asked, cookie, fresh_json, now, parts_of
from app.services.people import pins
from app.services.people.pins import LockedOut, WrongPin
from app.services.tills import abandoning, enrolling, links, unlocking
from app.services.tills.abandoning import Abandoned
from app.services.tills.enrolling import DeviceKey, Enrolled, NotEnrolled
from app.services.tills.unlocking import Unlocked
from app.store.tables.people import Person

_LOCAL: Final = frozenset({"127.0.0.1", "::1"})
_WORD: Final = Text(64)
_JWK: Final = Object(
    {
        "kty": OneOf(frozenset({"EC"}), "format.key"),
        "crv": OneOf(frozenset({"P-256"}), "format.key"),
        "x": _WORD,
        "y": _WORD,
    }
)
_ENROL: Final = Object({"key": _JWK})
_OPEN: Final = Object({"cashier_id": _WORD, "pin": _WORD})
_APPROVE: Final = Object(
    {
        "cashier_id": _WORD,
        "pin": _WORD,
        "act": OneOf(frozenset({"abandon"}), "format.text"),
        "sale_id": SALE_ID,
        "reason": Text(200),
    }
)
_STATUSES: Final = {"enrol.link": 404, "auth.revoked": 403}


@get("/caisse/enroler/{token:str}", include_in_schema=False)
async def enrolment_page(request: Asked, token: FromPath[str]) -> Template:
    """The button that enrols; to look at the link, as message apps do, does not use it up."""
    works = await asyncio.to_thread(links.link_works, parts_of(request).engine, token, now())
    context = {"token": token if works else "", "expired": not works}
    return Template("till/enrol.html", context=context, headers=FRESH)


@post("/caisse/enroler/{token:str}", include_in_schema=False)
async def enrol_by_link(request: Asked, token: FromPath[str]) -> Response[bytes]:
    """The tablet with that key is the link's terminal, and the link is spent."""
    parts, key = parts_of(request), await _key(request)
    return await _enrolled(request, enrolling.enrol, parts.engine, parts.sealing, token, key, now())


@post("/caisse/enroler", include_in_schema=False)
async def enrol_here(request: Asked) -> Response[bytes]:
    """The browser with that key is the next free terminal of a demo on its own machine."""
    if not _is_demo_of_this_machine(request):
        raise Forbidden("enrol.demo", "", "Demandez au gérant un lien d'inscription.")
    parts, key = parts_of(request), await _key(request)
    return await _enrolled(request, enrolling.enrol_next, parts.engine, parts.sealing, key, now())


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


async def _enrolled(request: Asked, enrol: Any, *asked: Any) -> Response[bytes]:
    try:
        enrolled: Enrolled = await asyncio.to_thread(enrol, *asked)
    except NotEnrolled as error:
        return problem(_STATUSES.get(error.rule, 422), error.rule, error.detail)
    parts_of(request).directory.forget(("device", enrolled.device_id))
    document = {
        "device_id": enrolled.device_id,
        "outlet_id": enrolled.outlet_id,
        "terminal_id": enrolled.terminal_id,
        "terminal_name": enrolled.terminal_name,
    }
    return fresh_json(document, 201 if enrolled.created else 200)


@post("/caisse/ouvrir", include_in_schema=False)
async def unlock_till(request: Asked) -> Response[bytes]:
    """The till is open for the person whose PIN was given, in a new session."""
    device = await standing_device(request)
    asked = _OPEN.read(await decoded_body(request), "")
    result = await asyncio.to_thread(
        unlocking.unlock,
        parts_of(request).engine,
        _place(device),
        asked["cashier_id"],
        asked["pin"],
        now(),
    )
    if not isinstance(result, Unlocked):
        return _not_that_pin(result)
    person = result.person
    answer = fresh_json({"cashier_id": person.cashier_id, "name": person.name, "role": person.role})
    answer.set_cookie(cookie(request, SESSION, result.secret))
    return answer


def _place(device: KnownDevice) -> tuple[str, str]:
    return device.outlet_id, device.terminal_id


def _not_that_pin(result: WrongPin | LockedOut) -> Response[bytes]:
    if isinstance(result, LockedOut):
        return problem(
            429,
            "pin.locked",
            f"Trop d’essais. Attendez {result.seconds} secondes, puis réessayez.",
            headers={"Retry-After": str(result.seconds)},
        )
    tries = "1 essai" if result.left == 1 else f"{result.left} essais"
    return problem(
        422,
        "pin.wrong",
        f"Ce code n’est pas le bon. Encore {tries}.",
        path="/pin",
        more={"left": str(result.left)},
    )


@post("/caisse/fermer", status_code=204, include_in_schema=False)
async def close_till(request: Asked) -> Response[None]:
    """Nobody sells at this till; the open ticket stays in the tablet."""
    device = await signed_device(request)
    if not device.replaced:  # else the till is another tablet's
        engine = parts_of(request).engine
        await asyncio.to_thread(unlocking.close, engine, _place(device), now())
    answer: Response[None] = Response(None, status_code=204, headers=FRESH)
    answer.delete_cookie(SESSION)
    return answer


@post("/caisse/approuver", include_in_schema=False)
async def approve(request: Asked) -> Response[Any]:
    """The ledger says that a manager let this sale go, and why."""
    device = await standing_device(request)
    asked = _APPROVE.read(await decoded_body(request), "")
    parts = parts_of(request)
    person = await asyncio.to_thread(
        pins.judge_pin,
        parts.engine,
        _place(device),
        asked["cashier_id"],
        asked["pin"],
        now(),
    )
    if not isinstance(person, Person):
        return _not_that_pin(person)
    if person.role != "manager":
        raise Forbidden("scope.operation", "/cashier_id", "Il faut le code d'un gérant.")
    act = Abandoned(device, asked["sale_id"], asked["reason"], person.cashier_id)
    await asyncio.to_thread(abandoning.abandon, parts.engine, parts.sealing, act)
    return Response(None, status_code=204, headers=FRESH)


ROUTES = (enrolment_page, enrol_by_link, enrol_here, unlock_till, close_till, approve)
"""The routes of this module, for the server."""
