"""The rates that the authority announces, compared with the table in force (annex of the SFE)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.fiscal.tables import TaxTable

_LETTER: Final = re.compile(r"[A-Za-z]", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
NO_RATE: Final = "sans taux"
"""Group N: its whole amount is VAT; the authority writes 0, null or nothing."""


@dataclass(frozen=True, slots=True)
class RateDifference:
    """A group whose rate is not the same for the authority and for us, in words."""

    group: str
    ours: str
    theirs: str


def rates_in(document: object) -> dict[str, Decimal | None] | None:
    """Percents by upper-case letter, or None when the document is no list of rates.

    Members with longer names are not about groups and are left aside.
    """
    if not isinstance(document, dict) or document.get("errorCode"):
        return None
    rates: dict[str, Decimal | None] = {}
    for name, value in document.items():
        if _LETTER.fullmatch(name) is None:
            continue
        rate = _rate(value)
        letter = name.upper()
        if (rate is None and value is not None) or rates.get(letter, rate) != rate:
            return None
        rates[letter] = rate
    return rates or None


def _rate(value: object) -> Decimal | None:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    return None


def rate_differences(
    rates: Mapping[str, Decimal | None], table: TaxTable
) -> dict[str, RateDifference]:
    """By group, what the authority's rates say otherwise than the table."""
    differences = {}
    for group in sorted({*table.rates, *rates}):
        ours, theirs = _ours(group, table), _theirs(group, rates, table)
        if ours != theirs:
            differences[group] = RateDifference(group, ours, theirs)
    return differences


def _ours(group: str, table: TaxTable) -> str:
    if group not in table.rates:
        return "aucun groupe"
    rate = table.rates[group]
    return NO_RATE if rate is None else _percent(Decimal(rate))


def _theirs(group: str, rates: Mapping[str, Decimal | None], table: TaxTable) -> str:
    rate = rates.get(group)
    if table.rates.get(group, 0) is None and not rate:
        return NO_RATE
    return "aucun taux" if rate is None else _percent(rate)


def _percent(rate: Decimal) -> str:
    text = f"{rate:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text or '0'} %".replace(".", ",")
