import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.control.simulator.behaviour import Behaviour
from app.control.simulator.journal import Journal
from app.control.simulator.tax import RATES, Amounts, Line, groups, rates, read_table
from app.control.simulator.tax_platform import TaxPlatform
from tests.control.invoices_and_diary import CASES, line_of


def tax(mode: str, *lines: tuple[str, str, str, str], **switches: Any) -> tuple[str, str]:
    """Total and VAT of lines written as (price, quantity, group, specific tax)."""
    read = [
        Line(group.lower(), Decimal(price), Decimal(quantity), specific)
        for price, quantity, group, specific in lines
    ]
    _, whole = groups(read, mode, Behaviour(**switches))
    return f"{whole.total:.2f}", f"{whole.vat:.2f}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_second_engine_agrees_with_every_vector(case: dict[str, Any]) -> None:
    found, whole = groups(
        [line_of(line) for line in case["lines"]],
        case["price_mode"].lower(),
        Behaviour(table=case["table"]),
    )
    expected = case["expected"]
    assert {letter.upper(): amounts for letter, amounts in found.items()} == {
        group["group"]: amounts_of(group) for group in expected["groups"]
    }
    assert whole == amounts_of(expected["totals"])


def amounts_of(expected: dict[str, str]) -> Amounts:
    names = ("total", "base", "vat", "specific_tax")
    return Amounts(*(Decimal(expected[name]) for name in names))


def test_a_discounted_price_is_taxed_as_it_is() -> None:
    assert tax("ttc", ("500", "4", "B", "")) == ("2000.00", "275.86")


def test_vat_first_differs_by_a_centime_where_a_specific_tax_meets_ttc() -> None:
    line = ("10.02", "1", "B", "0.33")
    assert tax("ttc", line) == ("10.40", "1.43")
    assert tax("ttc", line, ts_order="vat") == ("10.41", "1.44")


def test_vat_first_changes_nothing_without_a_specific_tax() -> None:
    line = ("3499.99", "1.235", "B", "")
    assert tax("ttc", line, ts_order="vat") == tax("ttc", line)


def test_without_line_rounding_only_the_sum_of_the_group_is_rounded() -> None:
    lines = [("0.01", "0.5", "A", "")] * 2
    assert tax("ttc", *lines) == ("0.02", "0.00")
    assert tax("ttc", *lines, line_rounding=False) == ("0.01", "0.00")


def test_the_table_of_2025_has_fourteen_groups_and_eight_percent() -> None:
    assert tax("ht", ("100", "1", "C", ""), table="CD-2025-05") == ("108.00", "8.00")
    assert "".join(RATES["CD-2025-05"]) == "abcdefghijklmn"
    assert "".join(RATES["CD-2026-02"]) == "abcdefghijklmnop"


def test_a_table_ahead_holds_from_the_midnight_of_its_day() -> None:
    file = {"name": "T", "from": "2027-01-01", "rates": {"C": "3", "N": "whole"}}
    first, second = file, file | {"name": "U", "from": "2027-02-01", "rates": {"C": "2"}}
    ahead = [read_table(json.dumps(table).encode()) for table in (second, first)]
    now = {"at": datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)}
    platform = TaxPlatform(Behaviour(), lambda: now["at"], Journal(None), 1, ahead)
    said = []
    for day in (None, datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)):
        now["at"] = day or now["at"]
        said.append(rates(platform.behaviour)["c"])
    platform.change(new_rates={"c": Decimal(9)})
    assert [*said, rates(platform.behaviour)["c"]] == [5, 3, 2, 9]
    assert rates(platform.behaviour)["b"] == 16
