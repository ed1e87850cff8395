"""Cases for people, and announcements for those who want to be told."""

from collections.abc import Mapping

import msgspec
from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.cases import Case
from app.store.tables.messages import Announcement


def open_case(
    session: Session, outlet_id: str, kind: str, about: str, *, text: str, fix: str, at: str
) -> Case | None:
    """A case stands open; returns it when this opened it, None when it was open before."""
    hold_outlet(session, outlet_id)  # two writers must not take the same number
    if _open(session, outlet_id, kind, about) is not None:
        return None
    last = session.scalar(select(func.max(Case.number)).where(Case.outlet_id == outlet_id))
    number = (last or 0) + 1
    case = Case(
        outlet_id=outlet_id,
        case_id=f"{kind}-{number}",
        number=number,
        kind=kind,
        about=about,
        text=text,
        fix=fix,
        opened_at=at,
    )
    session.add(case)
    session.flush()
    return case


def close_case(
    session: Session, outlet_id: str, kind: str, about: str, *, by: str, outcome: str, at: str
) -> bool:
    """No such case is open; true when this closed it. `by` is a person, or `system`."""
    case = _open(session, outlet_id, kind, about)
    if case is None:
        return False
    case.closed_at, case.closed_by, case.outcome = at, by, outcome
    session.flush()
    return True


def _open(session: Session, outlet_id: str, kind: str, about: str) -> Case | None:
    return session.exec(
        select(Case).where(
            Case.outlet_id == outlet_id,
            Case.kind == kind,
            Case.about == about,
            col(Case.closed_at).is_(None),
        )
    ).one_or_none()


def open_cases(session: Session, outlet_id: str) -> list[Case]:
    """The outlet's open cases, the oldest first."""
    return list(
        session.exec(
            select(Case)
            .where(Case.outlet_id == outlet_id, col(Case.closed_at).is_(None))
            .order_by(col(Case.number))
        )
    )


def announce(
    session: Session, outlet_id: str, event: str, data: Mapping[str, str], at: str
) -> None:
    """Whoever wants to know of this event will be told, once, if this transaction commits."""
    hold_outlet(session, outlet_id)
    last = session.scalar(
        select(func.max(Announcement.number)).where(Announcement.outlet_id == outlet_id)
    )
    session.add(
        Announcement(
            outlet_id=outlet_id,
            number=(last or 0) + 1,
            at=at,
            event=event,
            data=msgspec.json.encode(dict(data), order="sorted").decode(),
        )
    )
    session.flush()
