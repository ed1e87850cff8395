"""PINs: hashed, judged, and locked after too many wrong ones."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.fiscal.ledger import utc_text
from app.store.engine import Engine, Taken, reading, writing
from app.store.people import people
from app.store.tables.people import Person
from app.store.tills.terminals import TerminalKey

TRIES: Final = 5
"""PINs that one person may get wrong on one terminal before it waits."""


LOCK_SECONDS: Final = 60
"""How long it then waits."""


_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class WrongPin:
    """The PIN is not that person's; so many tries are left."""

    left: int


@dataclass(frozen=True, slots=True)
class LockedOut:
    """No PIN is judged for so many seconds."""

    seconds: int


def hash_pin(pin: str) -> str:
    """The argon2id form of a PIN, as `Person.pin_hash` holds it."""
    return _hasher.hash(pin)


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
    except (VerifyMismatchError, InvalidHashError):  # somebody who has no PIN is no fault of ours
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no PIN has: an unknown person takes as long as a known one."""
    return hash_pin(secrets.token_urlsafe(16))
