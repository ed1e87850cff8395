"""`/caisse`: enrolling a tablet, opening and closing its till, what a manager approves there."""

from typing import Any, Final

from litestar import Response, post

from app.access import Forbidden, KnownDevice
from app.fiscal.draft import SALE_ID
from app.fiscal.reading import Object, OneOf, Text
from app.routes.base.bodies import WORD, decoded_body
from app.routes.base.problems import problem
from app.routes.base.replies import FRESH, fresh_json
from app.routes.base.request import SESSION, Asked, cookie, now
from app.routes.base.signature import signed_device, standing_device
from app.routes.base.transactions import beside
from app.routes.base.wrong_pin import wrong_pin_words
from app.services.people import pins
from app.services.people.pins import LockedOut, WrongPin
from app.services.tills import abandoning, unlocking
from app.services.tills.abandoning import Abandoned
from app.services.tills.unlocking import Unlocked
from app.store.tables.people import Person

_OPEN: Final = Object({"cashier_id": WORD, "pin": WORD})
_APPROVE: Final = Object(
    {
        "cashier_id": WORD,
        "pin": WORD,
        "act": OneOf(frozenset({"abandon"}), "format.text"),
        "sale_id": SALE_ID,
        "reason": Text(200, "Motif"),
    }
)


@post("/caisse/ouvrir", include_in_schema=False)
async def unlock_till(request: Asked) -> Response[bytes]:
    """The till is open for the person whose PIN was given, in a new session."""
    device = await standing_device(request)
    asked = _OPEN.read(await decoded_body(request), "")
    cashier_id, pin = asked["cashier_id"], asked["pin"]
    result = await beside(
        request,
        lambda parts: unlocking.unlock(parts.engine, _place(device), cashier_id, pin, now()),
    )
    if not isinstance(result, Unlocked):
        return _not_that_pin(request, result)
    person = result.person
    answer = fresh_json({"cashier_id": person.cashier_id, "name": person.name, "role": person.role})
    answer.set_cookie(cookie(request, SESSION, result.secret))
    return answer


def _place(device: KnownDevice) -> tuple[str, str]:
    return device.outlet_id, device.terminal_id


def _not_that_pin(request: Asked, result: WrongPin | LockedOut) -> Response[bytes]:
    if isinstance(result, LockedOut):
        return problem(
            request,
            429,
            "pin.locked",
            wrong_pin_words(result),
            headers={"Retry-After": str(result.seconds)},
        )
    return problem(
        request,
        422,
        "pin.wrong",
        wrong_pin_words(result),
        path="/pin",
        more={"left": str(result.left)},
    )


@post("/caisse/fermer", status_code=204, include_in_schema=False)
async def close_till(request: Asked) -> Response[None]:
    """Nobody sells at this till; the open ticket stays in the tablet."""
    device = await signed_device(request)
    if not device.replaced:  # else the till is another tablet's
        await beside(request, lambda parts: unlocking.close(parts.engine, _place(device), now()))
    answer: Response[None] = Response(None, status_code=204, headers=FRESH)
    answer.delete_cookie(SESSION)
    return answer


@post("/caisse/approuver", include_in_schema=False)
async def approve(request: Asked) -> Response[Any]:
    """The ledger says that a manager let this sale go, and why."""
    device = await standing_device(request)
    asked = _APPROVE.read(await decoded_body(request), "")
    cashier_id, pin = asked["cashier_id"], asked["pin"]
    person = await beside(
        request, lambda parts: pins.judge_pin(parts.engine, _place(device), cashier_id, pin, now())
    )
    if not isinstance(person, Person):
        return _not_that_pin(request, person)
    if person.role != "manager":
        raise Forbidden("scope.operation", "/cashier_id", "Il faut le code d'un gérant.")
    act = Abandoned(device, asked["sale_id"], asked["reason"], person.cashier_id)
    await beside(request, lambda parts: abandoning.abandon(parts.sealing, act))
    return Response(None, status_code=204, headers=FRESH)


ROUTES = (unlock_till, close_till, approve)
"""The routes of this module, for the server."""
