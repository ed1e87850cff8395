"""What the pages of managers and operators show of the way to the authority, read in one view."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from app.services.people.names import people_of
from app.services.watch.figures import Figures, all_figures, figures
from app.services.watch.mode import Mode, mode_in_force
from app.store import outlets
from app.store.cases.cases import open_cases, open_kinds
from app.store.dgi import waiting
from app.store.dgi.waiting import WaitingSale
from app.store.engine import Engine, Session, reading
from app.store.ledger import entries
from app.store.tables.cases import Case
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.outlets import Outlet
from app.store.tables.tills import Device
from app.store.tenancy import EVERYWHERE
from app.store.tills import devices as device_rows
from app.store.tills import terminals as terminal_rows

MOST_SALES: Final = 50
"""Waiting sales on one page; the others are counted."""
MOST_ACTS: Final = 5


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did to a queue."""

    at: str
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class OutletView:
    """One outlet, with all that its page shows."""

    outlet: Outlet
    module: ControlModuleRow | None
    figures: Figures
    mode: Mode
    cases: list[Case]
    """Open, the oldest first."""
    sales: list[WaitingSale]
    """Waiting, the oldest first, at most `MOST_SALES`."""
    devices: list[Device]
    terminals: dict[str, str]
    """Names by `terminal_id`."""
    acts: list[Act]
    """The newest first."""
    people: dict[str, str]
    """Names by `cashier_id`."""


@dataclass(frozen=True, slots=True)
class OutletLine:
    """One outlet among all."""

    outlet: Outlet
    module: ControlModuleRow | None
    figures: Figures
    cases: int
    """How many are open."""


def all_outlets(engine: Engine, now: datetime) -> list[OutletLine]:
    """Every outlet, the largest trouble first."""
    with reading(engine) as session:
        known = {
            row.outlet_id: (row, module) for row, module in outlets.outlets(session, EVERYWHERE)
        }
        kinds = open_kinds(session, EVERYWHERE)
        return [
            OutletLine(*known[one.outlet_id], one, sum(kinds.get(one.outlet_id, {}).values()))
            for one in all_figures(session, now)
        ]


def outlet_view(engine: Engine, outlet_id: str, now: datetime) -> OutletView:
    """All that the page of the outlet shows now; raises LookupError when nobody knows it."""
    with reading(engine) as session:
        found = figures(session, outlet_id, now)
        ((outlet, module),) = outlets.outlets(session, outlet_id)
        terminals = terminal_rows.terminals_of(session, outlet_id)
        return OutletView(
            outlet=outlet,
            module=module,
            figures=found,
            mode=mode_in_force(session, outlet_id, now),
            cases=open_cases(session, outlet_id),
            sales=waiting.waiting_sales(session, outlet_id, MOST_SALES),
            devices=device_rows.devices_heard(session, outlet_id),
            terminals={row.terminal_id: row.name for row in terminals},
            acts=_acts(session, outlet_id, module),
            people=people_of(session, outlet_id),
        )


def _acts(session: Session, outlet_id: str, module: ControlModuleRow | None) -> list[Act]:
    """The last things that people did to the outlet's queue."""
    if module is None:
        return []
    found = entries.last_events(session, outlet_id, module.nim, MOST_ACTS)
    said = [(at, msgspec.json.decode(body)) for at, body in found]
    return [Act(at, body["name"], body["data"].get("by", "")) for at, body in said]
