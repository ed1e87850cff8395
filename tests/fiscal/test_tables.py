import re
from datetime import UTC, datetime

import pytest

from app.fiscal import codes
from app.fiscal.errors import InvalidInvoice
from app.fiscal.tables import (
    GROUP_LABELS,
    LEVY_GROUPS,
    TABLES,
    table_in_force,
    table_named,
)
from app.fiscal.tax import TaxedLine, compute_tax
from app.fiscal.zones import local_time

MIDNIGHT = {
    "Africa/Kinshasa": datetime(2025, 12, 31, 23, 0, 0, tzinfo=UTC),
    "Africa/Lubumbashi": datetime(2025, 12, 31, 22, 0, 0, tzinfo=UTC),
}


@pytest.mark.parametrize("zone", MIDNIGHT)
def test_the_new_table_is_in_force_from_midnight_on_the_clocks_of_the_outlet(zone: str) -> None:
    midnight = MIDNIGHT[zone]
    assert local_time(midnight, zone).isoformat()[:19] == "2026-01-01T00:00:00"
    assert table_in_force(midnight, zone).name == "CD-2026-02"
    second_before = datetime.fromtimestamp(midnight.timestamp() - 1, UTC)
    assert table_in_force(second_before, zone).name == "CD-2025-05"


def test_for_an_hour_the_east_counts_with_the_new_table_and_the_west_with_the_old() -> None:
    between = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
    assert table_in_force(between, "Africa/Lubumbashi").name == "CD-2026-02"
    assert table_in_force(between, "Africa/Kinshasa").name == "CD-2025-05"


def test_the_instant_counts_and_not_how_it_is_written() -> None:
    written_in_kinshasa = datetime.fromisoformat("2026-01-01T00:30:00+01:00")
    assert table_in_force(written_in_kinshasa, "Africa/Kinshasa").name == "CD-2026-02"


def test_before_the_first_table_the_first_one_counts() -> None:
    assert table_in_force(datetime(2020, 1, 1, tzinfo=UTC), "Africa/Kinshasa") is TABLES[0]


def test_the_reduced_rate_fell_from_8_to_5_percent() -> None:
    old, new = table_named("CD-2025-05"), table_named("CD-2026-02")
    assert {letter: old.rates[letter] for letter in "BCFG"} == {"B": 16, "C": 8, "F": 16, "G": 8}
    assert {letter: new.rates[letter] for letter in "BCFG"} == {"B": 16, "C": 5, "F": 16, "G": 5}


@pytest.mark.parametrize("letter", ["O", "P"])
def test_groups_o_and_p_exist_only_since_2026(letter: str) -> None:
    line = TaxedLine(letter, 10_050, 1000)
    assert compute_tax([line], "HT", table_named("CD-2026-02")).totals.vat == 101
    with pytest.raises(InvalidInvoice) as refusal:
        compute_tax([line], "HT", table_named("CD-2025-05"))
    assert (refusal.value.rule, refusal.value.path) == ("tax.group", "/items/0/tax_group")


def test_fourteen_groups_then_sixteen_and_each_has_a_label() -> None:
    assert ["".join(sorted(table.rates)) for table in TABLES] == [
        "ABCDEFGHIJKLMN",
        "ABCDEFGHIJKLMNOP",
    ]
    assert "".join(GROUP_LABELS) == "ABCDEFGHIJKLMNOP"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_every_group_without_vat_has_rate_zero_and_group_n_has_none(table: object) -> None:
    rates = next(t.rates for t in TABLES if t is table)
    assert {rates[letter] for letter in "ADEHIJKLM"} == {0}
    assert rates["N"] is None


def test_a_table_that_nobody_made_is_refused() -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        table_named("CD-2031-01")
    assert (refusal.value.rule, refusal.value.path) == ("tax.table", "/expected/tax_table")


def test_the_closed_lists_are_those_of_the_law() -> None:
    assert list(codes.INVOICE_TYPES) == ["FV", "FT", "FA", "EV", "ET", "EA"]  # SFE 1.1.7
    assert list(codes.CLIENT_TYPES) == ["PP", "PM", "PC", "PL", "AO"]  # SFE 1.1.11
    assert list(codes.CREDIT_NATURES) == ["COR", "RAN", "RAM", "RRR"]  # SFE 1.1.25
    assert list(codes.ITEM_TYPES) == ["BIE", "SER", "TAX"]  # annex
    assert len(codes.PAYMENT_METHODS) == 7  # SFE 1.1.18
    assert tuple("ABCDEFGH") == codes.COMMENT_LINES  # SFE 1.1.24
    assert codes.INVOICE_TYPES.keys() > codes.CREDIT_TYPES
    assert codes.INVOICE_TYPES.keys() > codes.EXPORT_TYPES
    assert codes.INVOICE_TYPES.keys() > codes.DEPOSIT_TYPES
    assert codes.CLIENT_TYPES.keys() > codes.NAMED_CLIENTS
    assert GROUP_LABELS.keys() > LEVY_GROUPS


def test_every_code_has_a_french_label() -> None:
    for labels in (
        *(codes.INVOICE_TYPES, codes.CLIENT_TYPES, codes.ITEM_TYPES, codes.CREDIT_NATURES),
        *(codes.PAYMENT_METHODS, codes.PRICE_MODES, GROUP_LABELS),
    ):
        assert all(re.fullmatch(r"[A-ZÀ-Ý][\w' ,().%-]+", label) for label in labels.values())
