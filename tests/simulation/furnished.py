"""The shops of every history: furnished once, in the template of its store."""

from datetime import UTC, datetime, timedelta
from typing import Final

from app.control.simulator import make_token
from app.services.ledger.opening import open_all
from app.store import outlets
from app.store.dgi import modules
from app.store.engine import Engine, Session, writing
from app.store.people import people
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.outlets import Merchant, Outlet
from app.store.tables.people import Person, Role
from app.store.tables.tills import Terminal
from app.store.tills import terminals
from tests.given import requests
from tests.given.shop_in_process import SELLER
from tests.simulation.clocks import BEGINNING, HistoryClock, TrueTime
from tests.simulation.sealing_at_once import SealingAtOnce
from tests.simulation.what_is_sold import SimulatedOutlet

URL: Final = "http://authority.example/edef"
OTHER_NIF: Final = "A7654321B"
PLACES: Final = tuple(
    SimulatedOutlet(outlet_id, nif, f"CD0{number}999901-1", f"canari {outlet_id}")
    for number, (outlet_id, nif) in enumerate(
        [
            ("KIN01", requests.NIF),
            ("LUB01", OTHER_NIF),
            ("KIN02", requests.NIF),
            ("GOM01", OTHER_NIF),
        ],
        start=1,
    )
)
"""Four outlets of two merchants, each with its own e-MCF."""

PROPOSES: Final = "M1"
"""A manager."""
APPROVES: Final = "C1"
"""A cashier."""


def token(place: SimulatedOutlet, number: int) -> str:
    """The n-th token of that e-MCF, from 0."""
    expires = datetime.fromtimestamp(BEGINNING, UTC) + timedelta(days=300, hours=number)
    return make_token(place.nif, place.nim, expires)


def furnish(engine: Engine) -> None:
    """Every shop stands in that store, its series open."""
    with writing(engine) as session:
        for nif in (requests.NIF, OTHER_NIF):
            outlets.put(session, Merchant(nif=nif, name=f"Marchand {nif}"))
        for place in PLACES:
            _furnish(session, place)
    open_all(engine, SealingAtOnce(engine, HistoryClock(TrueTime())))


def _furnish(session: Session, place: SimulatedOutlet) -> None:
    outlet_id = place.outlet_id
    module = ControlModuleRow(nim=place.nim, nif=place.nif, url=URL, token=token(place, 0))
    modules.put_module(session, module)
    outlets.put(
        session,
        Outlet(outlet_id=outlet_id, merchant_nif=place.nif, control_module=place.nim, **SELLER),
    )
    terminals.put_terminal(
        session, Terminal(outlet_id=outlet_id, terminal_id="T1", name="Caisse 1")
    )
    people_of_it: tuple[tuple[str, Role], ...] = ((PROPOSES, "manager"), (APPROVES, "cashier"))
    for cashier_id, role in people_of_it:
        person = Person(
            outlet_id=outlet_id,
            cashier_id=cashier_id,
            name=f"{place.canary} {cashier_id}",
            role=role,
            pin_hash="-",
        )
        people.put_people(session, person)
