"""Waiting for a sale's answer without holding a thread or a connection."""

import asyncio
import threading
from dataclasses import dataclass, field

Key = tuple[str, str]
"""(outlet_id, sale_id)."""


@dataclass(frozen=True, eq=False, slots=True)
class Waiter:
    """One request that waits."""

    loop: asyncio.AbstractEventLoop
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Arrivals:
    """Tells requests that the state of their sale changed, from any thread of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Key, set[Waiter]] = {}

    def expect(self, key: Key) -> Waiter:
        """From now on this request is told; call `leave` whatever happens."""
        waiter = Waiter(asyncio.get_running_loop())
        with self._lock:
            self._waiting.setdefault(key, set()).add(waiter)
        return waiter

    def leave(self, key: Key, waiter: Waiter) -> None:
        """This request waits no longer."""
        with self._lock:
            waiting = self._waiting.get(key, set())
            waiting.discard(waiter)
            if not waiting:
                self._waiting.pop(key, None)

    def notify(self, outlet_id: str, sale_id: str) -> None:
        """Every request that waits for this sale looks again."""
        with self._lock:
            for waiter in self._waiting.get((outlet_id, sale_id), set()):
                waiter.loop.call_soon_threadsafe(waiter.changed.set)
