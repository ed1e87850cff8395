"""`/exploitation`: all outlets at a glance for the operators of the central service."""

from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.routes.base.request import Asked, cookie, now
from app.routes.base.transactions import beside
from app.routes.manage.clock import Clock, count, duration
from app.routes.manage.pages import (
    CSRF,
    HEADERS,
    OPERATOR_SESSION,
    REFUSALS,
    form_of,
    go,
    live,
    operator_of,
    page,
)
from app.routes.manage.place import DONE
from app.routes.manage.state_words import error_of, next_try, state_in_line
from app.services.people import operators
from app.services.people.operators import Operator
from app.services.watch.overview import OutletLine, all_outlets

HOME: Final = "/exploitation"
ZONE: Final = "Africa/Kinshasa"
"""Where the central service is."""


def operator_context(request: Asked, operator: Operator, here: str) -> dict[str, Any]:
    """What every page of the central service says."""
    return {
        "visitor": operator.name,
        "outlet_id": "",
        "outlet_name": "",
        "here": here,
        "clock": Clock(ZONE, now()),
        "csrf_field": CSRF,
        "csrf": operator.csrf,
        "done": DONE.get(request.query_params.get("fait", ""), ""),
    }


@get(HOME, include_in_schema=False)
async def every_outlet(request: Asked) -> Response[Any] | Template:
    """Every outlet, the largest trouble first."""
    operator = await operator_of(request)
    context = operator_context(request, operator, "tous")
    lines = await beside(request, lambda parts: all_outlets(parts.engine, now()))
    waiting = sum(line.figures.waiting for line in lines)
    oldest = max((line.figures.oldest_seconds or 0 for line in lines), default=0)
    troubled = sum(line.figures.colour != "green" for line in lines)
    context |= {
        "outlets": [_line(line, context["clock"]) for line in lines],
        "worst": _line(lines[0], context["clock"])["state"].lamp if lines else "grey",
        "sums": [
            ("La plus ancienne attend depuis", duration(oldest) if waiting else "0"),
            ("En attente", count(waiting, "facture", "factures")),
            ("À regarder", count(troubled, "point de vente", "points de vente")),
            ("En tout", count(len(lines), "point de vente", "points de vente")),
        ],
        "say": f"À regarder : {count(troubled, 'point de vente', 'points de vente')}.",
    }
    return live(request, "operate/all", context)


def _line(line: OutletLine, clock: Clock) -> dict[str, Any]:
    """An outlet as a line of the list."""
    figures = line.figures
    paused = [("reprendre", "Reprendre")]
    return {
        "id": figures.outlet_id,
        "name": line.outlet.name,
        "path": f"{HOME}/points/{figures.outlet_id}/envois",
        "state": state_in_line(line),
        "waiting": figures.waiting,
        "cases": count(line.cases, "cas", "cas") if line.cases else "",
        "next_try": next_try(figures, clock),
        "error": error_of(figures),
        "can_act": line.module is not None,
        "acts": paused if figures.paused else [("essayer", "Essayer"), ("pause", "Pause")],
    }


@get(f"{HOME}/entrer/{{token:str}}", include_in_schema=False)
async def door(request: Asked, token: FromPath[str]) -> Template:
    """The button that enters; to look at the link, as message apps do, does not use it up."""
    works = await beside(request, lambda parts: operators.link_works(parts.engine, token, now()))
    if not works:
        return page("operate/closed", {"spent": True}, 404)
    return page("operate/enter", {"token": token})


@post(f"{HOME}/entrer/{{token:str}}", include_in_schema=False)
async def enter(request: Asked, token: FromPath[str]) -> Template | Redirect:
    """The browser is the operator's, and the link is spent."""
    secret = await beside(request, lambda parts: operators.enter(parts.engine, token, now()))
    if secret is None:
        return page("operate/closed", {"spent": True}, 404)
    answer = go(HOME)
    answer.set_cookie(cookie(request, OPERATOR_SESSION, secret))
    return answer


@post(f"{HOME}/fermer", include_in_schema=False)
async def leave(request: Asked) -> Redirect:
    """The browser is nobody's."""
    await form_of(request, await operator_of(request))
    secret = request.cookies[OPERATOR_SESSION]
    await beside(request, lambda parts: operators.leave(parts.engine, secret, now()))
    answer = Redirect(HOME, status_code=303, headers=HEADERS)
    answer.delete_cookie(OPERATOR_SESSION)
    return answer


ROUTES: Final = (
    Router(
        path="/",
        route_handlers=[every_outlet, door, enter, leave],
        exception_handlers=REFUSALS,
    ),
)
"""The routes of this module, for the server."""
