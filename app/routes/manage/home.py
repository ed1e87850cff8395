"""`/gestion`: the state of the outlet in ten seconds."""

from typing import Final

from litestar import Router, get

from app.routes.base.request import Asked
from app.routes.manage.case_words import case_line
from app.routes.manage.clock import Clock, count
from app.routes.manage.pages import REFUSALS, Page, live
from app.routes.manage.place import MANAGER, place_of, view_of
from app.routes.manage.state_words import state_context
from app.services.watch.overview import OutletView
from app.store.tables.tills import Device


@get(MANAGER, include_in_schema=False)
async def home(request: Asked) -> Page:
    """The state in ten seconds, and what somebody must look at."""
    place = await place_of(request)
    view = await view_of(request, place)
    context = {
        **place.context(request, "etat"),
        **state_context(view, place),
        "cases": [case_line(case, place) for case in view.cases],
        "tablets": [_tablet(device, view, place.clock) for device in view.devices],
    }
    return live(request, "manage/home", context)


def _tablet(device: Device, view: OutletView, clock: Clock) -> dict[str, str]:
    """A tablet as a line: what it holds that the server does not have."""
    waits = device.outbox > 0
    return {
        "lamp": "amber" if waits else "green",
        "name": view.terminals.get(device.terminal_id, device.terminal_id),
        "word": count(device.outbox, "vente pas encore reçue", "ventes pas encore reçues")
        if waits
        else "Tout est reçu",
        "heard": clock.when(device.heard_at),
    }


ROUTES: Final = (Router(path="/", route_handlers=[home], exception_handlers=REFUSALS),)
"""The routes of this module, for the server."""
