"""The outbox: invoices on their way to a control module, and the write-ahead of each call."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.store.tables import (
    Confirming,
    ControlAnswer,
    ControlCall,
    ControlModuleRow,
    Delivery,
    LedgerEntry,
)

OPEN = ("submitted", "confirming")
"""Begun by a process that stopped before it wrote the end."""


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


def release(session: Session, lease: Lease) -> None:
    """Another owner may claim the module at once."""
    session.execute(
        update(ControlModuleRow)
        .where(
            col(ControlModuleRow.nim) == lease.nim,
            col(ControlModuleRow.owner) == lease.owner,
            col(ControlModuleRow.epoch) == lease.epoch,
        )
        .values(owner=None, expires_at=0)
    )


def held_module(session: Session, lease: Lease) -> ControlModuleRow:
    """The module's row, locked, while the lease stands.

    Raises:
        LeaseLost: the epoch moved.
    """
    row = session.exec(
        select(ControlModuleRow)
        .where(ControlModuleRow.nim == lease.nim, ControlModuleRow.epoch == lease.epoch)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise LeaseLost(f"{lease.nim} has another owner")
    return row


def queue(session: Session, nim: str, states: Sequence[str]) -> list[Delivery]:
    """The deliveries of a module in those states, in arrival order."""
    return list(
        session.exec(
            select(Delivery)
            .where(Delivery.nim == nim, col(Delivery.state).in_(states))
            .order_by(col(Delivery.queued), col(Delivery.outlet_id), col(Delivery.position))
        )
    )


def next_pending(session: Session, nim: str, tried: Collection[tuple[str, str]]) -> Delivery | None:
    """The first pending delivery of a module that is not among those (outlet_id, sale_id)."""
    first = session.exec(
        select(Delivery)
        .where(Delivery.nim == nim, Delivery.state == "pending")
        .order_by(col(Delivery.queued), col(Delivery.outlet_id), col(Delivery.position))
        .limit(len(tried) + 1)
    )
    return next((row for row in first if (row.outlet_id, row.sale_id) not in tried), None)


def delivery(session: Session, outlet_id: str, sale_id: str) -> Delivery | None:
    """The delivery of a sale."""
    return session.get(Delivery, (outlet_id, sale_id))


def sealed_entry(session: Session, row: Delivery) -> LedgerEntry:
    """The ledger's row of a delivery."""
    return session.get_one(LedgerEntry, (row.outlet_id, row.series, row.position))


def back_to_pending(session: Session, outlet_id: str, sale_id: str) -> None:
    """The delivery waits again: nothing of it was confirmed."""
    session.get_one(Delivery, (outlet_id, sale_id)).state = "pending"


def next_call(session: Session, outlet_id: str, sale_id: str) -> int:
    """The number of the next call about a sale, from 1."""
    last = session.scalar(
        select(func.max(ControlCall.number)).where(
            ControlCall.outlet_id == outlet_id, ControlCall.sale_id == sale_id
        )
    )
    return (last or 0) + 1


def write_call(session: Session, call: ControlCall) -> None:
    """The intent stands."""
    session.add(call)


def write_answer(session: Session, answer: ControlAnswer) -> None:
    """The raw answer stands, whoever holds the lease."""
    session.add(answer)


def confirm_only(session: Session, outlet_id: str, sale_id: str, uid: str) -> None:
    """This uid is the one of the sale that may ever be confirmed.

    Raises:
        LeaseLost: another uid is.
    """
    row = session.get(Confirming, (outlet_id, sale_id))
    if row is None:
        session.add(Confirming(outlet_id=outlet_id, sale_id=sale_id, uid=uid))
        session.flush()
    elif row.uid != uid:
        raise LeaseLost(f"another request of {sale_id} is being confirmed")


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
