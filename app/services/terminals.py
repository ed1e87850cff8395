"""Terminals and who stands at them: enrolling a browser, opening a till with a PIN, closing it."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.access import Principal
from app.store import accounts
from app.store.accounts import OpenTill, TerminalKey
from app.store.engine import Engine, Session, reading, writing
from app.store.tables import EnrolmentLink, Person, Terminal, TillSession

LINK_MINUTES: Final = 15
"""How long an enrolment link works."""
TRIES: Final = 5
"""PINs that one person may get wrong on one terminal before it waits."""
LOCK_SECONDS: Final = 60
"""How long it then waits."""

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The till is open: the secret of its session, to be kept by the browser alone."""

    secret: str


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


def new_link(engine: Engine, key: TerminalKey, now: datetime) -> str:
    """The token of a one-time link that makes a browser this terminal."""
    token = secrets.token_urlsafe(32)
    expires = now + timedelta(minutes=LINK_MINUTES)
    with writing(engine) as session:
        accounts.add_link(
            session,
            EnrolmentLink(
                token_hash=_hash(token),
                outlet_id=key[0],
                terminal_id=key[1],
                expires_at=_text(expires),
            ),
        )
    return token


def link_works(engine: Engine, token: str, now: datetime) -> bool:
    """Whether the link of that token may still be used; looking does not use it."""
    with reading(engine) as session:
        return accounts.link(session, _hash(token), _text(now)) is not None


def enrol(engine: Engine, token: str, now: datetime) -> str | None:
    """The secret that makes the asking browser the link's terminal; None when the link is spent."""
    secret = secrets.token_urlsafe(32)
    with writing(engine) as session:
        key = accounts.use_link(session, _hash(token), _text(now))
        if key is None:
            return None
        accounts.bind_terminal(session, key, _hash(secret))
    return secret


def enrol_next(engine: Engine, outlet_id: str) -> str:
    """The secret of the outlet's first terminal without a browser, or of a new one.

    For the demo, where every browser of this machine may be a till.
    """
    secret = secrets.token_urlsafe(32)
    with writing(engine) as session:
        accounts.bind_terminal(session, _free_terminal(session, outlet_id), _hash(secret))
    return secret


def free_terminal(engine: Engine, outlet_id: str, besides: str) -> TerminalKey:
    """A terminal of the outlet that no browser is yet, other than `besides`; made when needed."""
    with writing(engine) as session:
        return _free_terminal(session, outlet_id, besides)


def _free_terminal(session: Session, outlet_id: str, besides: str | None = None) -> TerminalKey:
    known = accounts.terminals_of(session, outlet_id)
    for row in known:
        if row.secret_hash is None and row.terminal_id != besides:
            return outlet_id, row.terminal_id
    number = len(known) + 1
    row = Terminal(outlet_id=outlet_id, terminal_id=f"T{number}", name=f"Caisse {number}")
    accounts.add_terminal(session, row)
    session.flush()
    return outlet_id, row.terminal_id


@dataclass(frozen=True, slots=True)
class ClosedTill:
    """An enrolled terminal at which nobody sells yet."""

    key: TerminalKey
    name: str
    outlet_name: str
    people: Sequence[Person]


def closed_till(engine: Engine, secret: str) -> ClosedTill | None:
    """The terminal of that secret and who may open it, or None when no terminal holds it."""
    with reading(engine) as session:
        terminal = accounts.terminal_by_secret(session, _hash(secret))
        if terminal is None:
            return None
        return ClosedTill(
            (terminal.outlet_id, terminal.terminal_id),
            terminal.name,
            accounts.outlet(session, terminal.outlet_id).name,
            accounts.people_of(session, terminal.outlet_id),
        )


def unlock(
    engine: Engine, key: TerminalKey, cashier_id: str, pin: str, now: datetime
) -> Unlocked | WrongPin | LockedOut:
    """The till is open for that person, in a new session, when the PIN is theirs.

    A try is counted before it is judged, so that tries made at once cannot be more than five.
    """
    counted = _count_try(engine, key, cashier_id, now)
    if isinstance(counted, LockedOut):
        return counted
    with reading(engine) as session:
        person = accounts.person(session, key[0], cashier_id)
    if not _is_pin(person.pin_hash if person else _nobody(), pin) or person is None:
        return WrongPin(TRIES - counted) if counted < TRIES else LockedOut(LOCK_SECONDS)
    secret = secrets.token_urlsafe(32)
    with writing(engine) as session:
        accounts.forget_attempts(session, key, cashier_id)
        accounts.open_till(session, _session(key, cashier_id, secret, now))
    return Unlocked(secret)


def _count_try(engine: Engine, key: TerminalKey, cashier_id: str, now: datetime) -> int | LockedOut:
    """The number of this try, or how long to wait before one is judged again."""
    with writing(engine) as session:
        row = accounts.attempts(session, key, cashier_id)
        if row.locked_until is not None:
            left = datetime.fromisoformat(row.locked_until) - now
            if left > timedelta():
                return LockedOut(int(left.total_seconds()) + 1)
            row.wrong, row.locked_until = 0, None
        row.wrong += 1
        if row.wrong >= TRIES:
            row.locked_until = _text(now + timedelta(seconds=LOCK_SECONDS))
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
        token_hash=_hash(secret),
        outlet_id=key[0],
        terminal_id=key[1],
        cashier_id=cashier_id,
        csrf_token=secrets.token_urlsafe(16),
        opened_at=_text(now),
    )


def open_till(engine: Engine, session_secret: str, terminal_secret: str) -> OpenTill | None:
    """The till that these two cookies open, or None."""
    with reading(engine) as session:
        return accounts.open_till_of(session, _hash(session_secret), _hash(terminal_secret))


def close(engine: Engine, till: OpenTill, now: datetime) -> None:
    """Nobody sells at that till."""
    with writing(engine) as session:
        accounts.close_till(session, (till.outlet_id, till.terminal_id), _text(now))


def principal_of_till(till: OpenTill) -> Principal:
    """Who speaks at an open till: the terminal, and nobody's cashier.

    A sale that lost its answer under one cashier is sent again, byte for byte, when another
    has opened the till; it must not be refused for the name inside it.
    """
    return Principal(
        name=f"terminal:{till.terminal_id}",
        source="till",
        outlet_id=till.outlet_id,
        operations=frozenset({"invoices:write", "invoices:read"}),
        terminal_id=till.terminal_id,
    )


def form_token(terminal_secret: str) -> str:
    """The CSRF token of the forms that are shown before a till is open.

    It follows from a cookie that no other site and no script can read.
    """
    return _hash(f"form:{terminal_secret}")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
