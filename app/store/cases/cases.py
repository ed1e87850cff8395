"""Cases: what a person must look at, until it is closed."""

from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.cases import Case, CaseKind, Fixer
from app.store.tenancy import within


def open_case(
    session: Session,
    outlet_id: str,
    kind: CaseKind,
    about: str,
    *,
    text: str,
    fix: Fixer,
    at: str,
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
    session: Session,
    outlet_id: str,
    kind: CaseKind,
    about: str,
    *,
    by: str,
    outcome: str,
    at: str,
) -> bool:
    """No such case is open; true when this closed it. `by` is a person, or `system`."""
    case = _open(session, outlet_id, kind, about)
    if case is None:
        return False
    case.closed_at, case.closed_by, case.outcome = at, by, outcome
    session.flush()
    return True


def _open(session: Session, outlet_id: str, kind: CaseKind, about: str) -> Case | None:
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


def open_kinds(session: Session, outlet_id: str) -> dict[str, dict[CaseKind, int]]:
    """By outlet and kind, how many cases are open; of that outlet, or `EVERYWHERE`."""
    query = (
        select(Case.outlet_id, Case.kind, func.count())
        .where(col(Case.closed_at).is_(None), within(col(Case.outlet_id), outlet_id))
        .group_by(Case.outlet_id, Case.kind)
    )
    found: dict[str, dict[CaseKind, int]] = {}
    for outlet, kind, count in session.execute(query).all():
        found.setdefault(outlet, {})[kind] = count
    return found


def open_abouts(session: Session, kind: CaseKind, outlet_id: str) -> dict[str, set[str]]:
    """By outlet, what the open cases of that kind are about; there, or `EVERYWHERE`."""
    query = select(Case.outlet_id, Case.about).where(
        Case.kind == kind, col(Case.closed_at).is_(None), within(col(Case.outlet_id), outlet_id)
    )
    found: dict[str, set[str]] = {}
    for outlet, about in session.execute(query).all():
        found.setdefault(outlet, set()).add(about)
    return found


def case_of(session: Session, outlet_id: str, case_id: str) -> Case | None:
    """That case of that outlet, open or closed."""
    return session.get(Case, (outlet_id, case_id))
