"""The authority's rates are read as it writes them, and compared with the dated table."""

from decimal import Decimal
from typing import Any

import pytest

from app.fiscal.dgi_rates import rate_differences, rates_in
from app.fiscal.tables import TABLES

TABLE = TABLES[-1]
ANNOUNCED = {
    group.lower(): Decimal(rate if rate is not None else 0) for group, rate in TABLE.rates.items()
}


def groups(**changes: Any) -> list[str]:
    """The groups that differ when the authority says this of some of them."""
    rates = rates_in(ANNOUNCED | changes)
    assert rates is not None
    return [*rate_differences(rates, TABLE)]


def test_the_authoritys_own_list_of_2026_differs_nowhere() -> None:
    assert groups() == []


@pytest.mark.parametrize("nothing", [Decimal(0), Decimal("0.00"), None, "0"])
def test_group_n_has_no_rate_however_that_is_written(nothing: object) -> None:
    assert groups(n=nothing) == []


def test_group_n_with_a_rate_differs() -> None:
    assert groups(n=Decimal(16)) == ["N"]


def test_group_n_may_be_left_out() -> None:
    rates = rates_in({name: rate for name, rate in ANNOUNCED.items() if name != "n"})
    assert rates is not None
    assert rate_differences(rates, TABLE) == {}


@pytest.mark.parametrize("same", ["16", "16.00", Decimal("16.0"), " 16 "])
def test_the_same_rate_may_be_spelled_otherwise(same: object) -> None:
    assert groups(b=same) == []


def test_capital_letters_are_the_same_groups() -> None:
    rates = rates_in({name.upper(): rate for name, rate in ANNOUNCED.items()})
    assert rates is not None
    assert rate_differences(rates, TABLE) == {}


def test_a_group_that_was_left_out_or_is_null_differs() -> None:
    assert groups(a=None) == ["A"]
    rates = rates_in({name: rate for name, rate in ANNOUNCED.items() if name != "p"})
    assert rates is not None
    assert rate_differences(rates, TABLE)["P"].theirs == "aucun taux"


def test_a_group_that_we_do_not_know_differs() -> None:
    assert groups(q=Decimal(10)) == ["Q"]


def test_both_rates_are_told_in_words() -> None:
    rates = rates_in(ANNOUNCED | {"c": Decimal("5.50"), "b": Decimal(100)})
    assert rates is not None
    difference = rate_differences(rates, TABLE)
    assert (difference["C"].ours, difference["C"].theirs) == ("5 %", "5,5 %")
    assert difference["B"].theirs == "100 %"


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "16",
        {},
        {"message": "maintenance"},
        {"errorCode": "99", "b": Decimal(16)},
        ANNOUNCED | {"b": "seize"},
        ANNOUNCED | {"b": True},
        ANNOUNCED | {"b": [16]},
        ANNOUNCED | {"b": Decimal("NaN")},
        ANNOUNCED | {"B": Decimal(18)},
    ],
)
def test_what_is_no_list_of_rates_says_nothing(document: object) -> None:
    assert rates_in(document) is None


def test_members_that_are_no_groups_are_left_aside() -> None:
    assert groups(errorCode=None, version="1.0") == []
