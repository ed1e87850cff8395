"""A case of an outlet: what is known, who can act, and the acts themselves.

A doubt is settled by two people. At the outlet the second one gives a PIN; an operator is known by
the browser. What was typed stays in its field when it cannot be.
"""

from collections.abc import Mapping
from typing import Final

from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_text
from app.fiscal.portal import Absent, Found
from app.process import Parts
from app.routes.base.problems import NotFound
from app.routes.base.request import Asked
from app.routes.base.transactions import beside
from app.routes.base.wrong_pin import wrong_pin_words
from app.routes.manage.case_words import case_context
from app.routes.manage.pages import REFUSALS, form_of, go, page
from app.routes.manage.place import OutletPage, both_paths, place_of
from app.services.cases import cases
from app.services.doubts import deciding
from app.services.people import pins
from app.services.people.managers import Manager
from app.services.watch.case_view import CaseView, case_view
from app.store.engine import writing
from app.store.tables.people import Person

MOST_NUMBER: Final = 9
"""Digits of the number of a proposal."""


@get(both_paths("/cas/{case_id:str}"), include_in_schema=False)
async def show_case(request: Asked, case_id: FromPath[str]) -> Template:
    """What is known of the case, and who can act."""
    return await _page(request, await place_of(request), case_id)


@post(both_paths("/cas/{case_id:str}/{act:str}"), include_in_schema=False)
async def act_on_case(
    request: Asked, case_id: FromPath[str], act: FromPath[str]
) -> Template | Redirect:
    """The visitor proposes, withdraws or closes, or a second person approves."""
    place = await place_of(request)
    fields = await form_of(request, place.visitor)
    if act not in _ACTS:
        raise NotFound
    do, done = _ACTS[act]
    about = (await _view(request, place, case_id)).case.about
    try:
        await beside(request, lambda parts: do(parts, place, (case_id, about), fields))
    except InvalidInvoice as error:
        return await _page(request, place, case_id, fields, error)
    return go(f"{place.base}/cas/{case_id}?fait={done}")


async def _view(request: Asked, place: OutletPage, case_id: str) -> CaseView:
    found = await beside(request, lambda parts: case_view(parts.engine, place.outlet_id, case_id))
    if found is None:
        raise NotFound
    return found


async def _page(
    request: Asked,
    place: OutletPage,
    case_id: str,
    typed: Mapping[str, str] | None = None,
    problem: InvalidInvoice | None = None,
) -> Template:
    """The page; with what was typed, and the sentence at its field, when that cannot be."""
    view = await _view(request, place, case_id)
    context = {
        **place.context(request, "cas"),
        **case_context(view, place),
        "typed": dict(typed or {}),
        "problem_at": problem.path.removeprefix("/") if problem else "",
        "problem": problem.detail if problem else "",
    }
    return page("manage/case", context, 422 if problem else 200)


Target = tuple[str, str]
"""A case and what it is about."""


def _propose(parts: Parts, place: OutletPage, target: Target, fields: Mapping[str, str]) -> None:
    """What was seen on the portal waits for a second person."""
    found: Found | Absent = Absent(fields.get("reason", ""))
    if fields.get("issue") == "found":
        names = ("code_def_dgi", "counters", "date_time", "nim")
        found = Found(**{name: fields.get(name, "") for name in names})
        if fields.get("qr_code", "").strip():
            found = Found(**{name: fields.get(name, "") for name in (*names, "qr_code")})
    deciding.propose(
        parts.engine, parts.sealing, place.outlet_id, target[1], found, place.visitor.by, place.now
    )


def _withdraw(parts: Parts, place: OutletPage, target: Target, _fields: Mapping[str, str]) -> None:
    """Nothing is proposed any more."""
    deciding.withdraw(parts.engine, parts.sealing, place.outlet_id, target[1], place.visitor.by)


def _approve(parts: Parts, place: OutletPage, target: Target, fields: Mapping[str, str]) -> None:
    """The doubt is settled by the second person."""
    text = fields.get("number", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_NUMBER else 0
    by = _second(parts, place, fields)
    deciding.approve(parts.engine, parts.sealing, place.outlet_id, target[1], by, place.now, number)


def _second(parts: Parts, place: OutletPage, fields: Mapping[str, str]) -> str:
    """Who approves: the person whose PIN was given at the outlet, or the operator."""
    visitor = place.visitor
    if not isinstance(visitor, Manager):
        return visitor.by
    chosen = fields.get("person", "")
    if not chosen:
        raise InvalidInvoice("format.missing", "/person", "Choisissez la deuxième personne.")
    terminal = (visitor.outlet_id, visitor.terminal_id)
    judged = pins.judge_pin(parts.engine, terminal, chosen, fields.get("pin", ""), place.now)
    if not isinstance(judged, Person):
        raise InvalidInvoice("pin.wrong", "/pin", wrong_pin_words(judged))
    return judged.cashier_id


def _close(parts: Parts, place: OutletPage, target: Target, fields: Mapping[str, str]) -> None:
    """The case is closed, with what was done."""
    outcome, at = fields.get("outcome", ""), utc_text(place.now)
    with writing(parts.engine) as session:
        cases.close(session, place.outlet_id, target[0], place.visitor.by, outcome, at)


_ACTS: Final = {
    "proposer": (_propose, "propose"),
    "retirer": (_withdraw, "retire"),
    "confirmer": (_approve, "regle"),
    "clore": (_close, "clos"),
}
"""By the last word of the address: the act, and what the page says when it is done."""

ROUTES: Final = (
    Router(path="/", route_handlers=[show_case, act_on_case], exception_handlers=REFUSALS),
)
"""The routes of this module, for the server."""
