"""When a sale was made, and the dollar of that day: by hand, and beside the second opinion."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.day_of_sale import (
    TIME_AHEAD,
    DollarRate,
    MeanRate,
    check_rate,
    check_timestamp,
    day_of_sale,
    dollar_rate,
)
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_text
from app.fiscal.money import parse_rate
from tests.given import law
from tests.given.requests import ZONE, cash, dollars, read, sale_request, without

SEALED = datetime(2026, 11, 22, 10, 15, 31, tzinfo=UTC)
DAY = "2026-11-22"
MEAN = MeanRate(DAY, 28_500_000)
OFTEN = 48


def refused(quoted: DollarRate, *means: MeanRate, day: str = DAY) -> tuple[str, str]:
    with pytest.raises(InvalidInvoice) as refusal:
        check_rate(quoted, means, day)
    return refusal.value.rule, refusal.value.path


def quote(rate: int = MEAN.rate, day: str = DAY) -> DollarRate:
    return DollarRate(rate, day, "/payments/1")


@pytest.mark.parametrize("rate", [MEAN.rate, MEAN.rate * 101 // 100, MEAN.rate * 99 // 100])
def test_a_rate_within_one_percent_of_the_mean_is_admitted(rate: int) -> None:
    check_rate(quote(rate), [MEAN], DAY)


@pytest.mark.parametrize("rate", [MEAN.rate * 101 // 100 + 1, MEAN.rate * 99 // 100 - 1, 0])
def test_a_rate_more_than_one_percent_off_is_refused(rate: int) -> None:
    assert refused(quote(rate), MEAN) == ("SFE-1.1.30", "/payments/1/rate")


def test_without_a_mean_or_with_one_of_eight_days_ago_dollars_are_refused() -> None:
    assert refused(quote()) == ("SFE-1.1.30", "/payments/1/rate_date")
    old = MeanRate("2026-11-14", MEAN.rate)
    assert refused(quote(day=old.day), old) == ("SFE-1.1.30", "/payments/1/rate_date")
    week = MeanRate("2026-11-15", MEAN.rate)
    check_rate(quote(day=week.day), [week], DAY)


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-23", "2020-01-01"])
def test_who_asks_does_not_choose_the_day_of_the_rate(day: str) -> None:
    assert refused(quote(day=day), MEAN) == ("SFE-1.1.30", "/payments/1/rate_date")


def test_a_till_may_have_missed_the_newest_rate_and_then_has_the_one_before() -> None:
    before = MeanRate("2026-11-21", 28_000_000)
    check_rate(quote(before.rate, before.day), [MEAN, before], DAY)
    assert refused(quote(MEAN.rate, before.day), MEAN, before) == (
        "SFE-1.1.30",
        "/payments/1/rate",
    )


def test_the_rate_of_a_sale_is_that_of_its_first_payment_in_dollars() -> None:
    payments = [cash("10"), dollars("45"), dollars("45")]
    assert dollar_rate(read(sale_request(payments=payments))) == quote()


@pytest.mark.parametrize(
    "request_",
    [
        sale_request(),
        without(sale_request(), "/payments"),
        sale_request(payments=[without(dollars("90000"), "/rate")]),
        sale_request(payments=[without(dollars("90000"), "/rate_date")]),
    ],
)
def test_a_sale_without_a_whole_rate_has_none(request_: dict[str, Any]) -> None:
    assert dollar_rate(read(request_)) is None


@pytest.mark.parametrize(
    ("waited", "hours"),
    [
        (timedelta(), OFTEN),
        (-TIME_AHEAD, OFTEN),
        (timedelta(hours=OFTEN), OFTEN),
        (timedelta(days=30), None),
    ],
)
def test_a_sale_was_made_within_what_the_outlet_may_sell_offline(
    waited: timedelta, hours: int | None
) -> None:
    check_timestamp(utc_text(SEALED - waited), SEALED, hours)


@pytest.mark.parametrize(
    ("waited", "hours"),
    [
        (timedelta(days=-365), OFTEN),
        (timedelta(days=-365), None),
        (-TIME_AHEAD - timedelta(seconds=1), OFTEN),
        (timedelta(hours=OFTEN, seconds=1), OFTEN),
    ],
)
def test_a_sale_of_another_time_is_refused(waited: timedelta, hours: int | None) -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        check_timestamp(utc_text(SEALED - waited), SEALED, hours)
    assert (refusal.value.rule, refusal.value.path) == ("SFE-1.2.1", "/timestamp")


def test_the_day_of_a_sale_is_that_of_its_own_time_only_while_it_may_have_waited() -> None:
    late = datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC)
    for sealed, said, day in (
        (late, late, "2026-11-22"),
        (late + timedelta(seconds=1), late, "2026-11-22"),
        (late + timedelta(seconds=1), late + timedelta(seconds=1), "2026-11-23"),
        (late, late + timedelta(days=3), "2026-11-22"),  # ahead: it is not believed
        (late, late - timedelta(hours=OFTEN, seconds=1), "2026-11-22"),
        (late, late - timedelta(hours=OFTEN), "2026-11-20"),
    ):
        assert day_of_sale(utc_text(said), sealed, OFTEN, ZONE) == day


def ours(request: dict[str, Any], means: dict[str, str]) -> str | None:
    """What the core finds wrong, in the words of the second opinion."""
    day = day_of_sale(request["timestamp"], SEALED, OFTEN, ZONE)
    known = sorted((d for d in means if d <= day), reverse=True)[:1]
    quoted = dollar_rate(read(request))
    assert quoted is not None
    try:
        check_rate(quoted, [MeanRate(d, parse_rate(means[d])) for d in known], day)
    except InvalidInvoice as refusal:
        return refusal.path.rpartition("/")[2]
    return None


DAYS = [f"2026-11-{day:02}" for day in range(12, 24)]
SAID = {None: None, "day": "rate_date", "old": "rate_date", "rate": "rate"}


@given(
    st.integers(-60, 100),
    st.sampled_from(DAYS),
    st.sampled_from(["2850.00", "2878.50", "2821.50", "2878.51", "3192.00"]),
    st.sets(st.sampled_from(DAYS), max_size=3),
)
def test_dollars_are_judged_as_the_clause_says(
    waited: int, quoted_day: str, rate: str, known: set[str]
) -> None:
    request = sale_request(
        timestamp=utc_text(SEALED - timedelta(hours=waited)),
        payments=[dollars("90000", rate=rate, rate_date=quoted_day)],
    )
    means = dict.fromkeys(known, "2850.00")
    fault = law.dollar_fault(request, means, SEALED, hours=OFTEN, east=1)
    assert ours(request, means) == SAID[fault]
