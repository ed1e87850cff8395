"""The probe log of an outlet."""

from collections.abc import Iterator

from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.watch import Probe
from app.store.tenancy import within


def last_probes(session: Session, outlet_id: str) -> dict[str, Probe]:
    """By outlet, the newest entry of its log; of that one, or `EVERYWHERE`."""
    newest = select(col(Probe.outlet_id), func.max(Probe.number).label("number")).group_by(
        col(Probe.outlet_id)
    )
    found = newest.where(within(col(Probe.outlet_id), outlet_id)).subquery()
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
