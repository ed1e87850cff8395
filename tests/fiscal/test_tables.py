import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.fiscal import codes, law_files
from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import InvalidInvoice
from app.fiscal.tables import (
    GROUP_LABELS,
    LEVY_GROUPS,
    TABLES,
    in_order,
    read_table,
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


# --- Files of the law


def shipped(name: str) -> Any:
    """The file of that table of this program."""
    file = Path(law_files.__file__).parent / "law" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def test_each_table_of_this_program_is_a_file_with_source_and_state() -> None:
    for table in TABLES:
        file = shipped(table.name)
        assert read_table(file) == table
        assert table.hash == digest(canonical(file))
        assert (table.state, table.source.date < table.in_force_from) == ("in-force", True)


def test_the_files_say_the_rates_of_the_published_cases() -> None:
    path = Path(__file__).parents[1] / "vectors" / "tax-cases.json"
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"CD-[0-9]{4}-[0-9]{2}", text))
    assert named <= {table.name for table in TABLES}
    assert {t.name: "".join(f"{g}{r or 0} " for g, r in t.rates.items()) for t in TABLES} == {
        "CD-2025-05": "A0 B16 C8 D0 E0 F16 G8 H0 I0 J0 K0 L0 M0 N0 ",
        "CD-2026-02": "A0 B16 C5 D0 E0 F16 G5 H0 I0 J0 K0 L0 M0 N0 O1 P1 ",
    }


def test_a_table_that_was_added_is_in_force_from_the_midnight_of_its_day() -> None:
    added = read_table(shipped("CD-2026-02") | {"name": "CD-2027-01", "from": "2027-01-01"})
    tables = in_order((added, *TABLES))
    second_before = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    midnight = datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC)
    assert table_in_force(second_before, "Africa/Kinshasa", tables).name == "CD-2026-02"
    assert table_in_force(second_before, "Africa/Lubumbashi", tables) is added
    assert table_in_force(midnight, "Africa/Kinshasa", tables) is added
    assert table_in_force(midnight, "Africa/Kinshasa").name == "CD-2026-02"
    assert table_named("CD-2027-01", tables) is added


@pytest.mark.parametrize(
    ("change", "rule", "path"),
    [
        ({"name": "cd 2027"}, "format.text", "/name"),
        ({"name": "CD-2027-01-LONGER"}, "format.text", "/name"),
        ({"from": "2027-02-30"}, "format.time", "/from"),
        ({"from": "demain"}, "format.time", "/from"),
        ({"state": "voted"}, "format.text", "/state"),
        ({"source": {"law": "Loi", "article": "1"}}, "format.missing", "/source/date"),
        ({"v": "tax-table/2"}, "format.text", "/v"),
        ({"more": "x"}, "format.member", "/more"),
        ({"rates": {"C": 5}}, "format.type", "/rates/C"),
        ({"rates": {"C": "5.5"}}, "format.text", "/rates/C"),
        ({"rates": {"C": "100"}}, "format.text", "/rates/C"),
        ({"rates": {"A": "5"}}, "format.text", "/rates/A"),
        ({"rates": {"N": "0"}}, "format.text", "/rates/N"),
        ({"rates": {"Q": "5"}}, "format.member", "/rates/Q"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_its_member(
    change: dict[str, Any], rule: str, path: str
) -> None:
    file = shipped("CD-2026-02")
    rates = file["rates"] | change.get("rates", {})
    with pytest.raises(InvalidInvoice) as refusal:
        read_table(file | change | {"rates": rates})
    assert (refusal.value.rule, refusal.value.path) == (rule, path)


def test_a_table_may_do_without_the_groups_of_2026_and_without_no_other() -> None:
    file = shipped("CD-2026-02")
    del file["rates"]["P"], file["rates"]["O"]
    assert "".join(read_table(file).rates) == "ABCDEFGHIJKLMN"
    del file["rates"]["B"]
    with pytest.raises(InvalidInvoice) as refusal:
        read_table(file)
    assert (refusal.value.rule, refusal.value.path) == ("format.missing", "/rates/B")
