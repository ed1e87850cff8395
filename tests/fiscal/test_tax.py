"""The calculation against published cases, and against a second opinion in exact fractions."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import amount_text, parse_amount, parse_quantity
from app.fiscal.tables import NO_SPECIFIC_TAX, table_named
from app.fiscal.tax import (
    GroupAmounts,
    SpecificTax,
    SpecificTaxKind,
    Taxed,
    TaxedLine,
    Totals,
    TsOrder,
    compute_tax,
)
from tests.given import law

VECTORS = Path(__file__).parents[1] / "vectors"
CASES: list[dict[str, Any]] = [
    *json.loads((VECTORS / "tax-cases.json").read_text())["cases"],
    *json.loads((VECTORS / "law-cases.json").read_text())["taxes"],
]
TABLE = table_named("CD-2026-02")
KINDS: dict[str, SpecificTaxKind] = {kind: kind for kind in get_args(SpecificTaxKind)}
ORDERS: tuple[TsOrder, ...] = ("total-first", "vat-first")


def taxed_line(group: str, price: str, quantity: str, *taxes: dict[str, Any]) -> TaxedLine:
    def specific_tax(kind: SpecificTaxKind, value: str) -> SpecificTax:
        reader = parse_quantity if kind == "percent" else parse_amount
        return SpecificTax(kind, reader(value), "Accise")

    read = tuple(specific_tax(KINDS[tax["kind"]], tax["value"]) for tax in taxes)
    return TaxedLine(group, parse_amount(price), parse_quantity(quantity), read)


def written(group: GroupAmounts) -> dict[str, str]:
    names = ("base", "specific_tax", "vat", "total")
    amounts = {name: amount_text(getattr(group, name)) for name in names}
    rate = {} if group.rate is None else {"rate": str(group.rate)}
    return {"group": group.group, **rate, **amounts}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_published_case_gives_every_amount_it_names(case: dict[str, Any]) -> None:
    lines = [
        taxed_line(raw["tax_group"], raw["unit_price"], raw["quantity"], *law.taxes_of(raw))
        for raw in case["lines"]
    ]
    taxed = compute_tax(lines, case["price_mode"], table_named(case["table"]))
    assert [written(group) for group in taxed.groups] == case["expected"]["groups"]
    for name, amount in case["expected"]["totals"].items():
        assert amount_text(getattr(taxed.totals, name)) == amount


# Worked by hand for the e-MCF: quantity × price group (+ specific tax), specific tax, VAT, total.
WORKED = [
    ("TTC", "5x720A 1x464B", "0.00", "64.00", "4064.00"),
    ("HT", "2x600B 1x30B", "0.00", "196.80", "1426.80"),
    ("TTC", "1x1.00B 1x1.00B 1x1.00B", "0.00", "0.41", "3.00"),
    ("HT", "1x100.10C", "0.00", "5.01", "105.11"),
    ("HT", "1x100.50O", "0.00", "1.01", "101.51"),
    ("TTC", "4x500B+75", "300.00", "323.86", "2348.00"),
    ("TTC", "4x500B+10%", "172.41", "303.45", "2200.00"),
    ("HT", "1x1000B+25", "25.00", "164.00", "1189.00"),
    ("HT", "40x2310.55M 40x310.25N 40x55L", "0.00", "12410.00", "107032.00"),
    ("TTC", "1.235x3499.99B", "0.00", "596.21", "4322.49"),
    ("HT", "3x1000B 1x2500.50C 2x999.99O 1x150A", "0.00", "625.03", "8275.51"),
    ("TTC", "4x500B", "0.00", "275.86", "2000.00"),
    ("TTC", "7x17.25B 3x3.33B 11x0.99C", "0.00", "18.55", "141.63"),
    ("TTC", "1x285000B", "0.00", "39310.34", "285000.00"),
]


def parsed(text: str) -> TaxedLine:
    quantity, _, rest = text.partition("x")
    priced, _, tax = rest.partition("+")
    kind = "percent" if tax.endswith("%") else "per_unit"
    taxes = [{"kind": kind, "value": tax.removesuffix("%")}] if tax else []
    return taxed_line(priced[-1], priced[:-1], quantity, *taxes)


@pytest.mark.parametrize(("mode", "lines", "specific_tax", "vat", "total"), WORKED)
def test_the_worked_examples_of_the_e_mcf_come_out(
    mode: str, lines: str, specific_tax: str, vat: str, total: str
) -> None:
    totals = compute_tax([parsed(line) for line in lines.split()], mode, TABLE).totals
    assert amount_text(totals.specific_tax) == specific_tax
    assert amount_text(totals.vat) == vat
    assert amount_text(totals.total) == total


@pytest.mark.parametrize(("order", "total"), [("total-first", "10.40"), ("vat-first", "10.41")])
def test_the_two_orders_of_a_specific_tax_in_ttc_differ_by_a_centime(
    order: TsOrder, total: str
) -> None:
    taxed = compute_tax([parsed("1x10.02B+0.33")], "TTC", TABLE, order)
    assert amount_text(taxed.totals.total) == total


@pytest.mark.parametrize("order", ORDERS)
def test_without_specific_tax_the_order_changes_nothing(order: TsOrder) -> None:
    lines = [parsed("3x33.33B"), parsed("1x0.07C")]
    assert compute_tax(lines, "TTC", TABLE, order) == compute_tax(lines, "TTC", TABLE)


@pytest.mark.parametrize("group", sorted(NO_SPECIFIC_TAX))
def test_levies_and_regulated_prices_carry_no_specific_tax(group: str) -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        compute_tax([parsed("1x10A"), parsed(f"1x10{group}+1")], "HT", TABLE)
    assert (refusal.value.rule, refusal.value.path) == ("tax.specific", "/items/1/specific_tax")


def test_a_group_of_another_year_is_refused_with_the_line_that_names_it() -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        compute_tax([parsed("1x10B"), parsed("1x10P")], "HT", table_named("CD-2025-05"))
    assert (refusal.value.rule, refusal.value.path) == ("tax.group", "/items/1/tax_group")


def test_n_is_all_vat_and_may_stand_alone() -> None:
    (group,) = compute_tax([parsed("40x310.25N")], "TTC", TABLE).groups
    assert written(group) == {
        "group": "N",
        "base": "0.00",
        "specific_tax": "0.00",
        "vat": "12410.00",
        "total": "12410.00",
    }


def test_groups_come_in_the_order_of_their_letters_and_lines_as_sent() -> None:
    taxed = compute_tax([parsed("1x3O"), parsed("1x1A"), parsed("1x2O")], "HT", TABLE)
    assert [group.group for group in taxed.groups] == ["A", "O"]
    assert [line.amount for line in taxed.lines] == [300, 100, 200]


# --- Against the second opinion of the tests, on generated lines


def specific_taxes(group: str) -> st.SearchStrategy[tuple[SpecificTax, ...]]:
    if group in NO_SPECIFIC_TAX:
        return st.just(())
    label = st.just("Accise")
    one = st.one_of(
        st.builds(
            SpecificTax, st.sampled_from(["amount", "per_unit"]), st.integers(1, 10**6), label
        ),
        st.builds(SpecificTax, st.just("percent"), st.integers(1, 100_000), label),
    )
    return st.lists(one, max_size=4).map(tuple)


def line_of(group: str) -> st.SearchStrategy[TaxedLine]:
    prices = st.integers(1, 10**4) | st.integers(1, 10**9)
    quantities = st.integers(1, 20).map(lambda n: n * 1000) | st.integers(1, 10**6)
    return st.builds(TaxedLine, st.just(group), prices, quantities, specific_taxes(group))


def as_sent(line: TaxedLine) -> dict[str, Any]:
    """The line as a request says it."""
    taxes = [
        {"kind": t.kind, "value": f"{Decimal(t.value) / (1000 if t.kind == 'percent' else 100)}"}
        for t in line.specific_taxes
    ]
    return {
        "tax_group": line.tax_group,
        "unit_price": f"{Decimal(line.unit_price) / 100}",
        "quantity": f"{Decimal(line.quantity) / 1000}",
        "specific_taxes": taxes,
    }


LINES = st.lists(st.sampled_from(sorted(TABLE.rates)).flatmap(line_of), min_size=1, max_size=8)
MODES = st.sampled_from(["TTC", "HT"])


@given(LINES, MODES, st.sampled_from(ORDERS))
def test_the_calculation_is_that_of_the_clauses(
    lines: list[TaxedLine], mode: str, order: TsOrder
) -> None:
    taxed = compute_tax(lines, mode, TABLE, order)
    expected = law.groups([as_sent(line) for line in lines], mode, TABLE.name, order)
    names = ("base", "specific_tax", "vat", "total")
    ours = {
        g.group: {name: Fraction(getattr(g, name), 100) for name in names} for g in taxed.groups
    }
    assert ours == expected


@given(LINES, MODES, st.sampled_from(ORDERS))
def test_base_and_specific_tax_and_vat_make_the_total_of_every_group_and_of_the_invoice(
    lines: list[TaxedLine], mode: str, order: TsOrder
) -> None:
    taxed = compute_tax(lines, mode, TABLE, order)
    parts: list[GroupAmounts | Totals] = [*taxed.groups, taxed.totals]
    for part in parts:
        assert part.base + part.specific_tax + part.vat == part.total
        assert min(part.base, part.specific_tax, part.vat) >= 0
    for name in ("base", "specific_tax", "vat", "total"):
        assert getattr(taxed.totals, name) == sum(getattr(g, name) for g in taxed.groups)


@given(LINES)
def test_prices_with_vat_and_no_specific_tax_sum_to_the_total_to_the_centime(
    lines: list[TaxedLine],
) -> None:
    plain = [TaxedLine(line.tax_group, line.unit_price, line.quantity) for line in lines]
    taxed = compute_tax(plain, "TTC", TABLE)
    assert taxed.totals.total == sum(line.amount for line in taxed.lines)


@given(LINES, MODES)
def test_the_order_of_the_lines_changes_no_group(lines: list[TaxedLine], mode: str) -> None:
    def groups(order: list[TaxedLine]) -> tuple[GroupAmounts, ...]:
        taxed: Taxed = compute_tax(order, mode, TABLE)
        return taxed.groups

    assert groups(lines) == groups(lines[::-1])
