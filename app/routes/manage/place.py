"""An outlet's pages as one visitor sees them: the manager's own, or one that an operator opened."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.routes.base.problems import NotFound
from app.routes.base.request import Asked, now, parts_of
from app.routes.base.transactions import beside
from app.routes.manage.clock import Clock
from app.routes.manage.pages import CSRF, Visitor, manager_of, operator_of
from app.services.people.managers import Manager
from app.services.watch.overview import OutletView, outlet_view

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


async def manager_place(request: Asked) -> OutletPage:
    """The outlet of the manager who asks; raises `NotForYou`."""
    who = await manager_of(request)
    return OutletPage(who, who.outlet_id, who.outlet_name, who.zone, "/gestion", now())


async def operator_place(request: Asked, outlet_id: str) -> OutletPage:
    """That outlet, for the operator who asks; raises `NoOperator`, `NotFound`."""
    who = await operator_of(request)
    outlet = await asyncio.to_thread(parts_of(request).directory.outlet, outlet_id)
    if outlet is None:
        raise NotFound
    name = outlet.seller["name"]
    return OutletPage(who, outlet_id, name, outlet.zone, f"/exploitation/points/{outlet_id}", now())


async def view_of(request: Asked, place: OutletPage) -> OutletView:
    """All that the pages of that outlet show; raises `NotFound`."""
    try:
        return await beside(
            request, lambda parts: outlet_view(parts.engine, place.outlet_id, place.now)
        )
    except LookupError as error:
        raise NotFound from error
