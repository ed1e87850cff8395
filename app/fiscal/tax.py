"""The tax of an invoice, group by group (SFE 1.5). Centimes in, centimes out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from app.fiscal.errors import InvalidInvoice, refuse_all
from app.fiscal.money import ratio, times
from app.fiscal.tables import NO_SPECIFIC_TAX, TaxTable

TsOrder = Literal["total-first", "vat-first"]
"""How a specific tax meets TTC prices; the authority does not say, the two differ by 0.01."""

AMOUNT: Final = "amount"
PER_UNIT: Final = "per_unit"
PERCENT: Final = "percent"
SpecificTaxKind = Literal["amount", "per_unit", "percent"]


@dataclass(frozen=True, slots=True)
class SpecificTax:
    """A specific tax of a line (SFE 1.1.13), with the label that papers name it by.

    `value` is centimes of the line, centimes per unit, or thousandths of a percent of the amount
    without VAT.
    """

    kind: SpecificTaxKind
    value: int
    label: str


class TaxedLine(NamedTuple):
    """What the calculation needs of a line: centimes and thousandths."""

    tax_group: str
    unit_price: int
    quantity: int
    specific_taxes: tuple[SpecificTax, ...] = ()


class LineAmounts(NamedTuple):
    """The amount of a line without specific taxes, and each of these; centimes."""

    amount: int
    specific_taxes: tuple[int, ...] = ()


class _Given(NamedTuple):
    """The sums of the lines of one group."""

    amount: int
    specific_tax: int


class GroupAmounts(NamedTuple):
    """One group of an invoice; base + specific_tax + vat = total, in centimes.

    `rate` is whole percents, None for group N whose whole amount is VAT.
    """

    group: str
    rate: int | None
    base: int
    specific_tax: int
    vat: int
    total: int


class Totals(NamedTuple):
    """The sums over the groups, in centimes."""

    base: int
    specific_tax: int
    vat: int
    total: int


class Taxed(NamedTuple):
    """The calculation of one invoice; groups in the order of their letters."""

    lines: tuple[LineAmounts, ...]
    groups: tuple[GroupAmounts, ...]
    totals: Totals


def specific_taxes_of(item: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The specific taxes of an item of a canonical invoice: none, the one, or the list."""
    if "specific_taxes" in item:
        return list(item["specific_taxes"])
    return [item["specific_tax"]] if "specific_tax" in item else []


def _specific_tax(
    tax: SpecificTax, line: TaxedLine, amount: int, rate: int, price_mode: str
) -> int:
    if tax.kind == AMOUNT:
        return tax.value
    if tax.kind == PER_UNIT:
        return times(tax.value, line.quantity)
    if price_mode == "HT":
        return ratio(amount * tax.value, 100_000)
    # Of the exact amount without VAT: A × p / (1 + r), rounded once (SFE 1.5.10).
    return ratio(amount * tax.value, 1_000 * (100 + rate))


def _line_faults(line: TaxedLine, table: TaxTable, path: str) -> Iterator[InvalidInvoice]:
    if line.tax_group not in table.rates:
        yield InvalidInvoice(
            "tax.group",
            f"{path}/tax_group",
            f"Le groupe {line.tax_group} n'existe pas dans la table {table.name} en vigueur.",
        )
    if line.specific_taxes and line.tax_group in NO_SPECIFIC_TAX:
        member = "specific_tax" if len(line.specific_taxes) == 1 else "specific_taxes"
        yield InvalidInvoice(
            "tax.specific",
            f"{path}/{member}",
            f"Le groupe {line.tax_group} n'admet pas de taxe spécifique.",
        )


def _line(line: TaxedLine, table: TaxTable, price_mode: str) -> LineAmounts:
    rate = table.rates[line.tax_group] or 0
    amount = times(line.unit_price, line.quantity)
    taxes = (_specific_tax(tax, line, amount, rate, price_mode) for tax in line.specific_taxes)
    return LineAmounts(amount, tuple(taxes))


def _from_ht(group: str, rate: int, given: _Given) -> GroupAmounts:
    base, ts = given.amount, given.specific_tax
    vat = ratio((base + ts) * rate, 100)  # SFE 1.5.7
    return GroupAmounts(group, rate, base, ts, vat, base + ts + vat)


def _from_ttc(group: str, rate: int, given: _Given, order: TsOrder) -> GroupAmounts:
    ts = given.specific_tax
    base = ratio(given.amount * 100, 100 + rate)  # SFE 1.5.6
    total = given.amount + ratio(ts * (100 + rate), 100)
    if ts and order == "vat-first":
        total = base + ts + ratio((base + ts) * rate, 100)
    return GroupAmounts(group, rate, base, ts, total - base - ts, total)


def _group(letter: str, rate: int | None, given: _Given, mode: str, order: TsOrder) -> GroupAmounts:
    if rate is None:  # SFE 1.5.8: the whole amount of N is VAT
        return GroupAmounts(letter, None, 0, 0, given.amount, given.amount)
    if mode == "HT":
        return _from_ht(letter, rate, given)
    return _from_ttc(letter, rate, given, order)


def _sums(lines: Sequence[TaxedLine], amounts: Sequence[LineAmounts]) -> dict[str, _Given]:
    """The amounts of each group, by letter in order."""
    sums: dict[str, _Given] = {}
    for line, given in zip(lines, amounts, strict=True):
        before = sums.get(line.tax_group, _Given(0, 0))
        sums[line.tax_group] = _Given(
            before.amount + given.amount, before.specific_tax + sum(given.specific_taxes)
        )
    return dict(sorted(sums.items()))


def compute_tax(
    lines: Sequence[TaxedLine],
    price_mode: str,
    table: TaxTable,
    ts_order: TsOrder = "total-first",
) -> Taxed:
    """The amounts of every line and group and their sums.

    Raises:
        InvalidInvoice: `tax.group` or `tax.specific`, naming each such line.
    """
    refuse_all(
        fault for n, line in enumerate(lines) for fault in _line_faults(line, table, f"/items/{n}")
    )
    amounts = tuple(_line(line, table, price_mode) for line in lines)
    groups = tuple(
        _group(letter, table.rates[letter], given, price_mode, ts_order)
        for letter, given in _sums(lines, amounts).items()
    )
    totals = Totals(
        sum(g.base for g in groups),
        sum(g.specific_tax for g in groups),
        sum(g.vat for g in groups),
        sum(g.total for g in groups),
    )
    return Taxed(amounts, groups, totals)
