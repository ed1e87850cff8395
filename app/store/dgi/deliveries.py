"""Deliveries: invoices on their way to their control module, and what was said on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from app.store.tables.dgi import (
    ConfirmedRequest,
    ControlAnswer,
    ControlCall,
    Delivery,
    DeliveryChange,
    DeliveryState,
    OpenState,
    Passed,
)

OPEN: Final[tuple[OpenState, ...]] = ("submitted", "confirming")
"""Begun by a process that stopped before it wrote the end."""

UNSENT: Final[tuple[OpenState, ...]] = ("pending", "failed")
"""Nothing of it was ever confirmed: it may be posted."""

ASK_AGAIN = 1
"""A doubt's `next_try` that makes it due now; 0 there: it is not asked about by itself."""


def held_deliveries(
    session: Session, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Delivery]:
    """The deliveries of those (outlet_id, sale_id), locked in one order for all."""
    found = session.exec(
        select(Delivery)
        .where(
            col(Delivery.outlet_id).in_(sorted({outlet_id for outlet_id, _ in keys})),
            col(Delivery.sale_id).in_(sorted({sale_id for _, sale_id in keys})),
        )
        .order_by(col(Delivery.outlet_id), col(Delivery.sale_id))
        .with_for_update()
    )
    return {(row.outlet_id, row.sale_id): row for row in found}


def has_been(session: Session, row: Delivery, state: Passed) -> bool:
    """The delivery was in that state once."""
    return (
        session.exec(
            select(DeliveryChange.number)
            .where(
                DeliveryChange.outlet_id == row.outlet_id,
                DeliveryChange.sale_id == row.sale_id,
                DeliveryChange.state == state,
            )
            .limit(1)
        ).first()
        is not None
    )


def delivery(session: Session, outlet_id: str, sale_id: str) -> Delivery | None:
    """The delivery of a sale."""
    return session.get(Delivery, (outlet_id, sale_id))


def unfinished(session: Session) -> int:
    """How many deliveries of all modules have not reached their end."""
    query = select(func.count()).select_from(Delivery).where(col(Delivery.state) != "done")
    return session.exec(query).one()


def unfinished_of(session: Session, outlet_id: str) -> list[Delivery]:
    """The deliveries of that outlet that have not reached their end and are not in doubt."""
    query = select(Delivery).where(
        Delivery.outlet_id == outlet_id, col(Delivery.state).not_in(["done", "in_doubt"])
    )
    return list(session.exec(query.order_by(col(Delivery.queued))))


def change_state(
    session: Session,
    row: Delivery,
    state: Passed,
    at: str,
    reason: str | None = None,
    epoch: int = 0,
) -> None:
    """The delivery is in that state since `at`, and its history says so.

    `normalised` and `refused` are final: the row says `done`. An epoch of 0 is a person.
    """
    change_states(session, [Change(row, state, at, reason, epoch)])


@dataclass(frozen=True, slots=True)
class Change:
    """A delivery that is about to be in that state."""

    row: Delivery
    state: Passed
    at: str
    reason: str | None = None
    epoch: int = 0


def change_states(session: Session, wanted: Sequence[Change]) -> None:
    """`change_state` for many at once."""
    lines = []
    for change in wanted:
        row, state = change.row, _state_after(change.state)
        if row.state == state:
            continue
        row.state = state
        row.epoch = change.epoch or row.epoch
        row.done_at = change.at if state == "done" else row.done_at
        session.add(row)
        lines.append(
            change_row(
                row.outlet_id, row.sale_id, change.state, change.at, change.epoch, change.reason
            )
        )
    session.flush()  # the rows are locked before the next numbers of their histories are taken
    insert_changes(session.connection(), lines)


def _state_after(passed: Passed) -> DeliveryState:
    """What the row says once the history says that: `done` at both ends of the way."""
    match passed:
        case "normalised" | "refused":
            return "done"
        case _:
            return passed


def change_row(
    outlet_id: str, sale_id: str, state: Passed, at: str, epoch: int, reason: str | None = None
) -> dict[str, object]:
    """A line of a delivery's history, for `insert_changes`."""
    return {
        "b_outlet": outlet_id,
        "b_sale": sale_id,
        "b_state": state,
        "b_at": at,
        "b_reason": reason,
        "b_epoch": epoch,
    }


def insert_changes(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Each stands under the next number of its sale, whose delivery this transaction holds."""
    if rows:
        connection.execute(_CHANGED, list(rows))


_CHANGE = DeliveryChange.__table__  # type: ignore[attr-defined]
_CHANGED = insert(_CHANGE).values(
    outlet_id=bindparam("b_outlet"),
    sale_id=bindparam("b_sale"),
    number=sql_select(func.coalesce(func.max(_CHANGE.c.number), 0) + 1)
    .where(_CHANGE.c.outlet_id == bindparam("b_outlet"), _CHANGE.c.sale_id == bindparam("b_sale"))
    .scalar_subquery(),
    state=bindparam("b_state"),
    at=bindparam("b_at"),
    reason=bindparam("b_reason"),
    epoch=bindparam("b_epoch"),
)


def changes(session: Session, outlet_id: str, sale_id: str) -> list[DeliveryChange]:
    """Each state that the delivery has been in, in order."""
    return list(
        session.exec(
            select(DeliveryChange)
            .where(DeliveryChange.outlet_id == outlet_id, DeliveryChange.sale_id == sale_id)
            .order_by(col(DeliveryChange.number))
        )
    )


def confirming_uid(session: Session, outlet_id: str, sale_id: str) -> str | None:
    """The uid that may be confirmed, once one was."""
    row = session.get(ConfirmedRequest, (outlet_id, sale_id))
    return row.uid if row else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its raw answer, if one came."""

    call: ControlCall
    answer: ControlAnswer | None


def exchanges(session: Session, outlet_id: str, sale_id: str) -> list[Exchange]:
    """Every call about a sale, in order, with its answer."""
    calls = session.exec(
        select(ControlCall)
        .where(ControlCall.outlet_id == outlet_id, ControlCall.sale_id == sale_id)
        .order_by(col(ControlCall.number))
    )
    return [
        Exchange(call, session.get(ControlAnswer, (outlet_id, sale_id, call.number)))
        for call in calls
    ]


_DELIVERY = Delivery.__table__  # type: ignore[attr-defined]


_INSERT_DELIVERIES = insert(_DELIVERY)


def insert_deliveries(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Deliveries to the control modules: outlet_id, sale_id, nim, series, position, queued."""
    if rows:
        session.connection().execute(_INSERT_DELIVERIES, list(rows))
