"""Amounts of Congolese francs in French words (SFE 1.2.1 q).

The spelling is the traditional one, which the reform of 1990 still admits: hyphens only inside a
number below one hundred, and none around « et ». Above 999 milliards we count « mille milliards »,
which nobody mistakes, rather than « billion », which English readers do.
"""

from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import MAX_CENTIMES

_UNITS: Final = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    *("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize"),
    *("dix-sept", "dix-huit", "dix-neuf"),
)
_TENS: Final = (
    *("vingt", "trente", "quarante", "cinquante", "soixante"),
    *("septante", "quatre-vingt", "nonante"),
)
_NOUNS: Final = ((10**9, "milliard"), (10**6, "million"))


def amount_in_words(centimes: int, *, septante: bool = True) -> str:
    """The amount as a person would say it, in lower case and without a full stop.

    `septante` says septante and nonante, as in the Congo; otherwise soixante-dix and
    quatre-vingt-dix. It is quatre-vingts in both.

    Raises:
        InvalidInvoice: `tax.range` below zero or beyond thirteen digits.
    """
    if not 0 <= centimes <= MAX_CENTIMES:
        raise InvalidInvoice("tax.range", "", "Un montant dépasse treize chiffres.")
    francs, cents = divmod(centimes, 100)
    small = f"{_number(cents, septante=septante)} centime{_s(cents)}"
    if cents and not francs:
        return f"{small} de franc congolais"
    # A number that ends in a noun takes « de »: un million de francs, un million mille francs.
    link = " de" if francs and francs % 10**6 == 0 else ""
    large = f"{_number(francs, septante=septante)}{link} franc{_s(francs)} congolais"
    return f"{large} et {small}" if cents else large


def _number(number: int, *, septante: bool) -> str:
    if not number:
        return _UNITS[0]
    parts = []
    for size, noun in _NOUNS:
        count, number = divmod(number, size)
        if count:
            # Million and milliard are nouns, so quatre-vingts and cents keep their s before them.
            words = _below_million(count, septante=septante)
            parts.append(f"{words} {noun}{_s(count)}")
    if number:
        parts.append(_below_million(number, septante=septante))
    return " ".join(parts)


def _below_million(number: int, *, septante: bool) -> str:
    thousands, rest = divmod(number, 1000)
    parts = []
    if thousands > 1:
        # Mille is itself a numeral: quatre-vingt mille, deux cent mille.
        parts.append(_below_thousand(thousands, septante=septante, last=False))
    if thousands:
        parts.append("mille")
    if rest:
        parts.append(_below_thousand(rest, septante=septante, last=True))
    return " ".join(parts)


def _below_thousand(number: int, *, septante: bool, last: bool) -> str:
    hundreds, rest = divmod(number, 100)
    parts = []
    if hundreds > 1:
        parts.append(_UNITS[hundreds])
    if hundreds:
        parts.append("cents" if hundreds > 1 and last and not rest else "cent")
    if rest:
        parts.append(_below_hundred(rest, septante=septante, last=last))
    return " ".join(parts)


def _below_hundred(number: int, *, septante: bool, last: bool) -> str:
    if number < len(_UNITS):
        return _UNITS[number]
    ten, unit = divmod(number, 10)
    if not septante and ten in (7, 9):
        ten, unit = ten - 1, unit + 10
    word = _TENS[ten - 2]
    eighty = ten == 8  # noqa: PLR2004 quatre-vingt is the one ten with a plural and without « et »
    if not unit:
        return f"{word}s" if eighty and last else word
    joint = " et " if unit in (1, 11) and not eighty else "-"
    return f"{word}{joint}{_UNITS[unit]}"


def _s(count: int) -> str:
    return "s" if count > 1 else ""
