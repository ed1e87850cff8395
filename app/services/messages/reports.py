"""What the other side reports of messages that it took: they reached a telephone, or did not."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from app.channels.whatsapp import Report
from app.fiscal.ledger import utc_text
from app.services.messages.sending import call_somebody
from app.store.engine import Session
from app.store.messages import messages as rows
from app.store.tables.messages import Message, MessageTry, Phase, Reached

_STEPS: Final[tuple[Reached, ...]] = ("delivered", "read")
_ORDER: Final[Mapping[Reached | None, int]] = {None: 0, "delivered": 1, "read": 2}


def note(session: Session, reports: Iterable[Report], now: datetime) -> int:
    """The messages stand where these reports put them; returns how many moved.

    Reports come late, twice and in any order: a message never goes back.
    """
    in_order = sorted(reports, key=lambda report: report.remote_id)  # as all lock them
    return sum(_note(session, report, utc_text(now)) for report in in_order)


def _note(session: Session, report: Report, at: str) -> bool:
    row = rows.of_remote(session, report.remote_id)
    if row is None or row.state != "sent":
        return False
    reached = next((step for step in _STEPS if step == report.state), None)
    phase: Phase = "failed"
    if report.state == "failed" and row.reached is None:
        row.state, row.done_at, row.last_error = "failed", at, report.words or "Non remise."
        call_somebody(session, row, row.target, at)
    elif reached is not None and _ORDER[reached] > _ORDER[row.reached]:
        row.reached = phase = reached
    else:
        return False
    rows.log(session, _logged(session, row, report, phase, at))
    return True


def _logged(session: Session, row: Message, report: Report, phase: Phase, at: str) -> MessageTry:
    return MessageTry(
        outlet_id=row.outlet_id,
        message_id=row.message_id,
        number=rows.next_number(session, row.outlet_id, row.message_id) - 1,
        phase=phase,
        at=at,
        words=report.words,
    )
