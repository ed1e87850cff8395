"""The rules that somebody changed, for all outlets or for one."""

from sqlmodel import Session, col, select

from app.store.tables.rules import Setting
from app.store.tenancy import EVERYWHERE


def changed_settings(session: Session, outlet_id: str) -> dict[str, Setting]:
    """By name, what was changed for all outlets and, before that, for this one."""
    rows = session.exec(select(Setting).where(col(Setting.scope).in_([EVERYWHERE, outlet_id])))
    return {row.name: row for row in sorted(rows, key=lambda row: row.scope != EVERYWHERE)}


def put_setting(session: Session, row: Setting) -> None:
    """The rule has that value in that scope."""
    session.merge(row)
    session.flush()


def scopes(session: Session) -> set[str]:
    """Where a rule was changed: outlets, and `*` for all."""
    return set(session.exec(select(Setting.scope).distinct()))
