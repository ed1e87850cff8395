"""The histories of a run as a table: what happened in them, and what was checked how often."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tests.simulation.history import Tally, read_tally

if TYPE_CHECKING:
    from collections import Counter

PROPERTY = "simulation"
"""Under which a test records a tally, so that it survives the trip between test processes."""


def table(documents: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The lines of the table, none when there was no history."""
    tally = Tally()
    for document in documents:
        tally.add(read_tally(document))
    if not tally.seeds:
        return
    yield ""
    yield (
        f"Simulation: {len(tally.seeds)} histories (seeds {', '.join(_ranges(tally.seeds))}), "
        f"{tally.actions} actions, {tally.entries} ledger entries verified as they came"
    )
    for title, counter in (
        ("fault", tally.met),
        ("what happened", tally.done),
        ("end of a sale", tally.ends),
        ("invariant", tally.checks),
    ):
        yield from _rows(title, counter)


def _ranges(seeds: list[int]) -> Iterator[str]:
    """`1 to 500` for neighbours."""
    first = last = None
    for seed in sorted(set(seeds)):
        if last is not None and seed == last + 1:
            last = seed
            continue
        if first is not None:
            yield f"{first} to {last}"
        first = last = seed
    yield f"{first} to {last}"


def _rows(title: str, counter: "Counter[str]") -> Iterator[str]:
    yield f"| {title} | times |"
    yield "| --- | ---: |"
    for name, times in sorted(counter.items()):
        if times:
            yield f"| {name} | {times} |"
