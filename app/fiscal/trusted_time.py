"""The time that a seal states: it never goes back, and a clock that jumps is not believed."""

from dataclasses import dataclass
from typing import Final

from app.fiscal.errors import ClockAhead, ClockBeforeRelease, ClockRollback

SMALL_STEP_SECONDS: Final = 5
"""A clock this little behind the last entry is simply held."""
CLOCK_STEP_SECONDS: Final = 60
"""A larger step against the monotonic clock is an event."""

RELEASED: Final = "2026-11-01T00:00:00Z"
"""No clock that is right says an earlier time; it moves with the releases."""
MOST_AHEAD_SECONDS: Final = 45 * 86_400
"""A start further ahead of all that is known is confirmed by somebody: batteries die, and so a
clock wakes in another year; a shop that was closed for so long has time for one command."""
FIRST_AHEAD_SECONDS: Final = 5 * 366 * 86_400
"""The same before the first entry, when the release alone is known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at both clocks, in seconds; `wall` since 1970, `monotonic` since anything."""

    wall: int
    monotonic: int


@dataclass(frozen=True, slots=True)
class TrustedTime:
    """The last trusted time and the reading it came with; `stepped` while a jump is unconfirmed."""

    seconds: int
    reading: Reading
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """The trusted time now, and the jump in seconds when it was first seen just now."""

    now: TrustedTime
    step: int | None = None


def check_plausible(wall: int, released: int, last_known: int) -> None:
    """The clock of a start may be believed.

    `last_known` is the newest time that entries and anchors tell, 0 when there are none.

    Raises:
        ClockBeforeRelease: it says a time before this software was.
        ClockRollback: it stands behind the last known time.
        ClockAhead: it stands too far ahead of it.
    """
    if wall < released:
        raise ClockBeforeRelease(f"the clock stands {released - wall} seconds before this release")
    if wall < last_known - SMALL_STEP_SECONDS:
        raise ClockRollback(f"the clock stands {last_known - wall} seconds before the last entry")
    ahead = wall - (last_known or released)
    if ahead > (MOST_AHEAD_SECONDS if last_known else FIRST_AHEAD_SECONDS):
        raise ClockAhead(f"the clock stands {ahead} seconds ahead of all that is known")


def start(last_entry: int, reading: Reading) -> TrustedTime:
    """The first trusted time of a process, never before the last entry.

    Raises:
        ClockRollback: the clock stands more than 5 seconds before the last entry.
    """
    if reading.wall < last_entry - SMALL_STEP_SECONDS:
        raise ClockRollback(
            f"the clock stands {last_entry - reading.wall} seconds before the last entry"
        )
    return TrustedTime(max(reading.wall, last_entry), reading)


def advance(last: TrustedTime, reading: Reading) -> Tick:
    """The trusted time at this reading: the clock's, or the last one plus the time elapsed.

    The clock is believed again once it agrees with the elapsed time (NTP put it right).
    """
    elapsed = reading.monotonic - last.reading.monotonic
    expected = last.seconds + elapsed
    if last.stepped:
        back = abs(reading.wall - expected) <= CLOCK_STEP_SECONDS
        return Tick(
            TrustedTime(max(reading.wall, last.seconds) if back else expected, reading, not back)
        )
    step = reading.wall - last.reading.wall - elapsed
    if abs(step) > CLOCK_STEP_SECONDS:
        return Tick(TrustedTime(expected, reading, stepped=True), step)
    return Tick(TrustedTime(max(reading.wall, last.seconds), reading))
