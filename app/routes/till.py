"""`/caisse`: the page of the till, opening and closing it, and what it asks while it sells."""

import asyncio
import hashlib
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.delivery.qr import modules, svg_path, svg_side
from app.fiscal.tables import local_time, table_in_force
from app.routes.problems import NotFound
from app.routes.till_session import (
    SESSION,
    TERMINAL,
    YEARS_SECONDS,
    Asked,
    check_csrf,
    cookie,
    now,
    open_till_of,
    parts_of,
    till_of,
)
from app.services import terminals
from app.services.answers import current_answer
from app.services.catalogue import catalogue_document
from app.services.lamps import lamps_of
from app.services.terminals import ClosedTill, LockedOut, Unlocked, WrongPin
from app.store.accounts import OpenTill
from app.store.engine import reading
from app.store.ledger import sale_state
from app.store.outlets import outlet_ids

_FRESH = {"Cache-Control": "no-store"}
_ASKED_AGAIN = {"Cache-Control": "private, no-cache"}
_LOCAL = frozenset({"127.0.0.1", "::1"})


def _page(name: str, context: dict[str, Any], status: int = 200) -> Template:
    return Template(name, context=context, status_code=status, headers=_FRESH)


@get("/caisse", include_in_schema=False)
async def till_page(request: Asked) -> Template | Redirect:
    """The till when it is open, the names when it is closed, how to enrol when it is none."""
    till = await till_of(request)
    if till is not None:
        return _page("till/till.html", {"csrf": till.csrf_token})
    secret = request.cookies.get(TERMINAL, "")
    closed = await asyncio.to_thread(terminals.closed_till, parts_of(request).engine, secret)
    if closed is not None:
        return _page("till/unlock.html", _names(closed, secret))
    if _enrols_itself(request):
        return await _enrolled_here(request)
    return _page("till/enrol.html", {"token": "", "expired": False})


def _enrols_itself(request: Asked) -> bool:
    local = request.client is not None and request.client.host in _LOCAL
    return local and parts_of(request).settings.role == "demo"


async def _enrolled_here(request: Asked) -> Redirect:
    engine = parts_of(request).engine

    def enrol() -> str:
        with reading(engine) as session:
            first = outlet_ids(session)[0]
        return terminals.enrol_next(engine, first)

    secret = await asyncio.to_thread(enrol)
    return _to_till(request, secret)


def _to_till(request: Asked, terminal_secret: str) -> Redirect:
    kept = cookie(request, TERMINAL, terminal_secret, YEARS_SECONDS)
    return Redirect("/caisse", status_code=303, cookies=[kept], headers=_FRESH)


def _names(closed: ClosedTill, secret: str, chosen: str = "", error: str = "") -> dict[str, Any]:
    return {
        "csrf": terminals.form_token(secret),
        "outlet_name": closed.outlet_name,
        "terminal_name": closed.name,
        "people": closed.people,
        "chosen": chosen,
        "error": error,
    }


@get("/caisse/enroler/{token:str}", include_in_schema=False)
async def enrolment_page(request: Asked, token: FromPath[str]) -> Template:
    """The button that enrols; to look at the link, as message apps do, does not use it up."""
    works = await asyncio.to_thread(terminals.link_works, parts_of(request).engine, token, now())
    context = {"token": token if works else "", "expired": not works}
    return _page("till/enrol.html", context)


@post("/caisse/enroler/{token:str}", include_in_schema=False)
async def enrol_terminal(request: Asked, token: FromPath[str]) -> Template | Redirect:
    """This browser is the link's terminal, and the link is spent."""
    secret = await asyncio.to_thread(terminals.enrol, parts_of(request).engine, token, now())
    if secret is None:
        return _page("till/enrol.html", {"token": "", "expired": True})
    return _to_till(request, secret)


@post("/caisse/ouvrir", include_in_schema=False)
async def unlock_till(request: Asked) -> Template | Response[None]:
    """The till is open for the person whose PIN was given, in a new session."""
    engine, secret = parts_of(request).engine, request.cookies.get(TERMINAL, "")
    closed = await asyncio.to_thread(terminals.closed_till, engine, secret)
    if closed is None:
        return _elsewhere(request)
    form = await request.form()
    check_csrf(terminals.form_token(secret), str(form.get("_csrf", "")))
    cashier_id, pin = str(form.get("cashier_id", "")), str(form.get("pin", ""))
    result = await asyncio.to_thread(terminals.unlock, engine, closed.key, cashier_id, pin, now())
    if isinstance(result, Unlocked):
        answer = _elsewhere(request)
        answer.set_cookie(cookie(request, SESSION, result.secret))
        return answer
    name = "till/_unlock.html" if "hx-request" in request.headers else "till/unlock.html"
    status = 429 if isinstance(result, LockedOut) else 422
    return _page(name, _names(closed, secret, cashier_id, _sentence(result)), status)


def _elsewhere(request: Asked) -> Response[None]:
    """To `/caisse`, as a browser or as htmx understands it."""
    if "hx-request" in request.headers:
        return Response(None, status_code=204, headers={"HX-Redirect": "/caisse", **_FRESH})
    return Response(None, status_code=303, headers={"Location": "/caisse", **_FRESH})


def _sentence(result: WrongPin | LockedOut) -> str:
    if isinstance(result, LockedOut):
        return f"Trop d’essais. Attendez {result.seconds} secondes, puis réessayez."
    tries = "1 essai" if result.left == 1 else f"{result.left} essais"
    return f"Ce code n’est pas le bon. Encore {tries}."


@post("/caisse/fermer", include_in_schema=False)
async def close_till(request: Asked) -> Response[None]:
    """Nobody sells at this till; the open ticket stays in the browser."""
    till = await till_of(request)
    answer: Response[None] = Response(
        None, status_code=303, headers={"Location": "/caisse", **_FRESH}
    )
    if till is not None:
        form = await request.form()
        check_csrf(till.csrf_token, str(form.get("_csrf", "")))
        await asyncio.to_thread(terminals.close, parts_of(request).engine, till, now())
    answer.delete_cookie(SESSION)
    return answer


@get("/caisse/articles.json", include_in_schema=False)
async def till_articles(request: Asked) -> Response[bytes]:
    """The catalogue, or 304 when the browser has it."""
    till = await open_till_of(request)
    engine = parts_of(request).engine
    body = await asyncio.to_thread(catalogue_document, engine, till.outlet_id)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, **_ASKED_AGAIN}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@get("/caisse/contexte.json", include_in_schema=False)
async def till_context(request: Asked) -> Response[bytes]:
    """Who sells where, and the tax table in force."""
    till = await open_till_of(request)
    body = msgspec.json.encode(_context(till))
    return Response(body, media_type="application/json", headers=_FRESH)


def _context(till: OpenTill) -> dict[str, Any]:
    instant = now()
    table = table_in_force(instant, till.zone)
    return {
        "outlet_id": till.outlet_id,
        "outlet_name": till.outlet_name,
        "merchant_nif": till.merchant_nif,
        "pos_terminal_id": till.terminal_id,
        "cashier_id": till.cashier_id,
        "operator": till.cashier_name,
        "price_mode": "TTC",
        "tax_table": table.name,
        "rates": {letter: str(rate) for letter, rate in table.rates.items() if rate is not None},
        "time": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@get("/caisse/ruban", include_in_schema=False)
async def till_ribbon(request: Asked) -> Template:
    """The lamps that the server knows, and its clock in the outlet's zone."""
    till, instant = await open_till_of(request), now()
    lamps = await asyncio.to_thread(lamps_of, parts_of(request).engine, till, instant)
    context = {
        "lamps": lamps,
        "time": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "clock": local_time(instant, till.zone).strftime("%H:%M"),
    }
    return _page("till/_ribbon.html", context)


@get("/caisse/ventes/{sale_id:str}/bandeau", include_in_schema=False)
async def till_strip(request: Asked, sale_id: FromPath[str]) -> Template:
    """The security elements of a sale of this outlet, as far as they exist."""
    till, parts = await open_till_of(request), parts_of(request)

    def read() -> dict[str, Any] | None:
        with reading(parts.engine) as session:
            state = sale_state(session, till.outlet_id, sale_id=sale_id)
        answer = state and current_answer(state, parts.settings.verify_host)
        return msgspec.json.decode(answer) if answer else None

    answer = await asyncio.to_thread(read)
    if answer is None:
        raise NotFound
    return _page("till/_strip.html", _strip(answer))


def _strip(answer: dict[str, Any]) -> dict[str, Any]:
    normalisation = answer.get("normalisation", {})
    qr = None
    if "qr_code" in normalisation:
        matrix = modules(normalisation["qr_code"], "M")
        qr = {"side": svg_side(matrix), "path": svg_path(matrix)}
    return {
        "code_def_dgi": normalisation.get("code_def_dgi"),
        "fiscal_number": answer["security"]["fiscal_number"],
        "receipt": answer["links"]["receipt"],
        "pdf": answer["links"]["pdf"],
        "qr": qr,
    }


ROUTES = (
    till_page,
    enrolment_page,
    enrol_terminal,
    unlock_till,
    close_till,
    till_articles,
    till_context,
    till_ribbon,
    till_strip,
)


"""The routes of this module, for the server."""
