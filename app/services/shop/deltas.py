"""What changed since a cursor, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

MOST_CHANGES: Final = 1000
"""Changes in one page."""


class Changed(Protocol):
    """A row that carries the cursor of its last change."""

    changed: int


Row = TypeVar("Row", bound=Changed)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Changes in their order, and the cursor to go on from."""

    rows: Sequence[Row]
    cursor: str
    more: bool


def beginning(since: int, last: int) -> int:
    """Where to read from: a cursor beyond the last change is of another store, and begins anew."""
    return since if since <= last else 0


def page(rows: Sequence[Row], last: int) -> Page[Row]:
    """The page of up to `MOST_CHANGES` + 1 rows; `last` is the newest change of all."""
    if len(rows) > MOST_CHANGES:
        kept = rows[:MOST_CHANGES]
        return Page(kept, str(kept[-1].changed), more=True)
    return Page(rows, str(last), more=False)
