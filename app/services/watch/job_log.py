"""How the work that runs by itself is getting on, in this process."""

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class JobLog:
    """By job: how often it ended well and badly, and when it last ended well."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    _last: dict[str, int] = field(default_factory=dict)

    def succeeded(self, job: str, at: int) -> None:
        """The job ended well at that second since 1970."""
        with self._lock:
            self._ended[job, "success"] += 1
            self._last[job] = at

    def failed(self, job: str) -> None:
        """The job raised."""
        with self._lock:
            self._ended[job, "failure"] += 1

    def ended(self) -> dict[tuple[str, str], int]:
        """By job and outcome (`success`, `failure`), how often."""
        with self._lock:
            return dict(self._ended)

    def last_success(self) -> dict[str, int]:
        """By job, seconds since 1970."""
        with self._lock:
            return dict(self._last)
