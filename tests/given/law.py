"""A second opinion on the law: tax, credit notes and dollars, from the clauses and nothing else.

It reads requests as they are sent, works in exact fractions of a franc and shares no code and no
table with the product; what disagrees with it is wrong, or it is. Clauses are those of note 01/022.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

Document = dict[str, Any]
Amounts = dict[str, Fraction]
NOTHING: Final = Fraction(0)

RATES: Final = {
    "CD-2025-05": {"B": 16, "C": 8, "F": 16, "G": 8},
    "CD-2026-02": {"B": 16, "C": 5, "F": 16, "G": 5, "O": 1, "P": 1},
}
"""Percents; a group that is not named has none. Of N the whole amount is VAT (1.1.14)."""


def centime(exact: Fraction) -> Fraction:
    """To the nearest centime, halves up (1.5.2)."""
    doubled = exact * 200
    return Fraction((doubled.numerator // doubled.denominator + 1) // 2, 100)


def text(amount: Fraction) -> str:
    """With two decimals."""
    whole = amount * 100
    assert whole.denominator == 1
    return f"{whole.numerator // 100}.{whole.numerator % 100:02}"


def rate_of(letter: str, table: str) -> Fraction:
    """The rate of a group as a fraction of one."""
    return Fraction(RATES[table].get(letter, 0), 100)


def taxes_of(item: Document) -> list[Document]:
    """The specific taxes of an item (1.1.13)."""
    if "specific_taxes" in item:
        return list(item["specific_taxes"])
    return [item["specific_tax"]] if "specific_tax" in item else []


def line_amount(item: Document) -> Fraction:
    """Price times quantity (1.1.16)."""
    return centime(Fraction(item["unit_price"]) * Fraction(item["quantity"]))


def specific_tax(tax: Document, item: Document, mode: str, table: str) -> Fraction:
    """An amount, an amount per quantity, or a part of the amount of the article (1.1.13)."""
    value = Fraction(tax["value"])
    if tax["kind"] == "amount":
        return centime(value)
    if tax["kind"] == "per_unit":
        return centime(value * Fraction(item["quantity"]))
    without_vat = line_amount(item)
    if mode == "TTC":
        without_vat /= 1 + rate_of(item["tax_group"], table)
    return centime(without_vat * value / 100)


def groups(items: Sequence[Document], mode: str, table: str, order: str) -> dict[str, Amounts]:
    """The amounts of each group (1.5.6 to 1.5.10); `order` is what 1.5.10 leaves open in TTC."""
    given: dict[str, Fraction] = defaultdict(Fraction)
    levied: dict[str, Fraction] = defaultdict(Fraction)
    for item in items:
        letter = item["tax_group"]
        given[letter] += line_amount(item)
        levied[letter] += sum(specific_tax(t, item, mode, table) for t in taxes_of(item))
    return {
        letter: _group(letter, given[letter], levied[letter], mode, table, order)
        for letter in sorted(given)
    }


def _group(
    letter: str, given: Fraction, levied: Fraction, mode: str, table: str, order: str
) -> Amounts:
    rate = rate_of(letter, table)
    if letter == "N":  # 1.5.8
        base, vat = Fraction(0), given
    elif mode == "HT":  # 1.5.7
        base, vat = given, centime((given + levied) * rate)
    else:  # 1.5.6
        base = centime(given / (1 + rate))
        vat = centime((base + levied) * rate)
        if order == "total-first" or not levied:
            vat = given + centime(levied * (1 + rate)) - base - levied
    return {"base": base, "specific_tax": levied, "vat": vat, "total": base + levied + vat}


# --- Credit notes (1.1.26): what is wrong with one, or None


def credit_fault(
    note: Document, original: Document, before: Sequence[Document], table: str, order: str
) -> str | None:
    """The letter of 1.1.26 that the note breaks, `mode` or `group` for what a to e amount to.

    All are requests; `table` is that of the original, and so of all its credit notes.
    """
    if note["price_mode"] != original["price_mode"]:  # e: a price is equal in its own mode only
        return "mode"
    left = _sold([original])
    for kind, quantities in _sold([*before, note]).items():
        if kind not in left:  # b
            return "b"
        if any(taken > sold for taken, sold in zip(quantities, left[kind], strict=True)):  # c, d
            return "d"
    sold = groups(original["items"], original["price_mode"], table, order)
    back: dict[str, Fraction] = defaultdict(Fraction)
    for credit in [*before, note]:
        for letter, amounts in groups(credit["items"], credit["price_mode"], table, order).items():
            back[letter] += amounts["total"]
    over = any(amount > sold[letter]["total"] for letter, amount in back.items())
    return "group" if over else None


def _sold(invoices: Sequence[Document]) -> dict[object, list[Fraction]]:
    """By kind of line: the quantity, then each specific tax that is an amount of the line."""
    sums: dict[object, list[Fraction]] = {}
    for item in [item for invoice in invoices for item in invoice["items"]]:
        taxes = sorted(taxes_of(item), key=lambda tax: (tax["kind"], tax["label"], tax["value"]))
        fixed = [tax for tax in taxes if tax["kind"] == "amount"]
        kind = (
            *(item["code"], item["tax_group"], Fraction(item["unit_price"])),
            tuple((t["kind"], Fraction(t["value"])) for t in taxes if t["kind"] != "amount"),
            tuple(tax["label"] for tax in fixed),
        )
        amounts = [Fraction(item["quantity"]), *(Fraction(tax["value"]) for tax in fixed)]
        before = sums.get(kind, [Fraction(0)] * len(amounts))
        sums[kind] = [a + b for a, b in zip(before, amounts, strict=True)]
    return sums


# --- Dollars (1.1.30)


def dollar_fault(
    request: Document, means: Mapping[str, str], sealed: datetime, *, hours: int, east: int
) -> str | None:
    """What is wrong with the rate of a sale paid in dollars: `day`, `old`, `rate` or nothing.

    `means` is the BCC's mean by day, `hours` how long a sale may wait offline, `east` the outlet's
    zone in hours.
    """
    (paid, *_) = [p for p in request["payments"] if p["currency"] == "USD"]
    said = datetime.fromisoformat(request["timestamp"])
    waited = sealed - said
    sold = said if timedelta(0) <= waited <= timedelta(hours=hours) else sealed
    day = (sold + timedelta(hours=east)).date().isoformat()
    known = max((known for known in means if known <= day), default=None)
    if known is None or paid["rate_date"] != known:
        return "day"
    if date.fromisoformat(day) - date.fromisoformat(known) > timedelta(days=7):
        return "old"
    mean, rate = Fraction(means[known]), Fraction(paid["rate"])
    return "rate" if abs(rate - mean) * 100 > mean else None
