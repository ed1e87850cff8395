"""Who commits what a worker writes."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.store.dgi.write_ahead import Intention, Outcome, write_ahead
from app.store.engine import Engine, Session, writing

if TYPE_CHECKING:
    from collections.abc import Callable


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


class SharedCommits:
    """One thread commits whatever the workers of a process write at that moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = OwnCommits(engine)
        self._waiting: queue.SimpleQueue[tuple[Intention, Future[Outcome]] | None]
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
        done: Future[Outcome] = Future()
        self._waiting.put((entry, done))
        return number_of(done.result())

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            taken, last = _together(self._waiting, first)
            self._commit(taken)
            if last:
                return

    def _commit(self, taken: list[tuple[Intention, Future[Outcome]]]) -> None:
        # In one order for every process: whoever locks many rows locks them alike.
        taken.sort(key=lambda one: one[0].lease.nim)
        try:
            with writing(self._engine) as session:
                outcomes = write_ahead(session.connection(), [entry for entry, _ in taken])
        except Exception as error:  # noqa: BLE001 - one bad entry is told from the good ones
            if len(taken) == 1:
                taken[0][1].set_exception(error)
                return
            for one in taken:
                self._commit([one])
            return
        for (_, done), outcome in zip(taken, outcomes, strict=True):
            done.set_result(outcome)


def number_of(outcome: Outcome) -> int:
    """The number of the call; raises why there is none."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _together(waiting: queue.SimpleQueue[T | None], first: T) -> tuple[list[T], bool]:
    """Whatever waits, up to the most at once; true when the end was asked for."""
    taken = [first]
    while len(taken) < MOST_AT_ONCE:
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            break
        if item is None:
            return taken, True
        taken.append(item)
    return taken, False
