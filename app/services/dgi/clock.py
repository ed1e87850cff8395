"""The clock of the workers: leases, tries and doubts must not follow somebody who sets the time."""

import time
from collections.abc import Callable


def _since_start() -> float:
    """Seconds since this machine started, its sleep counted."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SteadyClock:
    """Seconds since 1970: the wall clock, read once, and the time that went by since.

    A step of the wall clock moves no lease, no next try and no proof of absence. The next process
    believes the new time.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        since_start: Callable[[], float] = _since_start,
    ) -> None:
        self._since_start = since_start
        self._zero = wall() - since_start()

    def __call__(self) -> float:
        """Now."""
        return self._zero + self._since_start()
