"""The outbox: invoices on their way to a control module, and the write-ahead of each call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, insert, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from app.store.tables.dgi import (
    Confirming,
    ControlAnswer,
    ControlCall,
    ControlModuleRow,
    Delivery,
    DeliveryChange,
)
from app.store.tables.ledger import LedgerEntry

OPEN = ("submitted", "confirming")
"""Begun by a process that stopped before it wrote the end."""

UNSENT = ("pending", "failed")
"""Nothing of it was ever confirmed: it may be posted."""

FINAL = ("normalised", "refused")
"""Ends of the way: the row says `done`."""

ASK_AGAIN = 1
"""A doubt's `next_try` that makes it due now; 0 there: it is not asked about by itself."""


LEASE_SECONDS = 120
"""Longer than any single call; intents renew it."""

RENEW_SECONDS = 100
"""A lease with less left than that is renewed by the next intent: the longest call fits in it."""


class LeaseLost(Exception):
    """Another worker took this control module; what we know is stored, nothing more is done."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work a control module until it expires."""

    nim: str
    owner: str
    epoch: int


def modules(session: Session) -> list[ControlModuleRow]:
    """Every control module, in order."""
    return list(session.exec(select(ControlModuleRow).order_by(col(ControlModuleRow.nim))))


def module(session: Session, nim: str) -> ControlModuleRow:
    """That control module, which exists."""
    return session.get_one(ControlModuleRow, nim)


def claim(
    session: Session, nim: str, owner: str, now: int, seconds: int, dead: Callable[[str], bool]
) -> Lease | None:
    """The lease of that module for so many seconds, or None while another owner holds it.

    The epoch moves when the owner changes. `now` is seconds since 1970; `dead` tells of an owner
    that is certainly gone.
    """
    row = session.exec(
        select(ControlModuleRow)
        .where(ControlModuleRow.nim == nim)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    if row.owner not in (None, owner) and row.expires_at > now and not dead(row.owner or ""):
        return None
    if row.owner != owner:
        row.owner, row.epoch = owner, row.epoch + 1
    row.expires_at = now + seconds
    session.add(row)
    return Lease(nim, owner, row.epoch)


def release(session: Session, lease: Lease, paced_until: int | None = None) -> None:
    """Another owner may claim the module at once, and keeps the pace of this one."""
    pace = {} if paced_until is None else {"paced_until": paced_until}
    session.execute(
        update(ControlModuleRow)
        .where(
            col(ControlModuleRow.nim) == lease.nim,
            col(ControlModuleRow.owner) == lease.owner,
            col(ControlModuleRow.epoch) == lease.epoch,
        )
        .values(owner=None, expires_at=0, **pace)
    )


def held_module(session: Session, lease: Lease) -> ControlModuleRow:
    """The module's row, locked, while the lease stands.

    Raises:
        LeaseLost: the epoch moved.
    """
    return held_modules(session, [lease])[lease.nim]


def held_modules(session: Session, leases: Sequence[Lease]) -> dict[str, ControlModuleRow]:
    """Those modules' rows, locked in one order for all, while every lease stands.

    Raises:
        LeaseLost: an epoch moved.
    """
    found = session.exec(
        select(ControlModuleRow)
        .where(col(ControlModuleRow.nim).in_(sorted({lease.nim for lease in leases})))
        .order_by(col(ControlModuleRow.nim))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    held = {row.nim: row for row in found}
    for lease in leases:
        if lease.nim not in held or held[lease.nim].epoch != lease.epoch:
            raise LeaseLost(f"{lease.nim} has another owner")
    return held


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


def has_been(session: Session, row: Delivery, state: str) -> bool:
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


def pause(session: Session, nim: str, by: str, at: str) -> bool:
    """Nothing more is sent to that module until somebody resumes; false when there is none."""
    return _changed(session, nim, paused_by=by, paused_at=at)


def resume(session: Session, nim: str) -> bool:
    """Whatever is due is sent again; false when there is no such module."""
    return _changed(session, nim, paused_by=None, paused_at=None)


def note_error(session: Session, nim: str, words: str, at: str) -> bool:
    """People read this of that module; false when there is no such module."""
    return _changed(session, nim, last_error=words, last_error_at=at)


def try_now(session: Session, nim: str) -> bool:
    """Whatever waits for its next try is due now; false when there is no such module."""
    all_due(session, nim)
    doubts = col(Delivery.nim) == nim, col(Delivery.state) == "in_doubt"
    session.execute(update(Delivery).where(*doubts).values(next_try=ASK_AGAIN))
    return _changed(session, nim, rest_until=0)


def all_due(session: Session, nim: str) -> None:
    """No unsent invoice of that module waits any longer for its next try."""
    waiting = col(Delivery.state).in_(UNSENT), col(Delivery.next_try) > 0
    session.execute(update(Delivery).where(col(Delivery.nim) == nim, *waiting).values(next_try=0))


def _changed(session: Session, nim: str, **values: object) -> bool:
    change = update(ControlModuleRow).where(col(ControlModuleRow.nim) == nim).values(**values)
    return bool(session.execute(change.returning(col(ControlModuleRow.nim))).one_or_none())


def delivery(session: Session, outlet_id: str, sale_id: str) -> Delivery | None:
    """The delivery of a sale."""
    return session.get(Delivery, (outlet_id, sale_id))


def unfinished(session: Session) -> int:
    """How many deliveries of all modules have not reached their end."""
    query = select(func.count()).select_from(Delivery).where(col(Delivery.state) != "done")
    return session.exec(query).one()


def sealed_entry(session: Session, row: Delivery) -> LedgerEntry:
    """The ledger's row of a delivery."""
    return session.get_one(LedgerEntry, (row.outlet_id, row.series, row.position))


def change_state(
    session: Session, row: Delivery, state: str, at: str, reason: str | None = None, epoch: int = 0
) -> None:
    """The delivery is in that state since `at`, and its history says so.

    `normalised` and `refused` are final: the row says `done`. An epoch of 0 is a person.
    """
    change_states(session, [Change(row, state, at, reason, epoch)])


@dataclass(frozen=True, slots=True)
class Change:
    """A delivery that is about to be in that state."""

    row: Delivery
    state: str
    at: str
    reason: str | None = None
    epoch: int = 0


def change_states(session: Session, wanted: Sequence[Change]) -> None:
    """`change_state` for many at once."""
    lines = []
    for change in wanted:
        row, final = change.row, change.state in FINAL
        if row.state == ("done" if final else change.state):
            continue
        row.state = "done" if final else change.state
        row.epoch = change.epoch or row.epoch
        row.done_at = change.at if final else row.done_at
        session.add(row)
        lines.append(
            change_row(
                row.outlet_id, row.sale_id, change.state, change.at, change.epoch, change.reason
            )
        )
    session.flush()  # the rows are locked before the next numbers of their histories are taken
    insert_changes(session.connection(), lines)


def change_row(
    outlet_id: str, sale_id: str, state: str, at: str, epoch: int, reason: str | None = None
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
    row = session.get(Confirming, (outlet_id, sale_id))
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
