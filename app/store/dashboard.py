"""What the managers' and operators' pages read beside the figures: waiting sales, cases, acts."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.fiscal.ledger import parse_entry
from app.store.tables.cases import Case
from app.store.tables.dgi import ControlModuleRow, Delivery, DeliveryChange
from app.store.tables.ledger import LedgerEntry
from app.store.tables.outlets import Outlet
from app.store.telemetry import is_open


def outlets(
    session: Session, outlet_id: str | None = None
) -> list[tuple[Outlet, ControlModuleRow | None]]:
    """Every outlet with its control module, by its code, or that one."""
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
    return [(outlet, module) for outlet, module in session.execute(query).all()]


def is_paused(session: Session, nim: str) -> bool:
    """Whether somebody asked that nothing be sent to that module."""
    row = session.get(ControlModuleRow, nim)
    return row is not None and row.paused_at is not None


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


def closed_cases(session: Session, outlet_id: str, count: int) -> list[Case]:
    """The outlet's cases that were closed last, the newest first."""
    query = select(Case).where(Case.outlet_id == outlet_id, col(Case.closed_at).is_not(None))
    newest = query.order_by(col(Case.closed_at).desc(), col(Case.number).desc())
    return list(session.exec(newest.limit(count)))


def case_of(session: Session, outlet_id: str, case_id: str) -> Case | None:
    """That case of that outlet, open or closed."""
    return session.get(Case, (outlet_id, case_id))


def changes_of(session: Session, outlet_id: str, sale_id: str) -> list[DeliveryChange]:
    """Each state that the sale's delivery has been in, in order."""
    query = select(DeliveryChange).where(
        DeliveryChange.outlet_id == outlet_id, DeliveryChange.sale_id == sale_id
    )
    return list(session.exec(query.order_by(col(DeliveryChange.number))))


def last_events(
    session: Session, outlet_id: str, about: str, count: int
) -> list[tuple[str, bytes]]:
    """When and what: the newest `event` entries of the outlet about that, the newest first."""
    query = select(LedgerEntry).where(
        LedgerEntry.outlet_id == outlet_id,
        LedgerEntry.about == about,
        LedgerEntry.kind == "event",
    )
    newest = query.order_by(col(LedgerEntry.series), col(LedgerEntry.position).desc())
    rows = session.exec(newest.limit(count))
    return [(parse_entry(row.entry).recorded_at, row.body) for row in rows]
