"""Terminals, the links that make a tablet one, and open tills."""

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from app.store.tables.tills import EnrolmentLink, Terminal, TillSession

TerminalKey = tuple[str, str]
"""(outlet_id, terminal_id)."""


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


def link_works(session: Session, token_hash: str, at: str) -> bool:
    """Whether the link with that hash may still be used."""
    row = link(session, token_hash)
    return row is not None and row.used_at is None and row.expires_at > at


def use_link(session: Session, token_hash: str, device_id: str, at: str) -> TerminalKey | None:
    """The terminal of a link that only this tablet has used, or None when it did not work.

    The condition stands in the UPDATE: of two tablets that use it at once, one wins.
    """
    used = session.execute(
        update(EnrolmentLink)
        .where(
            col(EnrolmentLink.token_hash) == token_hash,
            col(EnrolmentLink.used_at).is_(None),
            col(EnrolmentLink.expires_at) > at,
        )
        .values(used_at=at, device_id=device_id)
        .returning(col(EnrolmentLink.outlet_id), col(EnrolmentLink.terminal_id))
    ).one_or_none()
    return (used[0], used[1]) if used else None


def open_till(session: Session, row: TillSession) -> None:
    """The till is open under this session and no other."""
    close_till(session, (row.outlet_id, row.terminal_id), row.opened_at)
    session.add(row)


def close_till(session: Session, key: TerminalKey, at: str) -> None:
    """Nobody sells on that terminal."""
    session.execute(
        update(TillSession)
        .where(_on(key), col(TillSession.closed_at).is_(None))
        .values(closed_at=at)
    )


def open_session(session: Session, token_hash: str) -> TillSession | None:
    """The session with that hash, while its till is open."""
    row = session.get(TillSession, token_hash)
    return row if row is not None and row.closed_at is None else None


def _on(key: TerminalKey) -> ColumnElement[bool]:
    return (col(TillSession.outlet_id) == key[0]) & (col(TillSession.terminal_id) == key[1])


def put_terminal(session: Session, row: Terminal) -> None:
    """The terminal stands; one that was enrolled stays enrolled."""
    if session.get(Terminal, (row.outlet_id, row.terminal_id)) is None:
        session.add(row)
        session.flush()
