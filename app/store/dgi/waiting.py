"""What waits for the authority in an outlet, what went wrong and what went well, by index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, literal
from sqlalchemy import select as select_many
from sqlmodel import Session, case, col, func, select

from app.store.outlets import outlets
from app.store.tables.dgi import (
    Delivery,
    DeliveryState,
    OpenState,
    queued_from,
    queued_second,
)
from app.store.tables.ledger import Answer, FrozenStatus, LedgerEntry, Series
from app.store.tenancy import within

_DONE = literal("done", literal_execute=True)
"""Written into the statement: only so the index of what is open is known to serve it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The invoices of an outlet that have no answer of the DGI yet."""

    pending: int = 0
    in_doubt: int = 0
    failed: int = 0
    oldest: int | None = None
    """Seconds since 1970 at which the oldest of them was queued."""
    next_try: int | None = None
    """Seconds since 1970: when the first of those that may be sent may be sent."""

    @property
    def count(self) -> int:
        """All of them."""
        return self.pending + self.in_doubt + self.failed


def is_open() -> ColumnElement[bool]:
    """The condition that a delivery has not ended."""
    return col(Delivery.state) != _DONE


def waiting(session: Session, outlet_id: str) -> dict[str, Waiting]:
    """By outlet, what waits there, or `EVERYWHERE`; where nothing does there is no row."""
    query = (
        select_many(
            col(Delivery.outlet_id),
            col(Delivery.state),
            func.count(),
            func.min(Delivery.queued),
            func.min(Delivery.next_try),
        )
        .where(is_open(), within(col(Delivery.outlet_id), outlet_id))
        .group_by(Delivery.outlet_id, Delivery.state)
    )
    found: dict[str, Waiting] = {}
    for outlet, state, count, queued, next_try in session.execute(query).all():
        row = (count, queued_second(queued), next_try)
        found[outlet] = _with_state(found.get(outlet, Waiting()), state, row)
    return found


def _with_state(known: Waiting, state: DeliveryState, row: tuple[int, int, int]) -> Waiting:
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


def queued_before(session: Session, outlet_id: str, seconds: int) -> int:
    """How many of the waiting invoices were queued before that second since 1970."""
    query = select(func.count()).where(
        Delivery.outlet_id == outlet_id, is_open(), Delivery.queued < queued_from(seconds)
    )
    return session.exec(query).one()


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery that ended."""

    queued_at: int
    """Seconds since 1970."""
    done_at: str | None
    attempts: int
    status: FrozenStatus | None
    """Of its frozen answer."""


def ended_since(session: Session, outlet_id: str, seconds: int, most: int) -> Sequence[Ended]:
    """The newest deliveries that were queued since then and ended, at most so many."""
    rows: Sequence[Any] = session.execute(
        select(Delivery.queued, Delivery.done_at, Delivery.attempts, Answer.status)
        .join(
            Answer,
            (col(Answer.outlet_id) == col(Delivery.outlet_id))
            & (col(Answer.sale_id) == col(Delivery.sale_id)),
            isouter=True,
        )
        .where(
            Delivery.outlet_id == outlet_id,
            Delivery.state == "done",
            Delivery.queued >= queued_from(seconds),
        )
        .order_by(col(Delivery.queued).desc())
        .limit(most)
    ).all()
    return [Ended(queued_second(queued), *others) for queued, *others in rows]


@dataclass(frozen=True, slots=True)
class WaitingSale:
    """A sealed sale that its control module has not decided."""

    delivery: Delivery
    fiscal_number: str
    body: bytes
    """The canonical invoice."""


def waiting_sales(session: Session, outlet_id: str, count: int) -> list[WaitingSale]:
    """At most so many sales of the outlet that wait, the oldest first."""
    rows = session.execute(
        select(Delivery, LedgerEntry.fiscal_number, LedgerEntry.body)
        .join(
            LedgerEntry,
            (col(LedgerEntry.outlet_id) == Delivery.outlet_id)
            & (col(LedgerEntry.series) == Delivery.series)
            & (col(LedgerEntry.position) == Delivery.position),
        )
        .where(Delivery.outlet_id == outlet_id, is_open())
        .order_by(col(Delivery.queued), col(Delivery.position))
        .limit(count)
    )
    return [WaitingSale(delivery, number or "", body) for delivery, number, body in rows]


@dataclass(frozen=True, slots=True)
class OutletState:
    """How far the invoices of an outlet are."""

    opened: bool
    """Somebody seals for this outlet."""
    last_number: str | None
    """The newest fiscal number."""
    waiting: int
    """Sealed, on the way to the control module."""
    oldest: int | None
    """Seconds since 1970 at which the oldest of them was queued."""
    in_doubt: int
    failed: int
    paused: bool = False
    """Somebody asked that nothing be sent."""


def outlet_state(session: Session, outlet_id: str) -> OutletState:
    """The state of the outlet's invoices, by a few look-ups in indexes."""
    newest = session.exec(
        select(LedgerEntry.fiscal_number)
        .where(LedgerEntry.outlet_id == outlet_id, LedgerEntry.kind == "invoice")
        .order_by(col(LedgerEntry.series).desc(), col(LedgerEntry.position).desc())
        .limit(1)
    ).first()
    open_ones = waiting(session, outlet_id).get(outlet_id, Waiting())
    opened = session.exec(select(Series.series).where(Series.outlet_id == outlet_id)).first()
    return OutletState(
        opened=opened is not None,
        last_number=newest,
        waiting=open_ones.pending,
        oldest=open_ones.oldest,
        in_doubt=open_ones.in_doubt,
        failed=open_ones.failed,
        paused=_paused(session, outlet_id),
    )


def _paused(session: Session, outlet_id: str) -> bool:
    modules = [module for _, module in outlets(session, outlet_id)]
    return any(module is not None and module.is_paused for module in modules)


STUCK: Final[tuple[OpenState, ...]] = ("in_doubt", "failed")
"""A person decides, or watches."""


def open_deliveries(session: Session, outlet_id: str, most: int) -> list[Delivery]:
    """What has no final answer yet: what people look at first, then the oldest first."""
    stuck = case((col(Delivery.state).in_(STUCK), 0), else_=1)
    return list(
        session.exec(
            select(Delivery)
            .where(Delivery.outlet_id == outlet_id, is_open())
            .order_by(stuck, col(Delivery.queued), col(Delivery.position))
            .limit(most)
        )
    )


def count_open(session: Session, outlet_id: str) -> int:
    """How many these are in all."""
    query = select(func.count()).select_from(Delivery)
    return session.exec(query.where(Delivery.outlet_id == outlet_id, is_open())).one()
