"""Amounts are integer centimes, quantities and percentages thousandths, rates ten-thousandths.

Text on the wire, integers inside, never a float. Rounding is to the nearest, ties up (SFE 1.5.2).
"""

import re

from app.fiscal.errors import InvalidInvoice

MAX_CENTIMES = 10**15 - 1
"""Thirteen digits before the point."""

_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,4}))?", re.ASCII)


def _scaled(text: str, decimals: int, path: str) -> int:
    match = _DECIMAL.fullmatch(text)
    if match is None or len(match[2] or "") > decimals:
        raise InvalidInvoice(
            "format.decimal",
            path,
            f"« {text[:32]} » n'est pas un nombre décimal admis : des chiffres, un point, au plus "
            f"{decimals} décimales, sans signe ni exposant.",
        )
    return int(match[1] + (match[2] or "").ljust(decimals, "0"))


def parse_amount(text: str, path: str = "") -> int:
    """Centimes of an amount with 0 to 2 decimals (SFE 1.5.1).

    Raises:
        InvalidInvoice: `format.decimal` for anything else: sign, exponent, leading zero, blank.
    """
    return _scaled(text, 2, path)


def parse_quantity(text: str, path: str = "") -> int:
    """Thousandths of a quantity or a percentage with 0 to 3 decimals (SFE 1.5.1).

    Raises:
        InvalidInvoice: `format.decimal`.
    """
    return _scaled(text, 3, path)


def parse_rate(text: str, path: str = "") -> int:
    """Ten-thousandths of an exchange rate with 0 to 4 decimals, as the BCC publishes it.

    Raises:
        InvalidInvoice: `format.decimal`.
    """
    return _scaled(text, 4, path)


def amount_text(centimes: int) -> str:
    """An amount with two decimals; raises `tax.range` beyond thirteen digits or below zero."""
    if not 0 <= centimes <= MAX_CENTIMES:
        raise InvalidInvoice("tax.range", "", "Un montant dépasse treize chiffres.")
    whole, cents = divmod(centimes, 100)
    return f"{whole}.{cents:02d}"


def _plain(value: int, decimals: int) -> str:
    whole, fraction = divmod(value, 10**decimals)
    digits = f"{fraction:0{decimals}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def quantity_text(thousandths: int) -> str:
    """A quantity or percentage without trailing zeros: `2`, `1.5`, `1.235`, `16`."""
    return _plain(thousandths, 3)


def rate_text(ten_thousandths: int) -> str:
    """An exchange rate without trailing zeros: `2850`, `2850.25`."""
    return _plain(ten_thousandths, 4)


def ratio(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest, ties up (SFE 1.5.2); ours are never negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def times(price: int, quantity: int) -> int:
    """Centimes of a price in centimes times a quantity in thousandths (SFE 1.5.2)."""
    return ratio(price * quantity, 1000)
