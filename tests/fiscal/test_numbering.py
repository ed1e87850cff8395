from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.errors import SeriesExhausted
from app.fiscal.ledger import Head, next_invoice
from app.fiscal.numbering import (
    MAX_COUNTER,
    MAX_IN_YEAR,
    FiscalNumber,
    Reference,
    fiscal_number,
    management_year,
    parse_fiscal_number,
    parse_reference,
    reference,
)

OUTLETS = st.from_regex(r"[A-Z0-9]{3,5}", fullmatch=True)
SERIES = st.integers(1, 99).map(str)


def test_a_fiscal_number_shows_outlet_series_and_counter_in_eight_digits() -> None:
    assert fiscal_number("KIN01", "1", 105) == "KIN01-1-00000105"


def test_a_reference_shows_outlet_series_year_and_number_in_six_digits() -> None:
    assert reference("KIN01", "1", 2026, 105) == "KIN01-1/2026/000105"


@given(OUTLETS, SERIES, st.integers(1, MAX_COUNTER))
def test_a_fiscal_number_is_read_back_into_its_parts(
    outlet: str, series: str, counter: int
) -> None:
    text = fiscal_number(outlet, series, counter)
    assert parse_fiscal_number(text) == FiscalNumber(outlet, series, counter)


@given(OUTLETS, SERIES, st.integers(1000, 9998), st.integers(1, MAX_IN_YEAR))
def test_a_reference_fits_20_characters_and_is_read_back(
    outlet: str, series: str, year: int, number: int
) -> None:
    text = reference(outlet, series, year, number)
    assert len(text) <= 20
    assert parse_reference(text) == Reference(outlet, series, year, number)


@pytest.mark.parametrize(
    "text",
    [
        *("", "KIN01", "KIN01-1", "KIN01-1-105", "KIN01-1-000000105", "kin01-1-00000105"),
        *("KIN01-0-00000105", "KIN01-100-00000105", "KIN01-01-00000105", "KI-1-00000105"),
        *("KINSHA-1-00000105", "KIN01-1-00000000", "KIN01-1-0000010\u0665", " KIN01-1-00000105"),
        *("KIN01-1-00000105\n", "KIN01-1-00000105-1", "KIN01/1/00000105"),
    ],
)
def test_what_is_no_fiscal_number_is_not_read_as_one(text: str) -> None:
    assert parse_fiscal_number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "KIN01-1/2026", "KIN01-1/2026/105", "KIN01-1/2026/0000105", "KIN01-1/26/000105"),
        *("KIN01-0/2026/000105", "KIN01-1/2026/000000", "KIN01-1/2026/00010\u0665"),
        *("KIN01-1/2026/000105\n", "KIN01-1-2026-000105", "kin01-1/2026/000105"),
    ],
)
def test_what_is_no_reference_is_not_read_as_one(text: str) -> None:
    assert parse_reference(text) is None


def test_the_last_number_of_a_series_is_given_and_then_it_is_exhausted() -> None:
    assert fiscal_number("KIN01", "1", 99_999_999) == "KIN01-1-99999999"
    with pytest.raises(SeriesExhausted):
        fiscal_number("KIN01", "1", 100_000_000)


def test_the_last_reference_of_a_year_is_given_and_then_it_is_exhausted() -> None:
    assert reference("KIN01", "1", 2026, 999_999) == "KIN01-1/2026/999999"
    with pytest.raises(SeriesExhausted) as refusal:
        reference("KIN01", "1", 2026, 1_000_000)
    assert refusal.value.reason == "signer.series-exhausted"


@pytest.mark.parametrize(
    ("zone", "instant", "year"),
    [
        ("Africa/Kinshasa", datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), 2026),
        ("Africa/Kinshasa", datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC), 2027),
        ("Africa/Lubumbashi", datetime(2026, 12, 31, 21, 59, 59, tzinfo=UTC), 2026),
        ("Africa/Lubumbashi", datetime(2026, 12, 31, 22, 0, 0, tzinfo=UTC), 2027),
    ],
)
def test_the_management_year_turns_at_midnight_in_the_zone_of_the_outlet(
    zone: str, instant: datetime, year: int
) -> None:
    assert management_year(instant, zone) == year


def test_the_reference_starts_again_each_year_and_the_counter_never_does() -> None:
    head = Head("KIN01", "1", counter=105, year=2026, number=105)
    last = next_invoice(head, "2026-12-31T22:59:59Z", "Africa/Kinshasa")
    first = next_invoice(head, "2026-12-31T23:00:00Z", "Africa/Kinshasa")
    assert (last.fiscal_number, last.reference) == ("KIN01-1-00000106", "KIN01-1/2026/000106")
    assert (first.fiscal_number, first.reference) == ("KIN01-1-00000106", "KIN01-1/2027/000001")
    assert (first.counter, first.year, first.number) == (106, 2027, 1)


@pytest.mark.parametrize(
    "head",
    [
        Head("KIN01", "1", counter=MAX_COUNTER, year=2026, number=5),
        Head("KIN01", "1", counter=MAX_IN_YEAR, year=2026, number=MAX_IN_YEAR),
    ],
)
def test_an_exhausted_series_gives_no_next_invoice(head: Head) -> None:
    with pytest.raises(SeriesExhausted):
        next_invoice(head, "2026-11-22T10:15:31Z", "Africa/Kinshasa")
