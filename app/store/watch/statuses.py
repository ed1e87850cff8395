from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.watch import Colour, OutletStatus
from app.store.tenancy import within


def statuses(session: Session, outlet_id: str) -> dict[str, OutletStatus]:
    """By outlet, the colour that it has; of that one, or `EVERYWHERE`."""
    last = select(
        col(OutletStatus.outlet_id), func.max(OutletStatus.number).label("number")
    ).group_by(col(OutletStatus.outlet_id))
    found = last.where(within(col(OutletStatus.outlet_id), outlet_id)).subquery()
    rows = session.exec(
        select(OutletStatus).join(
            found,
            (col(OutletStatus.outlet_id) == found.c.outlet_id)
            & (col(OutletStatus.number) == found.c.number),
        )
    )
    return {row.outlet_id: row for row in rows}


def put_status(session: Session, outlet_id: str, at: str, colour: Colour, reason: str) -> bool:
    """The outlet has that colour since then; false when it had it before."""
    hold_outlet(session, outlet_id)  # two processes must not write the same change
    known = statuses(session, outlet_id).get(outlet_id)
    if known is not None and known.colour == colour:
        return False
    session.add(
        OutletStatus(
            outlet_id=outlet_id,
            number=known.number + 1 if known else 1,
            at=at,
            colour=colour,
            reason=reason,
        )
    )
    session.flush()
    return True
