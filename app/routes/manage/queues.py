"""`…/envois`: the way to the authority, as the manager of an outlet and the operators see it."""

from typing import Final

from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from app.fiscal.canonical import parse_canonical
from app.routes.base.problems import NotFound
from app.routes.base.request import Asked, parts_of
from app.routes.base.transactions import beside
from app.routes.manage.case_words import case_line
from app.routes.manage.clock import Clock, count
from app.routes.manage.pages import REFUSALS, Page, form_of, go, live
from app.routes.manage.place import both_paths, place_of, view_of
from app.routes.manage.state_words import state_context
from app.routes.manage.words import DELIVERY_STATES
from app.services.dgi import queue_acts
from app.services.dgi.queue_acts import PAUSED, RESUMED, TRIED, QueueAct
from app.services.people.names import name_of
from app.services.watch.overview import OutletView
from app.store.dgi.waiting import WaitingSale
from app.wording import francs

ACTS: Final = {
    "essayer": (TRIED, "essai", "deja"),
    "pause": (PAUSED, "pause", "deja"),
    "reprendre": (RESUMED, "reprise", "deja"),
}
"""By the last word of the address: the act, and what the page says when it was done or not."""
ACT_WORDS: Final = {
    TRIED: "a demandé un nouvel essai",
    PAUSED: "a mis les envois en pause",
    RESUMED: "a repris les envois",
}


@get(both_paths("/envois"), include_in_schema=False)
async def queue(request: Asked) -> Page:
    """What waits for the authority, and what can be done about it."""
    place = await place_of(request)
    view = await view_of(request, place)
    more = view.figures.waiting - len(view.sales)
    context = {
        **place.context(request, "envois"),
        **state_context(view, place),
        "cases": [] if place.manages else [case_line(case, place) for case in view.cases],
        "sales": [_sale(sale, view, place.clock) for sale in view.sales],
        "more": count(more, "autre facture", "autres factures") if more > 0 else "",
        "paused": view.figures.paused,
        "can_act": view.module is not None,
        "acts": [
            f"{place.clock.at(act.at)} : {name_of(view.people, act.by)} {ACT_WORDS[act.name]}."
            for act in view.acts
            if act.name in ACT_WORDS
        ],
    }
    return live(request, "manage/queue", context)


def _sale(sale: WaitingSale, view: OutletView, clock: Clock) -> dict[str, str]:
    """A waiting sale as a line; it leads to its case when there is one."""
    row, invoice = sale.delivery, parse_canonical(sale.body)
    lamp, word = DELIVERY_STATES[row.state]
    if row.attempts and lamp == "blue":
        lamp = "amber"
    case = next((case for case in view.cases if case.about == row.sale_id), None)
    return {
        "lamp": lamp,
        "word": word,
        "number": sale.fiscal_number,
        "total": francs(invoice["totals"]["total"]),
        "sold": clock.when(row.queued_at),
        "error": row.doubt_reason or row.last_error or "",
        "tries": count(row.attempts, "essai", "essais") if row.attempts else "",
        "case": case.case_id if case else "",
    }


@post(both_paths("/envois/{act:str}"), include_in_schema=False)
async def act_on_queue(request: Asked, act: FromPath[str]) -> Redirect:
    """The act is done once and the agent is told; the page says what came of it."""
    place = await place_of(request)
    await form_of(request, place.visitor)
    if act not in ACTS:
        raise NotFound
    name, done, not_done = ACTS[act]
    outlet = await beside(request, lambda parts: parts.directory.outlet(place.outlet_id))
    if outlet is None or outlet.control_module is None:
        raise NotFound
    nim = outlet.control_module
    asked = QueueAct(name, place.outlet_id, nim, place.visitor.by)
    did = await beside(request, lambda parts: queue_acts.act(parts.sealing, asked))
    parts_of(request).wake(nim)
    return go(f"{place.base}/envois?fait={done if did else not_done}")


ROUTES: Final = (
    Router(path="/", route_handlers=[queue, act_on_queue], exception_handlers=REFUSALS),
)
"""The routes of this module, for the server."""
