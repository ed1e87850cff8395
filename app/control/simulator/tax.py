"""The simulator's own tax engine: exact decimals, half up, per tax group.

It shares no code with the product's engine on purpose: it is the second opinion on it. The rates
are the law's: both read the same files, each by itself.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from app.control.simulator.behaviour import Behaviour

LETTERS = "abcdefghijklmnop"
ZERO = Decimal(0)
CENTIME = Decimal("0.01")
WIDE = Context(prec=80, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the law, as the simulator reads its file."""

    name: str
    first_day: str
    rates: Mapping[str, Decimal]


def read_table(text: bytes) -> Table:
    """The table in that file; group N is 0 in the authority's list."""
    file = json.loads(text)
    rates = {
        letter.lower(): ZERO if letter == "N" else Decimal(rate)
        for letter, rate in file["rates"].items()
    }
    return Table(file["name"], file["from"], MappingProxyType(rates))


def _published() -> Mapping[str, Mapping[str, Decimal]]:
    texts = [file.read_bytes() for file in (files("app.fiscal") / "law").iterdir()]
    return MappingProxyType({table.name: table.rates for table in map(read_table, texts)})


RATES: Final = _published()
"""Percent of each group, per table. Group N has no rate: `/taxGroups` says 0."""


def followed(behaviour: Behaviour, ahead: Iterable[Table], day: str) -> Behaviour:
    """With the rates of the last of these tables that is in force on that day, if one is."""
    begun = [table for table in ahead if table.first_day <= day]
    if not begun:
        return behaviour
    newest = max(begun, key=lambda table: table.first_day)
    return replace(behaviour, new_rates={**newest.rates, **behaviour.new_rates})


def rates(behaviour: Behaviour) -> Mapping[str, Decimal]:
    """Percent of each group, now."""
    published = RATES[behaviour.table]
    return {**published, **behaviour.new_rates} if behaviour.new_rates else published


@dataclass(frozen=True, slots=True)
class Line:
    """What the engine needs of an item."""

    group: str
    price: Decimal
    quantity: Decimal
    specific_value: str = ""
    """`10%` of the amount without VAT, or `75` per unit; empty when only an amount came."""
    specific_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Amounts:
    """What an answer says of one group, or of the whole invoice."""

    total: Decimal = ZERO
    base: Decimal = ZERO
    vat: Decimal = ZERO
    specific: Decimal = ZERO

    def __add__(self, other: "Amounts") -> "Amounts":
        """Every amount is the sum of the two."""
        return Amounts(
            self.total + other.total,
            self.base + other.base,
            self.vat + other.vat,
            self.specific + other.specific,
        )


def round_amount(amount: Decimal) -> Decimal:
    """The amount to the nearest centime, ties up."""
    return amount.quantize(CENTIME, ROUND_HALF_UP)


def groups(
    lines: Iterable[Line], mode: str, behaviour: Behaviour
) -> tuple[dict[str, Amounts], Amounts]:
    """The amounts of each group that has a line, and their sum."""
    by_group: dict[str, list[Line]] = {}
    for line in lines:
        by_group.setdefault(line.group, []).append(line)
    with localcontext(WIDE):
        amounts = {
            letter: _group(letter, members, mode, behaviour) for letter, members in by_group.items()
        }
        return amounts, sum(amounts.values(), Amounts())


def specific_tax(line: Line, mode: str, behaviour: Behaviour) -> Decimal:
    """The specific tax of the whole line, rounded once."""
    if not line.specific_value:
        return line.specific_amount
    with localcontext(WIDE):
        if not line.specific_value.endswith("%"):
            return round_amount(Decimal(line.specific_value) * line.quantity)
        share = Decimal(line.specific_value[:-1]) / 100
        amount = _amount(line, behaviour) * share
        if mode == "ttc":
            amount /= 1 + _rate(line.group, behaviour)
        return round_amount(amount)


def _rate(letter: str, behaviour: Behaviour) -> Decimal:
    return rates(behaviour)[letter] / 100


def _amount(line: Line, behaviour: Behaviour) -> Decimal:
    amount = line.price * line.quantity
    return round_amount(amount) if behaviour.line_rounding else amount


def _group(letter: str, lines: list[Line], mode: str, behaviour: Behaviour) -> Amounts:
    given = round_amount(sum((_amount(line, behaviour) for line in lines), ZERO))
    if letter == "n":  # clause 1.5.8: the amount of group N is VAT
        return Amounts(total=given, vat=given)
    specific = sum((specific_tax(line, mode, behaviour) for line in lines), ZERO)
    rate = _rate(letter, behaviour)
    if mode == "ht":
        return _from_base(given, specific, rate)
    base = round_amount(given / (1 + rate))
    if specific and behaviour.ts_order == "vat":
        return _from_base(base, specific, rate)
    total = given + round_amount(specific * (1 + rate))
    return Amounts(total, base, total - base - specific, specific)


def _from_base(base: Decimal, specific: Decimal, rate: Decimal) -> Amounts:
    vat = round_amount((base + specific) * rate)
    return Amounts(base + specific + vat, base, vat, specific)
