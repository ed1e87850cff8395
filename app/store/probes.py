"""The probe log of an outlet, and what the store knows of its control module."""

from collections.abc import Iterator

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.dgi import ControlModuleRow, Delivery
from app.store.tables.ledger import Series
from app.store.tables.watch import Probe
from app.store.telemetry import is_open


def last_probes(session: Session, outlet_id: str | None = None) -> dict[str, Probe]:
    """By outlet, the newest entry of its log."""
    newest = select(col(Probe.outlet_id), func.max(Probe.number).label("number")).group_by(
        col(Probe.outlet_id)
    )
    if outlet_id is not None:
        newest = newest.where(col(Probe.outlet_id) == outlet_id)
    found = newest.subquery()
    rows = session.exec(
        select(Probe).join(
            found,
            (col(Probe.outlet_id) == found.c.outlet_id) & (col(Probe.number) == found.c.number),
        )
    )
    return {row.outlet_id: row for row in rows}


def add_probe(session: Session, row: Probe) -> bool:
    """The entry stands; false when another process wrote that number first."""
    hold_outlet(session, row.outlet_id)
    known = last_probes(session, row.outlet_id).get(row.outlet_id)
    if row.number != (known.number + 1 if known else 1):
        return False
    session.add(row)
    session.flush()
    return True


def probes(session: Session, outlet_id: str) -> Iterator[Probe]:
    """The whole log of the outlet, in order, a page in memory."""
    last = 0
    while page := _after(session, outlet_id, last):
        yield from page
        last = page[-1].number


def _after(session: Session, outlet_id: str, number: int) -> list[Probe]:
    return list(
        session.exec(
            select(Probe)
            .where(Probe.outlet_id == outlet_id, Probe.number > number)
            .order_by(col(Probe.number))
            .limit(500)
        )
    )


def authorities(session: Session) -> dict[str, str]:
    """By outlet, the sealing party that holds its first series."""
    rows = session.exec(select(Series).order_by(col(Series.outlet_id), col(Series.series).desc()))
    return {row.outlet_id: row.authority for row in rows}


def in_flight(session: Session, nim: str) -> bool:
    """Whether a worker is in the middle of a call to that control module."""
    query = select(Delivery.sale_id).where(
        Delivery.nim == nim, is_open(), col(Delivery.state).in_(["submitted", "confirming"])
    )
    return session.exec(query.limit(1)).first() is not None


def heard(session: Session, nim: str, at: str) -> None:
    """The control module gave an answer that can be read."""
    session.execute(
        update(ControlModuleRow).where(col(ControlModuleRow.nim) == nim).values(last_heard=at)
    )
