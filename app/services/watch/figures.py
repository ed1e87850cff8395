"""How an outlet is, in one colour and its figures; whoever wants to know hears of each change once.

The oldest unsent age is the first figure: how many wait says little, how long says all.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.fiscal.ledger import utc_time
from app.services.watch.health import (
    GRAVITY,
    HOUR_SECONDS,
    Known,
    judge,
    known_outlet,
    known_outlets,
)
from app.store.dgi import waiting as rows
from app.store.engine import Session
from app.store.tables.cases import REFUSALS
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.watch import Colour
from app.store.tenancy import EVERYWHERE

RECENT_HOURS: Final = 24
RECENT_MOST: Final = 200
"""Deliveries that the latest figures are drawn from, at most."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What became of the newest deliveries of the last 24 hours, at most `RECENT_MOST`."""

    normalised: int
    refused: int
    attempts: int
    """Tries of them that ended without an answer that decides."""
    mean_seconds: int | None
    """From the seal to the DGI's answer; None when none was normalised."""
    max_seconds: int | None

    @property
    def percent(self) -> int | None:
        """How many in a hundred of those that the DGI decided it normalised."""
        decided = self.normalised + self.refused
        return self.normalised * 100 // decided if decided else None


@dataclass(frozen=True, slots=True)
class Figures:
    """How an outlet is. Times are seconds since 1970."""

    outlet_id: str
    colour: Colour
    reason: str
    """Why, in words for people."""
    oldest_seconds: int | None
    """How long the oldest unsent invoice has waited; None when none waits."""
    pending: int
    in_doubt: int
    failed: int
    refused_open: int
    """Refused by the DGI and not taken up again."""
    past_grace: int
    """Unsent for longer than the DGI grants."""
    deadline: int | None
    last_error: str | None
    """What the oldest unsent invoice met, or the control module."""
    next_try: int | None
    paused: bool
    paused_by: str | None
    module: str | None
    """NIM of the control module."""
    last_heard: str | None
    recent: Recent

    @property
    def waiting(self) -> int:
        """Every invoice that has no answer of the DGI."""
        return self.pending + self.in_doubt + self.failed

    @property
    def age(self) -> int:
        """Seconds that the oldest unsent invoice has waited; 0 when none waits."""
        return self.oldest_seconds or 0

    @property
    def gravity(self) -> tuple[int, int, int, str]:
        """The largest trouble sorts first."""
        return GRAVITY[self.colour], -self.age, -self.waiting, self.outlet_id


def figures(session: Session, outlet_id: str, now: datetime) -> Figures:
    """How that outlet is.

    Raises:
        LookupError: nobody knows that outlet.
    """
    return _figures(session, known_outlet(session, outlet_id, now))


def all_figures(session: Session, now: datetime) -> list[Figures]:
    """How every outlet is, the largest trouble first."""
    every = [_figures(session, known) for known in known_outlets(session, now, EVERYWHERE)]
    return sorted(every, key=lambda one: one.gravity)


def _standing_error(module: ControlModuleRow) -> str | None:
    """What last went wrong with the module, unless it has answered since."""
    answered = not module.failures and (module.last_heard or "") >= (module.last_error_at or "")
    return None if answered else module.last_error


def _figures(session: Session, known: Known) -> Figures:
    outlet_id, module = known.place.outlet_id, known.place.module
    colour, reason = judge(known)
    error = rows.oldest_error(session, outlet_id) if known.waiting.count else None
    late = known.seconds - known.policy.grace_hours * HOUR_SECONDS
    return Figures(
        outlet_id=outlet_id,
        colour=colour,
        reason=reason,
        oldest_seconds=known.age,
        pending=known.waiting.pending,
        in_doubt=known.waiting.in_doubt,
        failed=known.waiting.failed,
        refused_open=known.open(*REFUSALS),
        past_grace=rows.queued_before(session, outlet_id, late) if known.waiting.count else 0,
        deadline=known.deadline,
        last_error=error or (_standing_error(module) if module else None),
        next_try=_next_try(known),
        paused=known.paused,
        paused_by=module.paused_by if module else None,
        module=module.nim if module else None,
        last_heard=module.last_heard if module else None,
        recent=_recent(session, outlet_id, known.seconds),
    )


def _next_try(known: Known) -> int | None:
    """None while nothing is planned: nothing waits, or somebody paused the sending."""
    module, due = known.place.module, known.waiting.next_try
    if module is None or due is None or known.paused:
        return None
    return max(due, module.rest_until, known.seconds)


def _recent(session: Session, outlet_id: str, seconds: int) -> Recent:
    since = seconds - RECENT_HOURS * HOUR_SECONDS
    ended = rows.ended_since(session, outlet_id, since, RECENT_MOST)
    normalised = [row for row in ended if row.status == "normalised"]
    lasted = [_lasted(row.queued_at, row.done_at) for row in normalised if row.done_at]
    return Recent(
        normalised=len(normalised),
        refused=sum(row.status == "refused" for row in ended),
        attempts=sum(row.attempts for row in ended),
        mean_seconds=sum(lasted) // len(lasted) if lasted else None,
        max_seconds=max(lasted, default=None),
    )


def _lasted(queued_at: int, done_at: str) -> int:
    return max(0, int(utc_time(done_at).timestamp()) - queued_at)
