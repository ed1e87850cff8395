"""Who stands at a terminal: opening a till with a PIN, closing it, and links for new tablets."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.fiscal.ledger import utc_text
from app.store.engine import Engine, Session, Taken, reading, writing
from app.store.people import people
from app.store.tables.people import Person
from app.store.tables.tills import EnrolmentLink, Terminal, TillSession
from app.store.tills import devices, terminals
from app.store.tills.terminals import TerminalKey

LINK_MINUTES: Final = 15
"""How long an enrolment link works."""
TRIES: Final = 5
"""PINs that one person may get wrong on one terminal before it waits."""
LOCK_SECONDS: Final = 60
"""How long it then waits."""

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The till is open for that person; the secret of its session is the browser's alone."""

    secret: str
    person: Person


@dataclass(frozen=True, slots=True)
class WrongPin:
    """The PIN is not that person's; so many tries are left."""

    left: int


@dataclass(frozen=True, slots=True)
class LockedOut:
    """No PIN is judged for so many seconds."""

    seconds: int


def hashed_pin(pin: str) -> str:
    """The argon2id form of a PIN, as `Person.pin_hash` holds it."""
    return _hasher.hash(pin)


def hashed(secret: str) -> str:
    """SHA-256 of a secret of 256 random bits, as the store holds it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_link(engine: Engine, key: TerminalKey, now: datetime) -> str:
    """The token of a one-time link that makes a tablet this terminal."""
    token = secrets.token_urlsafe(32)
    expires = now + timedelta(minutes=LINK_MINUTES)
    with writing(engine) as session:
        terminals.add_link(
            session,
            EnrolmentLink(
                token_hash=hashed(token),
                outlet_id=key[0],
                terminal_id=key[1],
                expires_at=utc_text(expires),
            ),
        )
    return token


def link_works(engine: Engine, token: str, now: datetime) -> bool:
    """Whether the link of that token may still be used; looking does not use it."""
    with reading(engine) as session:
        return terminals.link_works(session, hashed(token), utc_text(now))


def free_terminal(engine: Engine, outlet_id: str, besides: str) -> TerminalKey:
    """A terminal of the outlet that no tablet is, other than `besides`; made when needed."""
    with writing(engine) as session:
        return next_terminal(session, outlet_id, besides)


def next_terminal(session: Session, outlet_id: str, besides: str | None = None) -> TerminalKey:
    """The first terminal of the outlet that no tablet is, other than `besides`, or a new one."""
    known = terminals.terminals_of(session, outlet_id)
    taken = devices.occupied(session, outlet_id) | {besides}
    for row in known:
        if row.terminal_id not in taken:
            return outlet_id, row.terminal_id
    number = len(known) + 1
    row = Terminal(outlet_id=outlet_id, terminal_id=f"T{number}", name=f"Caisse {number}")
    terminals.add_terminal(session, row)
    return outlet_id, row.terminal_id


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


def judge_pin(
    engine: Engine, key: TerminalKey, cashier_id: str, pin: str, now: datetime
) -> Person | WrongPin | LockedOut:
    """The person whose PIN that is, with all tries ahead again.

    A try is counted before it is judged, so that tries made at once cannot be more than five.
    """
    counted = _count_try(engine, key, cashier_id, now)
    if isinstance(counted, LockedOut):
        return counted
    with reading(engine) as session:
        person = people.person(session, key[0], cashier_id)
    if not _is_pin(person.pin_hash if person else _nobody(), pin) or person is None:
        return WrongPin(TRIES - counted) if counted < TRIES else LockedOut(LOCK_SECONDS)
    with writing(engine) as session:
        people.forget_attempts(session, key, cashier_id)
    return person


def _count_try(engine: Engine, key: TerminalKey, cashier_id: str, now: datetime) -> int | LockedOut:
    """The number of this try, or how long to wait before one is judged again."""
    try:
        return _counted(engine, key, cashier_id, now)
    except Taken:  # two first tries at once: the row of the other stands now
        return _counted(engine, key, cashier_id, now)


def _counted(engine: Engine, key: TerminalKey, cashier_id: str, now: datetime) -> int | LockedOut:
    with writing(engine) as session:
        row = people.attempts(session, key, cashier_id)
        if row.locked_until is not None:
            left = datetime.fromisoformat(row.locked_until) - now
            if left > timedelta():
                return LockedOut(int(left.total_seconds()) + 1)
            row.wrong, row.locked_until = 0, None
        row.wrong += 1
        if row.wrong >= TRIES:
            row.locked_until = utc_text(now + timedelta(seconds=LOCK_SECONDS))
        return row.wrong


def _is_pin(pin_hash: str, pin: str) -> bool:
    try:
        return _hasher.verify(pin_hash, pin)
    except VerifyMismatchError:
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no PIN has: an unknown person takes as long as a known one."""
    return hashed_pin(secrets.token_urlsafe(16))


def _session(key: TerminalKey, cashier_id: str, secret: str, now: datetime) -> TillSession:
    return TillSession(
        token_hash=hashed(secret),
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
