"""Work that waits in a queue and is committed together."""

import queue
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Waiting(Protocol):
    """Something that waits to be committed, and the future of its result."""

    @property
    def done(self) -> "Future[Any]":
        """Holds the result once its commit is durable, or why there is none."""


W = TypeVar("W", bound=Waiting)


def drain(waiting: "queue.SimpleQueue[T | None]", first: T, most: int) -> tuple[list[T], bool]:
    """`first` and whatever waits behind it, up to the most; true when the end was asked for."""
    taken = [first]
    while len(taken) < most:
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            break
        if item is None:
            return taken, True
        taken.append(item)
    return taken, False


def commit_together(waiting: Sequence[W], commit: Callable[[Sequence[W]], Sequence[Any]]) -> None:
    """Each future holds its result: of one commit for all, or of its own where that one failed.

    A bad one among many is found by trying each alone, so that it fails for itself only.
    """
    try:
        results = commit(waiting)
    except Exception as error:  # noqa: BLE001 - it is the caller's to judge
        if len(waiting) == 1:
            waiting[0].done.set_exception(error)
            return
        for one in waiting:
            commit_together([one], commit)
        return
    for one, result in zip(waiting, results, strict=True):
        one.done.set_result(result)
