"""What an outlet's colour is judged by: what waits, what went wrong, what went well, by index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, literal
from sqlalchemy import select as select_many
from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.cases import Case
from app.store.tables.dgi import ControlModuleRow, Delivery
from app.store.tables.ledger import Answer, Series
from app.store.tables.outlets import Outlet
from app.store.tables.watch import OutletStatus

_DONE = literal("done", literal_execute=True)
"""Written into the statement: only so the index of what is open is known to serve it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The invoices of an outlet that have no answer of the DGI yet."""

    pending: int = 0
    in_doubt: int = 0
    failed: int = 0
    oldest: int | None = None
    """Microseconds since 1970 at which the oldest of them was queued."""
    next_try: int | None = None
    """Seconds since 1970: when the first of those that may be sent may be sent."""

    @property
    def count(self) -> int:
        """All of them."""
        return self.pending + self.in_doubt + self.failed


def is_open() -> ColumnElement[bool]:
    """The condition that a delivery has not ended."""
    return col(Delivery.state) != _DONE


def waiting(session: Session, outlet_id: str | None = None) -> dict[str, Waiting]:
    """By outlet, what waits; an outlet where nothing does has no row here."""
    query = (
        select_many(
            col(Delivery.outlet_id),
            col(Delivery.state),
            func.count(),
            func.min(Delivery.queued),
            func.min(Delivery.next_try),
        )
        .where(is_open())
        .group_by(Delivery.outlet_id, Delivery.state)
    )
    if outlet_id is not None:
        query = query.where(col(Delivery.outlet_id) == outlet_id)
    found: dict[str, Waiting] = {}
    for outlet, state, count, oldest, next_try in session.execute(query).all():
        found[outlet] = _with_state(found.get(outlet, Waiting()), state, (count, oldest, next_try))
    return found


def _with_state(known: Waiting, state: str, row: tuple[int, int, int]) -> Waiting:
    count, oldest, next_try = row
    tries = [known.next_try] if known.next_try is not None else []
    return Waiting(
        pending=known.pending + (count if state not in {"in_doubt", "failed"} else 0),
        in_doubt=known.in_doubt + (count if state == "in_doubt" else 0),
        failed=known.failed + (count if state == "failed" else 0),
        oldest=oldest if known.oldest is None else min(known.oldest, oldest),
        next_try=min(
            [*tries, *([next_try] if state in {"pending", "failed"} else [])], default=None
        ),
    )


def oldest_error(session: Session, outlet_id: str) -> str | None:
    """What the oldest of the waiting invoices that met an error met."""
    return session.exec(
        select(Delivery.last_error)
        .where(Delivery.outlet_id == outlet_id, is_open(), col(Delivery.last_error).is_not(None))
        .order_by(col(Delivery.queued))
        .limit(1)
    ).first()


def queued_before(session: Session, outlet_id: str, micros: int) -> int:
    """How many of the waiting invoices were queued before that microsecond."""
    query = select(func.count()).where(
        Delivery.outlet_id == outlet_id, is_open(), Delivery.queued < micros
    )
    return session.exec(query).one()


def open_kinds(session: Session, outlet_id: str | None = None) -> dict[str, dict[str, int]]:
    """By outlet and kind, how many cases are open."""
    query = (
        select(Case.outlet_id, Case.kind, func.count())
        .where(col(Case.closed_at).is_(None))
        .group_by(Case.outlet_id, Case.kind)
    )
    if outlet_id is not None:
        query = query.where(Case.outlet_id == outlet_id)
    found: dict[str, dict[str, int]] = {}
    for outlet, kind, count in session.execute(query).all():
        found.setdefault(outlet, {})[kind] = count
    return found


def open_abouts(session: Session, kind: str, outlet_id: str | None = None) -> dict[str, set[str]]:
    """By outlet, what the open cases of that kind are about."""
    query = select(Case.outlet_id, Case.about).where(
        Case.kind == kind, col(Case.closed_at).is_(None)
    )
    if outlet_id is not None:
        query = query.where(Case.outlet_id == outlet_id)
    found: dict[str, set[str]] = {}
    for outlet, about in session.execute(query).all():
        found.setdefault(outlet, set()).add(about)
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """An outlet, and the control module that it sends to."""

    outlet_id: str
    zone: str
    offline_policy: str
    offline_hours: int
    module: ControlModuleRow | None


def places(session: Session, outlet_id: str | None = None) -> list[Place]:
    """Every outlet, in order, or that one."""
    query = (
        select(Outlet, ControlModuleRow)
        .join(
            ControlModuleRow,
            col(ControlModuleRow.nim) == col(Outlet.control_module),
            isouter=True,
        )
        .order_by(col(Outlet.outlet_id))
    )
    if outlet_id is not None:
        query = query.where(Outlet.outlet_id == outlet_id)
    return [_place(outlet, module) for outlet, module in session.execute(query).all()]


def _place(outlet: Outlet, module: ControlModuleRow | None) -> Place:
    policy = outlet.offline_policy if outlet.provisional_approval else "bloquer"
    return Place(outlet.outlet_id, outlet.zone, policy, outlet.offline_hours, module)


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery that ended."""

    queued: int
    """Microseconds since 1970."""
    done_at: str | None
    attempts: int
    status: str | None
    """Of its frozen answer: `normalised` or `refused`."""


def ended_since(session: Session, outlet_id: str, micros: int, most: int) -> Sequence[Ended]:
    """The newest deliveries that were queued since then and ended, at most so many."""
    rows: Sequence[Any] = session.execute(
        select(Delivery.queued, Delivery.done_at, Delivery.attempts, Answer.status)
        .join(
            Answer,
            (col(Answer.outlet_id) == col(Delivery.outlet_id))
            & (col(Answer.sale_id) == col(Delivery.sale_id)),
            isouter=True,
        )
        .where(Delivery.outlet_id == outlet_id, Delivery.state == "done", Delivery.queued >= micros)
        .order_by(col(Delivery.queued).desc())
        .limit(most)
    ).all()
    return [Ended(*row) for row in rows]


def statuses(session: Session, outlet_id: str | None = None) -> dict[str, OutletStatus]:
    """By outlet, the colour that it has."""
    last = select(
        col(OutletStatus.outlet_id), func.max(OutletStatus.number).label("number")
    ).group_by(col(OutletStatus.outlet_id))
    if outlet_id is not None:
        last = last.where(col(OutletStatus.outlet_id) == outlet_id)
    found = last.subquery()
    rows = session.exec(
        select(OutletStatus).join(
            found,
            (col(OutletStatus.outlet_id) == found.c.outlet_id)
            & (col(OutletStatus.number) == found.c.number),
        )
    )
    return {row.outlet_id: row for row in rows}


def put_status(session: Session, outlet_id: str, at: str, colour: str, reason: str) -> bool:
    """The outlet has that colour since then; false when it had it before."""
    hold_outlet(session, outlet_id)  # two processes must not write the same change
    known = statuses(session, outlet_id).get(outlet_id)
    if known is not None and known.colour == colour:
        return False
    session.add(
        OutletStatus(
            outlet_id=outlet_id,
            number=known.number + 1 if known else 1,
            at=at,
            colour=colour,
            reason=reason,
        )
    )
    session.flush()
    return True


def sealed_counts(session: Session, outlet_id: str | None = None) -> Mapping[tuple[str, str], int]:
    """By outlet and series, how many invoices were sealed, ever."""
    query = select(Series.outlet_id, Series.series, Series.counter)
    if outlet_id is not None:
        query = query.where(Series.outlet_id == outlet_id)
    return {(outlet, series): counter for outlet, series, counter in session.execute(query).all()}
