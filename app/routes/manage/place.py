"""An outlet's pages as one visitor sees them: the manager's own, or one that an operator opened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.routes.base.problems import NotFound
from app.routes.base.request import Asked, now
from app.routes.base.transactions import beside
from app.routes.manage.clock import Clock
from app.routes.manage.pages import CSRF, Visitor, manager_of, operator_of
from app.services.people.managers import Manager
from app.services.watch.overview import OutletView, outlet_view

MANAGER: Final = "/gestion"
"""Where a manager's pages stand."""
OPERATOR: Final = "/exploitation/points"
"""Where an operator's pages of one outlet stand, below its id."""
DONE: Final = {
    "essai": "Un nouvel essai est demandé : il part tout de suite.",
    "pause": "Les envois sont en pause. Les ventes continuent et attendent.",
    "reprise": "Les envois reprennent.",
    "deja": "C’était déjà fait.",
    "regles": "Les règles sont changées.",
    "pareil": "Aucune règle n’a été changée.",
    "propose": "La proposition est enregistrée. Une deuxième personne doit la confirmer.",
    "retire": "La proposition est retirée.",
    "regle": "Le doute est levé, et le grand livre dit par qui.",
    "clos": "Le cas est clos.",
    "rejoue": "Le message repart.",
}
"""What was just done, by the word in the address: nothing of the address itself is shown."""


@dataclass(frozen=True, slots=True)
class OutletPage:
    """An outlet, who looks at it, and where its pages stand."""

    visitor: Visitor
    outlet_id: str
    outlet_name: str
    zone: str
    base: str
    """The address under which its pages stand."""
    now: datetime

    @property
    def clock(self) -> Clock:
        """Times as they are read there."""
        return Clock(self.zone, self.now)

    def context(self, request: Asked, page: str) -> dict[str, Any]:
        """What every page of it says."""
        return {
            "frame": "manage/_frame.html" if self.manages else "operate/_frame.html",
            "visitor": self.visitor.name,
            "outlet_id": self.outlet_id,
            "outlet_name": self.outlet_name,
            "base": self.base,
            "here": page,
            "clock": self.clock,
            "csrf_field": CSRF,
            "csrf": self.visitor.csrf,
            "done": DONE.get(request.query_params.get("fait", ""), ""),
        }

    @property
    def manages(self) -> bool:
        """The visitor is the outlet's own manager."""
        return isinstance(self.visitor, Manager)


def both_paths(page: str) -> list[str]:
    """The addresses of a page of an outlet: its manager's own, and the one for any operator."""
    return [f"{MANAGER}{page}", f"{OPERATOR}/{{outlet_id:str}}{page}"]


async def place_of(request: Asked) -> OutletPage:
    """The outlet of the address, for the one of the two who may stand there.

    Raises:
        NotForYou: the address is the manager's, and none asks.
        NoOperator: the address is the operators', and none asks.
        NotFound: there is no such outlet.
    """
    outlet_id = request.path_params.get("outlet_id")
    if outlet_id is None:
        return await _manager_place(request)
    return await _operator_place(request, outlet_id)


async def _manager_place(request: Asked) -> OutletPage:
    who = await manager_of(request)
    return OutletPage(who, who.outlet_id, who.outlet_name, who.zone, MANAGER, now())


async def _operator_place(request: Asked, outlet_id: str) -> OutletPage:
    who = await operator_of(request)
    outlet = await beside(request, lambda parts: parts.directory.outlet(outlet_id))
    if outlet is None:
        raise NotFound
    name = outlet.seller["name"]
    return OutletPage(who, outlet_id, name, outlet.zone, f"{OPERATOR}/{outlet_id}", now())


async def view_of(request: Asked, place: OutletPage) -> OutletView:
    """All that the pages of that outlet show; raises `NotFound`."""
    try:
        return await beside(
            request, lambda parts: outlet_view(parts.engine, place.outlet_id, place.now)
        )
    except LookupError as error:
        raise NotFound from error
