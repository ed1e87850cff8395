"""Sales in doubt: what people did about them, and what the store knows that tells of them."""

from dataclasses import dataclass

from sqlalchemy import tuple_
from sqlmodel import Session, col, func, or_, select

from app.fiscal.canonical import parse_canonical
from app.store.tables.cases import Act, Decision
from app.store.tables.dgi import ControlModuleRow, Delivery
from app.store.tables.ledger import Answer, LedgerEntry
from app.store.tables.outlets import Outlet

_ARRIVAL = (col(Delivery.queued), col(Delivery.outlet_id), col(Delivery.position))


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A confirmed invoice of the same control module, and its counters as they came."""

    outlet_id: str
    fiscal_number: str
    counters: str


def hold_module_of(session: Session, outlet_id: str, sale_id: str) -> None:
    """No other transaction changes the sale's delivery, or its module's row, before this one ends.

    Read the delivery after this: what it was before may be past.
    """
    row = session.get(Delivery, (outlet_id, sale_id))
    if row is None:
        return
    session.exec(
        select(ControlModuleRow.nim).where(ControlModuleRow.nim == row.nim).with_for_update()
    ).one_or_none()
    session.refresh(row, with_for_update=True)


def decisions(session: Session, outlet_id: str, sale_id: str) -> list[Decision]:
    """What people did about a sale in doubt, in order."""
    return list(
        session.exec(
            select(Decision)
            .where(Decision.outlet_id == outlet_id, Decision.sale_id == sale_id)
            .order_by(col(Decision.number))
        )
    )


def add_decision(
    session: Session, key: tuple[str, str], act: Act, *, by: str, at: str, document: str
) -> Decision:
    """The act stands after those before it; the module's row is held."""
    last = session.scalar(
        select(func.max(Decision.number)).where(
            Decision.outlet_id == key[0], Decision.sale_id == key[1]
        )
    )
    row = Decision(
        outlet_id=key[0],
        sale_id=key[1],
        number=(last or 0) + 1,
        act=act,
        by=by,
        at=at,
        document=document,
    )
    session.add(row)
    session.flush()
    return row


def normalised_with(session: Session, row: Delivery, member: str, value: str) -> Neighbour | None:
    """Another invoice of that module whose `normalised` entry says this member.

    Reads every such entry of the module's outlets: a person waits for it, no sale does.
    """
    served = select(Outlet.outlet_id).where(Outlet.control_module == row.nim)
    query = (
        select(LedgerEntry.outlet_id, LedgerEntry.body)
        .where(
            or_(LedgerEntry.outlet_id == row.outlet_id, col(LedgerEntry.outlet_id).in_(served)),
            LedgerEntry.kind == "normalised",
        )
        .execution_options(yield_per=1000)
    )
    wanted = f'"{member}":"{value}"'.encode()
    module = f'"nim":"{row.nim}"'.encode()
    for outlet_id, body in session.exec(query):
        if wanted in body and module in body:
            return _neighbour(outlet_id, body)
    return None


def approved_with(session: Session, row: Delivery, code: str) -> bool:
    """Whether two people gave that code to another sale; the ledger may not show it yet."""
    approved = session.exec(
        select(Decision.sale_id).where(
            Decision.outlet_id == row.outlet_id,
            Decision.sale_id != row.sale_id,
            Decision.act == "approve",
            col(Decision.document).contains(f'"{code}"'),
        )
    )
    return approved.first() is not None


def confirmed_beside(session: Session, row: Delivery, *, after: bool) -> Neighbour | None:
    """The confirmed invoice of the same module that stood next to this one in the queue."""
    place = tuple_(*_ARRIVAL)
    here = (row.queued, row.outlet_id, row.position)
    sale = session.exec(
        select(LedgerEntry.outlet_id, LedgerEntry.fiscal_number)
        .join(
            Delivery,
            (col(Delivery.outlet_id) == LedgerEntry.outlet_id)
            & (col(Delivery.sale_id) == LedgerEntry.sale_id),
        )
        .join(
            Answer,
            (col(Answer.outlet_id) == LedgerEntry.outlet_id)
            & (col(Answer.sale_id) == LedgerEntry.sale_id),
        )
        .where(
            Delivery.nim == row.nim,
            Delivery.state == "done",
            Answer.status == "normalised",
            place > here if after else place < here,
        )
        .order_by(*(column if after else column.desc() for column in _ARRIVAL))
        .limit(1)
    ).first()
    if sale is None:
        return None
    fact = session.exec(
        select(LedgerEntry.body).where(
            LedgerEntry.outlet_id == sale[0],
            LedgerEntry.about == sale[1],
            LedgerEntry.kind == "normalised",
        )
    ).first()
    return None if fact is None else _neighbour(sale[0], fact)


def _neighbour(outlet_id: str, body: bytes) -> Neighbour:
    fact = parse_canonical(body)
    return Neighbour(outlet_id, fact["fiscal_number"], fact.get("counters", ""))
