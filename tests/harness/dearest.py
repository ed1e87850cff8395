"""What a run of the tests cost: where its seconds went, and what it started."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROPERTY: Final = "started"
"""Under which a report of a test carries what was started during it."""
STARTED: Final[Counter[str]] = Counter()
"""What this process of the tests has started since it was last asked."""
MOST: Final = 10


def counted(kind: str) -> None:
    """One more of that kind was started."""
    STARTED[kind] += 1


def since_then() -> dict[str, int]:
    """What was started since somebody last asked."""
    counts = dict(STARTED)
    STARTED.clear()
    return counts


def cost(reports: Iterable[Any]) -> Iterator[str]:
    """The lines that name the dearest files and tests of these reports, and all that was started.

    The seconds are those of a clock: on a busy machine they say what is dear beside the rest.
    """
    files: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    started: Counter[str] = Counter()
    for report in reports:
        tests[report.nodeid] += report.duration
        files[report.nodeid.partition("::")[0]] += report.duration
        for name, counts in report.user_properties:
            if name == PROPERTY:
                started.update(counts)
    if not files:
        return
    yield ""
    for title, seconds in (("files", files), ("tests", tests)):
        yield f"The dearest {title}, of {sum(files.values()):.0f} s:"
        yield from (f"{spent:8.1f} s  {name}" for name, spent in seconds.most_common(MOST))
    if started:
        yield "Started: " + ", ".join(f"{count} {kind}" for kind, count in sorted(started.items()))
