"""Who stands at a terminal: opening a till with a PIN, closing it, and links for new tablets."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from app.fiscal.ledger import utc_text
from app.services.people.pins import LockedOut, WrongPin, judge_pin
from app.services.people.tokens import hash_secret
from app.store.engine import Engine, writing
from app.store.tables.people import Person
from app.store.tables.tills import TillSession
from app.store.tills import terminals
from app.store.tills.terminals import TerminalKey


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The till is open for that person; the secret of its session is the browser's alone."""

    secret: str
    person: Person


def unlock(
    engine: Engine, key: TerminalKey, cashier_id: str, pin: str, now: datetime
) -> Unlocked | WrongPin | LockedOut:
    """The till is open for that person, in a new session, when the PIN is theirs."""
    person = judge_pin(engine, key, cashier_id, pin, now)
    if not isinstance(person, Person):
        return person
    secret = secrets.token_urlsafe(32)
    with writing(engine) as session:
        terminals.open_till(session, _session(key, cashier_id, secret, now))
    return Unlocked(secret, person)


def _session(key: TerminalKey, cashier_id: str, secret: str, now: datetime) -> TillSession:
    return TillSession(
        token_hash=hash_secret(secret),
        outlet_id=key[0],
        terminal_id=key[1],
        cashier_id=cashier_id,
        csrf_token=secrets.token_urlsafe(16),
        opened_at=utc_text(now),
    )


def close(engine: Engine, key: TerminalKey, now: datetime) -> None:
    """Nobody sells at that terminal."""
    with writing(engine) as session:
        terminals.close_till(session, key, utc_text(now))
