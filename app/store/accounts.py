"""Terminals, people, links and open tills: who may stand at which till."""

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, select

from app.store.tables.outlets import Outlet
from app.store.tables.people import Person, PinAttempts
from app.store.tables.tills import EnrolmentLink, Terminal, TillSession

TerminalKey = tuple[str, str]
"""(outlet_id, terminal_id)."""


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


def terminal(session: Session, key: TerminalKey) -> Terminal:
    """The terminal's row."""
    return session.get_one(Terminal, key)


def terminals_of(session: Session, outlet_id: str) -> list[Terminal]:
    """The terminals of an outlet, in order."""
    query = select(Terminal).where(Terminal.outlet_id == outlet_id)
    return list(session.exec(query.order_by(col(Terminal.terminal_id))))


def add_terminal(session: Session, terminal: Terminal) -> None:
    """The outlet has one terminal more."""
    session.add(terminal)
    session.flush()


def add_link(session: Session, link: EnrolmentLink) -> None:
    """The link works until it is used or expires."""
    session.add(link)


def link(session: Session, token_hash: str) -> EnrolmentLink | None:
    """The link with that hash, used or not."""
    return session.get(EnrolmentLink, token_hash)


def link_works(session: Session, token_hash: str, now: str) -> bool:
    """Whether the link with that hash may still be used."""
    row = link(session, token_hash)
    return row is not None and row.used_at is None and row.expires_at > now


def use_link(session: Session, token_hash: str, device_id: str, now: str) -> TerminalKey | None:
    """The terminal of a link that only this tablet has used, or None when it did not work.

    The condition stands in the UPDATE: of two tablets that use it at once, one wins.
    """
    used = session.execute(
        update(EnrolmentLink)
        .where(
            col(EnrolmentLink.token_hash) == token_hash,
            col(EnrolmentLink.used_at).is_(None),
            col(EnrolmentLink.expires_at) > now,
        )
        .values(used_at=now, device_id=device_id)
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


def open_session(session: Session, token_hash: str) -> TillSession | None:
    """The session with that hash, while its till is open."""
    row = session.get(TillSession, token_hash)
    return row if row is not None and row.closed_at is None else None


def _on(key: TerminalKey) -> ColumnElement[bool]:
    return (col(TillSession.outlet_id) == key[0]) & (col(TillSession.terminal_id) == key[1])
