"""Who manages an outlet: the person for whom a till stands open, if that person is a manager."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.fiscal.ledger import utc_text
from app.services.people.tokens import hash_secret
from app.store import outlets
from app.store.engine import Engine, Session, reading
from app.store.people import people
from app.store.tables.people import Person
from app.store.tables.tills import TillSession
from app.store.tills import devices, terminals

SESSION_HOURS: Final = 12
"""How long after a manager's PIN the pages stay open; selling goes on without them."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager at an open till of the outlet."""

    outlet_id: str
    outlet_name: str
    zone: str
    terminal_id: str
    cashier_id: str
    name: str
    csrf: str

    @property
    def by(self) -> str:
        """Who acts, as the ledger and the cases write it."""
        return self.cashier_id


@dataclass(frozen=True, slots=True)
class NotManager:
    """Nobody may manage from here now; `name` is who sells instead, if somebody does."""

    name: str = ""


def standing(engine: Engine, secret: str, now: datetime) -> Manager | NotManager:
    """The manager whose till session has that secret and is open, on a tablet that still stands."""
    with reading(engine) as session:
        row = terminals.open_session(session, hash_secret(secret)) if secret else None
        if row is None or not _stands(session, row, now):
            return NotManager()
        person = people.person(session, row.outlet_id, row.cashier_id)
        if person is None or person.role != "manager":
            return NotManager(person.name if person else "")
        return _manager(session, row, person)


def _stands(session: Session, row: TillSession, now: datetime) -> bool:
    """The PIN was given lately, on a tablet that is still that terminal."""
    fresh = row.opened_at > utc_text(now - timedelta(hours=SESSION_HOURS))
    return fresh and bool(devices.standing_at(session, row.outlet_id, row.terminal_id))


def _manager(session: Session, row: TillSession, person: Person) -> Manager:
    outlet = outlets.outlet(session, row.outlet_id)
    return Manager(
        outlet_id=row.outlet_id,
        outlet_name=outlet.name,
        zone=outlet.zone,
        terminal_id=row.terminal_id,
        cashier_id=person.cashier_id,
        name=person.name,
        csrf=row.csrf_token,
    )
