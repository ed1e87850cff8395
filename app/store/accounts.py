"""Terminals, people and open tills: who may stand at which till."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, select

from app.store.tables import (
    EnrolmentLink,
    Merchant,
    Outlet,
    Person,
    PinAttempts,
    Terminal,
    TillSession,
)

TerminalKey = tuple[str, str]
"""(outlet_id, terminal_id)."""


@dataclass(frozen=True, slots=True)
class OpenTill:
    """An open till: the terminal, who sells there, and for whom."""

    outlet_id: str
    outlet_name: str
    merchant_nif: str
    zone: str
    control_module: str | None
    terminal_id: str
    cashier_id: str
    cashier_name: str
    csrf_token: str


def put_people(session: Session, *people: Person) -> None:
    """The people stand as given, whether new or not."""
    for person in people:
        session.merge(person)


def people_of(session: Session, outlet_id: str) -> list[Person]:
    """Everyone who may open a till of the outlet, by name."""
    query = select(Person).where(Person.outlet_id == outlet_id).order_by(col(Person.name))
    return list(session.exec(query))


def person(session: Session, outlet_id: str, cashier_id: str) -> Person | None:
    """That person of the outlet."""
    return session.get(Person, (outlet_id, cashier_id))


def outlet(session: Session, outlet_id: str) -> Outlet:
    """The outlet's row."""
    return session.get_one(Outlet, outlet_id)


def terminal_by_secret(session: Session, secret_hash: str) -> Terminal | None:
    """The terminal whose browser holds the secret of that hash."""
    return session.exec(select(Terminal).where(Terminal.secret_hash == secret_hash)).one_or_none()


def terminals_of(session: Session, outlet_id: str) -> list[Terminal]:
    """The terminals of an outlet, in order."""
    query = select(Terminal).where(Terminal.outlet_id == outlet_id)
    return list(session.exec(query.order_by(col(Terminal.terminal_id))))


def add_terminal(session: Session, terminal: Terminal) -> None:
    """The outlet has one terminal more."""
    session.add(terminal)


def bind_terminal(session: Session, key: TerminalKey, secret_hash: str) -> None:
    """Only the browser with that secret is this terminal; what was open on it is closed."""
    session.get_one(Terminal, key).secret_hash = secret_hash
    session.execute(delete(TillSession).where(_on(key), col(TillSession.closed_at).is_(None)))


def add_link(session: Session, link: EnrolmentLink) -> None:
    """The link works until it is used or expires."""
    session.add(link)


def link(session: Session, token_hash: str, now: str) -> EnrolmentLink | None:
    """The link with that hash while it works."""
    row = session.get(EnrolmentLink, token_hash)
    return row if row and row.used_at is None and row.expires_at > now else None


def use_link(session: Session, token_hash: str, now: str) -> TerminalKey | None:
    """The terminal of a link that works no more from now on, or None when it did not work.

    The condition stands in the UPDATE: of two browsers that open it at once, one wins.
    """
    used = session.execute(
        update(EnrolmentLink)
        .where(
            col(EnrolmentLink.token_hash) == token_hash,
            col(EnrolmentLink.used_at).is_(None),
            col(EnrolmentLink.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(EnrolmentLink.outlet_id), col(EnrolmentLink.terminal_id))
    ).one_or_none()
    return (used[0], used[1]) if used else None


def attempts(session: Session, key: TerminalKey, cashier_id: str) -> PinAttempts:
    """The wrong PINs of that person on that terminal, locked until the transaction ends."""
    row = session.get(PinAttempts, (*key, cashier_id), with_for_update=True)
    if row is None:
        row = PinAttempts(outlet_id=key[0], terminal_id=key[1], cashier_id=cashier_id)
        session.add(row)
    return row


def forget_attempts(session: Session, key: TerminalKey, cashier_id: str) -> None:
    """That person starts again at none."""
    session.execute(
        delete(PinAttempts).where(
            col(PinAttempts.outlet_id) == key[0],
            col(PinAttempts.terminal_id) == key[1],
            col(PinAttempts.cashier_id) == cashier_id,
        )
    )


def open_till(session: Session, row: TillSession) -> None:
    """The till is open under this session and no other."""
    close_till(session, (row.outlet_id, row.terminal_id), row.opened_at)
    session.add(row)


def close_till(session: Session, key: TerminalKey, now: str) -> None:
    """Nobody sells on that terminal."""
    session.execute(
        update(TillSession)
        .where(_on(key), col(TillSession.closed_at).is_(None))
        .values(closed_at=now)
    )


def open_till_of(session: Session, token_hash: str, secret_hash: str) -> OpenTill | None:
    """The till open under that session on the terminal that holds that secret."""
    row = session.execute(
        select(TillSession, Terminal, Outlet, Merchant, Person)  # type: ignore[call-overload]
        .join(
            Terminal,
            (col(Terminal.outlet_id) == TillSession.outlet_id)
            & (col(Terminal.terminal_id) == TillSession.terminal_id),
        )
        .join(Outlet, col(Outlet.outlet_id) == TillSession.outlet_id)
        .join(Merchant, col(Merchant.nif) == Outlet.merchant_nif)
        .join(
            Person,
            (col(Person.outlet_id) == TillSession.outlet_id)
            & (col(Person.cashier_id) == TillSession.cashier_id),
        )
        .where(
            TillSession.token_hash == token_hash,
            col(TillSession.closed_at).is_(None),
            Terminal.secret_hash == secret_hash,
        )
    ).one_or_none()
    if row is None:
        return None
    till, _, outlet, merchant, seller = row
    return OpenTill(
        outlet_id=outlet.outlet_id,
        outlet_name=outlet.name,
        merchant_nif=merchant.nif,
        zone=outlet.zone,
        control_module=outlet.control_module,
        terminal_id=till.terminal_id,
        cashier_id=seller.cashier_id,
        cashier_name=seller.name,
        csrf_token=till.csrf_token,
    )


def _on(key: TerminalKey) -> ColumnElement[bool]:
    return (col(TillSession.outlet_id) == key[0]) & (col(TillSession.terminal_id) == key[1])
