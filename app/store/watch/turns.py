"""Turns: work that many processes could do is done by one of them at a time.

A turn saves work, it protects nothing: whoever holds one and was stopped for long may find another
at the same work, so what it does must bear that.
"""

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.store.tables.watch import Turn


def claim_turn(
    session: Session, name: str, owner: str, seconds: int, until: int, done_at: int
) -> bool:
    """The turn is the owner's until then; false while another has it. Seconds since 1970.

    `done_at` is when the owner last finished the work, 0 when it never did.
    """
    row = session.exec(select(Turn).where(Turn.name == name).with_for_update()).one_or_none()
    if row is None:
        row = Turn(name=name, owner=owner, expires_at=until)
        session.add(row)
    elif row.owner != owner and row.expires_at > seconds:
        return False
    row.owner, row.expires_at, row.done_at = owner, until, max(row.done_at, done_at)
    session.flush()
    return True


def leave_turns(session: Session, owner: str) -> None:
    """Another may take the owner's turns at once."""
    session.execute(update(Turn).where(col(Turn.owner) == owner).values(expires_at=0))


def turns_done(session: Session) -> dict[str, int]:
    """By name, when each piece of work was last known to be done: seconds since 1970."""
    return {row.name: row.done_at for row in session.exec(select(Turn)) if row.done_at}
