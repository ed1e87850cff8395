"""Where a process may end: before and after each write, each commit and each call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session

WRITES = ("INSERT", "UPDATE", "DELETE")


class Crash(BaseException):
    """The process ended at that moment; nothing after it ran. No handler of ours may catch it."""


@dataclass(slots=True)
class Fuse:
    """A process ends at the n-th moment from now; None: it lives. At 0 it is dead."""

    left: int | None = None

    def passes(self, moment: str) -> None:
        """The process lives past this moment.

        Raises:
            Crash: it does not.
        """
        if self.left is None:
            return
        self.left = max(self.left - 1, 0)
        if self.left == 0:  # whoever is dead stays so: nothing it still tries takes place
            raise Crash(moment)


@dataclass(slots=True)
class Fuses:
    """Whose moments the writes of an engine are: those of the process that runs now."""

    running: list[Fuse] = field(default_factory=list)

    def passes(self, moment: str) -> None:
        """The process that runs lives past this moment."""
        if self.running:
            self.running[-1].passes(moment)

    @contextmanager
    def of(self, fuse: Fuse) -> Iterator[None]:
        """Inside, that process runs; others may run inside it while it stands still."""
        self.running.append(fuse)
        try:
            yield
        finally:
            self.running.pop()


@contextmanager
def watched(engine: Engine, fuses: Fuses) -> Iterator[None]:
    """Each write and each commit of the engine is a pair of moments."""

    def before(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(WRITES):
            fuses.passes(f"before {statement[:40]}")

    def committing(_connection: Any) -> None:
        fuses.passes("before COMMIT")

    def committed(_session: Any) -> None:
        fuses.passes("after COMMIT")

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", committing)
    event.listen(Session, "after_commit", committed)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "commit", committing)
        event.remove(Session, "after_commit", committed)
