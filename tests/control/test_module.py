import pytest

from app.control.module import Verdict, weigh_counters


@pytest.mark.parametrize(
    ("doubts", "before", "after", "verdict"),
    [
        (1, 40, 41, "none recorded"),
        (1, 40, 42, "all recorded"),
        (2, 40, 43, "all recorded"),
        (2, 40, 42, "undecided"),
        (1, 40, 45, "undecided"),
        (1, None, 41, "undecided"),
    ],
)
def test_the_next_counter_weighs_the_sales_in_doubt(
    doubts: int, before: int | None, after: int, verdict: Verdict
) -> None:
    assert weigh_counters(doubts, before, after) == verdict
