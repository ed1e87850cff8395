from collections.abc import Mapping

import msgspec
from sqlmodel import Session, func, select

from app.store.outlets import hold_outlet
from app.store.tables.messages import Announcement, EventName


def announce(
    session: Session, outlet_id: str, event: EventName, data: Mapping[str, str], at: str
) -> None:
    """Whoever wants to know of this event will be told, once, if this transaction commits."""
    hold_outlet(session, outlet_id)
    last = session.scalar(
        select(func.max(Announcement.number)).where(Announcement.outlet_id == outlet_id)
    )
    session.add(
        Announcement(
            outlet_id=outlet_id,
            number=(last or 0) + 1,
            at=at,
            event=event,
            data=msgspec.json.encode(dict(data), order="sorted").decode(),
        )
    )
    session.flush()
