"""The time of a history: it passes when the history says so, and clocks may be wrong about it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.fiscal.trusted_time import Reading

BEGINNING = datetime(2026, 11, 22, 8, tzinfo=UTC).timestamp()


@dataclass(slots=True)
class TrueTime:
    """What no clock of the history knows for certain; seconds since 1970."""

    now: float = BEGINNING

    def go_by(self, seconds: float) -> None:
        """So much later."""
        self.now += seconds


@dataclass(slots=True)
class HistoryClock:
    """The clocks of one machine."""

    time: TrueTime
    ahead: float = 0.0
    """How far the wall clock is off."""
    slept: float = 0.0
    """Seconds that the monotonic clock did not count: the machine stood still."""
    since: float = field(init=False)
    first: float = field(init=False)

    def __post_init__(self) -> None:
        self.since, self.first = self.time.now, self.ahead

    def wall(self) -> float:
        """Seconds since 1970, as this machine believes."""
        return self.time.now + self.ahead

    def monotonic(self) -> float:
        """Seconds since the machine started, standstills left out."""
        return self.time.now - self.since - self.slept + 100

    def steady(self) -> float:
        """The wall clock as it stood at the start, and the time since, standstills counted."""
        return self.time.now + self.first

    def reading(self) -> Reading:
        """Both clocks, in whole seconds; the second one counts standstills too."""
        return Reading(int(self.wall()), int(self.time.now - self.since + 100))

    def steady_moment(self) -> datetime:
        """The steady clock as an aware time."""
        return datetime.fromtimestamp(self.steady(), UTC)

    def moment(self) -> datetime:
        """The wall clock as an aware time."""
        return datetime.fromtimestamp(self.wall(), UTC)
