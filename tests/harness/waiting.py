"""Waiting for another process: bounded, and never the thing that decides a test."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_SECONDS = 0.02


def wait_until(holds: Callable[[], bool], *, seconds: float, otherwise: Callable[[], str]) -> None:
    """Return once `holds()` is true; after `seconds` raise with what `otherwise()` tells."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not true after {seconds} s: {otherwise()}")
        time.sleep(_POLL_SECONDS)
