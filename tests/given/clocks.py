"""Both clocks of a machine, moved by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.fiscal.trusted_time import Reading

NOON = int(datetime(2026, 11, 22, 11, tzinfo=UTC).timestamp())


@dataclass(slots=True)
class HandClock:
    """A wall clock and a monotonic one, in whole seconds."""

    wall: int = NOON
    monotonic: int = 1000

    def __call__(self) -> Reading:
        return Reading(self.wall, self.monotonic)

    @property
    def instant(self) -> datetime:
        """What the wall clock says."""
        return datetime.fromtimestamp(self.wall, UTC)

    def pass_time(self, seconds: int) -> None:
        """Time goes by."""
        self.wall += seconds
        self.monotonic += seconds

    def jump(self, seconds: int) -> None:
        """Somebody sets the wall clock."""
        self.wall += seconds

    def restart(self, wall: int) -> "HandClock":
        """The clocks after a restart of the machine: the monotonic one begins anew."""
        return HandClock(wall, 7)
