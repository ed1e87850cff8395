"""Operators of the central service: their one-time links, and the browsers that used one."""

from sqlalchemy import update
from sqlmodel import Session, col

from app.store.tables.people import OperatorLink, OperatorSession


def add_link(session: Session, row: OperatorLink) -> None:
    """The link works until it is used or expires."""
    session.add(row)


def link_works(session: Session, token_hash: str, at: str) -> bool:
    """Whether the link with that hash may still be used."""
    row = session.get(OperatorLink, token_hash)
    return row is not None and row.used_at is None and row.expires_at > at


def use_link(session: Session, token_hash: str, at: str) -> str | None:
    """The name on a link that nobody else has used, or None when it did not work.

    The condition stands in the UPDATE: of two browsers that use it at once, one wins.
    """
    used = session.execute(
        update(OperatorLink)
        .where(
            col(OperatorLink.token_hash) == token_hash,
            col(OperatorLink.used_at).is_(None),
            col(OperatorLink.expires_at) > at,
        )
        .values(used_at=at)
        .returning(col(OperatorLink.name))
    ).one_or_none()
    return str(used[0]) if used else None


def open_session(session: Session, row: OperatorSession) -> None:
    """That browser is the operator's until it is closed or expires."""
    session.add(row)


def standing_session(session: Session, token_hash: str, at: str) -> OperatorSession | None:
    """The session with that hash, while it is open."""
    row = session.get(OperatorSession, token_hash)
    return row if row is not None and row.closed_at is None and row.expires_at > at else None


def close_session(session: Session, token_hash: str, at: str) -> None:
    """That browser is nobody's."""
    session.execute(
        update(OperatorSession)
        .where(
            col(OperatorSession.token_hash) == token_hash,
            col(OperatorSession.closed_at).is_(None),
        )
        .values(closed_at=at)
    )
