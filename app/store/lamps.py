"""What the lamps of an outlet shine on: its last invoice, what waits for the DGI, its tablets."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from app.store.tables.dgi import ControlModuleRow
from app.store.tables.ledger import LedgerEntry, Series
from app.store.tables.outlets import Outlet
from app.store.tables.tills import Device, HeldSale
from app.store.telemetry import Waiting, waiting


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
    """Microseconds since 1970 at which the oldest of them was queued."""
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
    query = (
        select(ControlModuleRow.paused_at)
        .join(Outlet, col(Outlet.control_module) == col(ControlModuleRow.nim))
        .where(Outlet.outlet_id == outlet_id)
    )
    return session.exec(query).first() is not None


def devices_heard(session: Session, outlet_id: str) -> list[Device]:
    """The tablets of the outlet that ever told how they are, by terminal."""
    query = select(Device).where(Device.outlet_id == outlet_id, col(Device.heard_at).is_not(None))
    return list(session.exec(query.order_by(col(Device.terminal_id), col(Device.enrolled_at))))


def held_device(session: Session, outlet_id: str, device_id: str) -> Device:
    """The tablet's row; until this transaction ends no other changes it."""
    return session.get_one(Device, (outlet_id, device_id), with_for_update=True)


def sales_held_since(session: Session, device: Device) -> int:
    """How many sales of the tablet were kept for the manager since it last told its queue."""
    query = select(func.count()).where(
        HeldSale.outlet_id == device.outlet_id,
        HeldSale.device_id == device.device_id,
        HeldSale.at >= (device.heard_at or ""),
    )
    return session.exec(query).one()
