"""Who commits what a worker writes."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.services.ledger.queues import commit_together, drain
from app.store.dgi.write_ahead import Intention, Outcome, write_ahead
from app.store.engine import Engine, Session, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


MOST_AT_ONCE = 64
"""Entries in one commit."""

T = TypeVar("T")


class Commits(Protocol):
    """Writes everything else that a worker writes."""

    def write(self, work: Callable[[Session], T]) -> T:
        """The work's rows are durable when this returns; what the work raises is raised."""

    def write_ahead(self, entry: Intention) -> int:
        """The entry is durable when this returns: the number of its call, 0 without an intent.

        Raises:
            LeaseLost, NotNow: its intent is not written; its answers are.
        """


class OwnCommits:
    """Each write in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, work: Callable[[Session], T]) -> T:
        """The work's rows are durable."""
        with writing(self._engine) as session:
            return work(session)

    def write_ahead(self, entry: Intention) -> int:
        """The entry is durable."""
        with writing(self._engine) as session:
            (outcome,) = write_ahead(session.connection(), [entry])
        return number_of(outcome)


@dataclass(slots=True)
class _Waiting:
    """An entry to be written, and the future of its number."""

    entry: Intention
    done: Future[Outcome] = field(default_factory=Future)


class SharedCommits:
    """One thread commits whatever the workers of a process write at that moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = OwnCommits(engine)
        self._waiting: queue.SimpleQueue[_Waiting | None]
        self._waiting = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="write-ahead", daemon=True)

    def start(self) -> None:
        """Entries are taken."""
        self._thread.start()

    def stop(self) -> None:
        """What was given before is durable, and the thread has ended."""
        self._waiting.put(None)
        self._thread.join()

    def write(self, work: Callable[[Session], T]) -> T:
        """The work's rows are durable, in a transaction of its own."""
        return self._own.write(work)

    def write_ahead(self, entry: Intention) -> int:
        """The entry is durable, with those of others."""
        waiting = _Waiting(entry)
        self._waiting.put(waiting)
        return number_of(waiting.done.result())

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            taken, last = drain(self._waiting, first, MOST_AT_ONCE)
            # In one order for every process: whoever locks many rows locks them alike.
            commit_together(sorted(taken, key=lambda one: one.entry.lease.nim), self._commit)
            if last:
                return

    def _commit(self, waiting: Sequence[_Waiting]) -> Sequence[Outcome]:
        with writing(self._engine) as session:
            return write_ahead(session.connection(), [one.entry for one in waiting])


def number_of(outcome: Outcome) -> int:
    """The number of the call; raises why there is none."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
