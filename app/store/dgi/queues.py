"""Which control modules have something to do, and what comes next on each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, and_, col, func, or_, select

from app.store.dgi.deliveries import OPEN, UNSENT
from app.store.dgi.waiting import is_open
from app.store.ledger.sales import SALE_COLUMNS, RecordedSale, find_sales
from app.store.tables.cases import REFUSALS, Case
from app.store.tables.dgi import ControlModuleRow, Delivery, DeliveryState
from app.store.tables.ledger import LedgerEntry, Series
from app.store.tables.outlets import Outlet

_ARRIVAL = (col(Delivery.queued), col(Delivery.outlet_id), col(Delivery.position))


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery with the sale that it carries."""

    delivery: Delivery
    sale: RecordedSale


def queue(session: Session, nim: str, states: Sequence[DeliveryState]) -> list[Delivery]:
    """The deliveries of a module in those states, in arrival order."""
    return list(
        session.exec(
            select(Delivery)
            .where(Delivery.nim == nim, col(Delivery.state).in_(states))
            .order_by(*_ARRIVAL)
        )
    )


def doubts(session: Session, nims: Sequence[str]) -> list[Delivery]:
    """The sales in doubt of those modules."""
    of_these = col(Delivery.nim).in_(sorted(set(nims)))
    return list(session.exec(select(Delivery).where(of_these, Delivery.state == "in_doubt")))


def queued_of(session: Session, delivery: Delivery) -> Queued:
    """The delivery with the sale that it carries."""
    key = (delivery.outlet_id, delivery.sale_id)
    return Queued(delivery, find_sales(session, [key])[key])


def begun(session: Session, nim: str) -> list[Queued]:
    """What was posted or confirmed and has no end yet, doubts included, in arrival order."""
    states = col(Delivery.state).in_([*OPEN, "in_doubt"])
    return _queued(session, Delivery.nim == nim, states)


def sendable(
    session: Session, nim: str, seconds: int, count: int, but_not: Collection[str] = ()
) -> list[Queued]:
    """At most so many unsent deliveries whose next try is due, in arrival order.

    Nothing of the outlets `but_not` is among them.
    """
    found: list[Queued] = []
    for state in UNSENT:  # one index scan each, whatever else waits
        found += _queued(
            session,
            Delivery.nim == nim,
            Delivery.state == state,
            Delivery.next_try <= seconds,
            col(Delivery.outlet_id).not_in(list(but_not)),
            limit=count,
        )
    found.sort(key=lambda q: (q.delivery.queued, q.delivery.outlet_id, q.delivery.position))
    return found[:count]


def replacing(
    session: Session, nim: str, seconds: int, outlet_ids: Collection[str]
) -> list[Queued]:
    """Unsent deliveries of those outlets that take the place of a refused sale."""
    return _queued(
        session,
        Delivery.nim == nim,
        col(Delivery.state).in_(UNSENT),
        Delivery.next_try <= seconds,
        col(Delivery.outlet_id).in_(list(outlet_ids)),
        col(LedgerEntry.replaces).is_not(None),
        limit=1,
    )


def _queued(session: Session, *where: Any, limit: int | None = None) -> list[Queued]:
    query = (
        sql_select(Delivery, *SALE_COLUMNS)  # type: ignore[call-overload]
        .join(
            LedgerEntry,
            and_(
                col(LedgerEntry.outlet_id) == col(Delivery.outlet_id),
                col(LedgerEntry.series) == col(Delivery.series),
                col(LedgerEntry.position) == col(Delivery.position),
            ),
        )
        .where(*where)
        .order_by(*_ARRIVAL)
        .limit(limit)
    )
    return [Queued(row[0], RecordedSale(*row[1:])) for row in session.execute(query)]


def next_try(session: Session, nim: str, seconds: int) -> int | None:
    """When the first delivery that waits for its next try is due, seconds since 1970."""
    states = col(Delivery.state).in_([*UNSENT, "in_doubt"])
    return session.scalar(
        select(func.min(Delivery.next_try)).where(
            Delivery.nim == nim, states, Delivery.next_try > seconds
        )
    )


def holding(session: Session, nim: str) -> list[str]:
    """The outlets of that module with an open case of a refused invoice."""
    return list(
        session.exec(
            select(Case.outlet_id)
            .join(Outlet, col(Outlet.outlet_id) == col(Case.outlet_id))
            .where(
                Outlet.control_module == nim,
                col(Case.kind).in_(REFUSALS),
                col(Case.closed_at).is_(None),
            )
            .distinct()
        )
    )


def outlet_of(session: Session, nim: str) -> str | None:
    """The outlet whose rules hold for that module: the first that it serves."""
    return session.exec(
        select(Outlet.outlet_id)
        .where(Outlet.control_module == nim)
        .order_by(col(Outlet.outlet_id))
        .limit(1)
    ).first()


def due_modules(session: Session, seconds: int) -> list[ControlModuleRow]:
    """The modules that may send and have a delivery that is due.

    They are neither paused nor resting, and no outlet of theirs is in quarantine.
    """

    def has(*which: Any) -> Any:
        return (
            select(Delivery.sale_id)
            .where(Delivery.nim == ControlModuleRow.nim, *which)
            .correlate(ControlModuleRow)
            .exists()
        )

    unsent = [has(Delivery.state == state, Delivery.next_try <= seconds) for state in UNSENT]
    begun_by_others = [has(Delivery.state == state) for state in OPEN]
    doubts = has(Delivery.state == "in_doubt", Delivery.next_try > 0, Delivery.next_try <= seconds)
    return list(
        session.exec(
            select(ControlModuleRow)
            .where(
                col(ControlModuleRow.paused_at).is_(None),
                ControlModuleRow.rest_until <= seconds,
                ~_quarantined_series(ControlModuleRow.nim).correlate(ControlModuleRow).exists(),
                or_(*unsent, *begun_by_others, doubts),
            )
            .order_by(col(ControlModuleRow.nim))
        )
    )


def has_failed(session: Session, nim: str) -> bool:
    """Whether an invoice of that module called a person and is not through yet."""
    query = select(Delivery.sale_id).where(Delivery.nim == nim, Delivery.state == "failed")
    return session.exec(query.limit(1)).first() is not None


def in_quarantine(session: Session, nim: str) -> bool:
    """A series of an outlet of that module is in quarantine."""
    return session.exec(_quarantined_series(nim).limit(1)).first() is not None


def _quarantined_series(nim: Any) -> Any:
    return (
        select(Series.series)
        .join(Outlet, col(Outlet.outlet_id) == col(Series.outlet_id))
        .where(Outlet.control_module == nim, Series.standing == "quarantine")
    )


def in_flight(session: Session, nim: str) -> bool:
    """Whether a worker is in the middle of a call to that control module."""
    query = select(Delivery.sale_id).where(
        Delivery.nim == nim, is_open(), col(Delivery.state).in_(OPEN)
    )
    return session.exec(query.limit(1)).first() is not None
