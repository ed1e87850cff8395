"""Waiting for another process: bounded, and never the thing that decides a test."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_SECONDS = 0.02
LEAST_SECONDS = 120
"""Nothing is given up earlier than this: a busy machine is slow, not wrong."""


def wait_until(holds: Callable[[], bool], *, seconds: float, otherwise: Callable[[], str]) -> None:
    """Return once `holds()` is true; after `seconds`, if not more, raise with `otherwise()`."""
    seconds = max(seconds, LEAST_SECONDS)
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not true after {seconds} s: {otherwise()}")
        time.sleep(_POLL_SECONDS)
