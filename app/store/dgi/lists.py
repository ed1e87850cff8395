"""What the authority said of itself, day by day, and the tax groups that stand still for it."""

import hashlib

from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.dgi import AuthorityList, StoppedGroup

Place = tuple[str, str]
"""(outlet_id, day of the outlet)."""


def keep_list(
    session: Session, place: Place, name: str, *, nim: str, at: str, status: int | None, body: bytes
) -> None:
    """The answer stands as it came, after those of the same day."""
    outlet_id, day = place
    hold_outlet(session, outlet_id)  # two writers must not take the same number
    last = session.scalar(
        select(func.max(AuthorityList.number)).where(
            AuthorityList.outlet_id == outlet_id,
            AuthorityList.day == day,
            AuthorityList.name == name,
        )
    )
    session.add(
        AuthorityList(
            outlet_id=outlet_id,
            day=day,
            name=name,
            number=(last or 0) + 1,
            nim=nim,
            at=at,
            status=status,
            body=body,
            digest=hashlib.sha256(body).hexdigest(),
        )
    )
    session.flush()


def lists_on(session: Session, place: Place, name: str) -> list[AuthorityList]:
    """The answers of that name on that day, in order."""
    return list(
        session.exec(
            select(AuthorityList)
            .where(
                AuthorityList.outlet_id == place[0],
                AuthorityList.day == place[1],
                AuthorityList.name == name,
            )
            .order_by(col(AuthorityList.number))
        )
    )


def stop_group(session: Session, outlet_id: str, group: str, *, reason: str, since: str) -> None:
    """Nothing is sealed with that group; one that stood still before keeps its date."""
    row = session.get(StoppedGroup, (outlet_id, group))
    if row is None:
        row = StoppedGroup(outlet_id=outlet_id, tax_group=group, reason=reason, since=since)
    row.reason = reason
    session.add(row)
    session.flush()


def lift_group(session: Session, outlet_id: str, group: str) -> None:
    """That group may be sold again."""
    row = session.get(StoppedGroup, (outlet_id, group))
    if row is not None:
        session.delete(row)
        session.flush()


def stopped_groups(session: Session, outlet_id: str) -> list[StoppedGroup]:
    """The groups that stand still, in order."""
    return list(
        session.exec(
            select(StoppedGroup)
            .where(StoppedGroup.outlet_id == outlet_id)
            .order_by(col(StoppedGroup.tax_group))
        )
    )
