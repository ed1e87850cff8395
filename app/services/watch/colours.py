"""The colour of each outlet, and who is told when it changes."""

from datetime import datetime

from app.fiscal.ledger import clock_text, utc_text
from app.services.watch.alarms import Due, keep_alarms
from app.services.watch.health import Known, judge, known_outlet, known_outlets
from app.store.engine import Engine, Session, reading, writing
from app.store.messages.announcements import announce
from app.store.tables.watch import OutletStatus
from app.store.tenancy import EVERYWHERE
from app.store.watch import statuses


def colours(engine: Engine, now: datetime) -> int:
    """Every outlet's colour and grace alarms stand as they are now; returns how many changed.

    A change of colour, and each alarm, is announced once.
    """
    with reading(engine) as session:
        every = known_outlets(session, now, EVERYWHERE)
        before = statuses.statuses(session, EVERYWHERE)
    changed = [one for one in every if _moved(one, before.get(one.place.outlet_id))]
    for known in changed:
        with writing(engine) as session:
            _put_colour(session, known.place.outlet_id, now)
    keep_alarms(
        engine, [Due(one.place.outlet_id, one.policy, one.waiting, one.seconds) for one in every]
    )
    return len(changed)


def _moved(known: Known, status: OutletStatus | None) -> bool:
    return status is None or status.colour != judge(known)[0]


def _put_colour(session: Session, outlet_id: str, now: datetime) -> None:
    """The outlet's colour is looked at again inside the transaction that writes it."""
    known = known_outlet(session, outlet_id, now)
    colour, reason = judge(known)
    first = outlet_id not in statuses.statuses(session, outlet_id)
    if not statuses.put_status(session, outlet_id, utc_text(now), colour, reason):
        return
    if first and colour == "green":  # nobody was told of trouble before
        return
    facts = {"colour": colour, "reason": reason, "waiting": str(known.waiting.count)}
    if known.waiting.oldest is not None:
        facts["oldest_waiting"] = clock_text(known.waiting.oldest)
    announce(session, outlet_id, "outlet.status", facts, utc_text(now))
