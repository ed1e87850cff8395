"""Figures and times as people in the Congo read them (CLDR fr-CD), from the text of our documents.

Thousands are parted by U+202F, the narrow no-break space; it is in no code page of a printer.
"""

import re
from datetime import datetime
from typing import Final

from app.fiscal.codes import ZONES
from app.fiscal.ledger import utc_time
from app.fiscal.zones import local_time

THIN: Final = "\u202f"
HARD: Final = "\u00a0"
DASH: Final = "\u2013"


def number(text: str) -> str:
    """`1234567.50` as `1 234 567,50`: the digits as they came, never rounded."""
    whole, point, decimals = text.partition(".")
    return f"{int(whole):,}".replace(",", THIN) + ("," if point else "") + decimals


def francs(text: str) -> str:
    """An amount in Congolese francs: `1 234 567,50 FC`."""
    return f"{number(text)}{HARD}FC"


def dollars(text: str) -> str:
    """An amount in dollars: `66,00 USD`."""
    return f"{number(text)}{HARD}USD"


def percent(text: str) -> str:
    """A rate: `16 %`."""
    return f"{number(text)}{THIN}%"


_WORD: Final = re.compile(r"[a-zà-ÿœ]{3,}")
_SYMBOLS: Final = frozenset({"bar", "dag", "kva", "kwh", "min", "mwh"})
_PLAIN: Final = frozenset({"bleu", "landau", "pneu"})
_PARTIES: Final = {"centre": "le service central Bono Pay"}


def plural(unit: str) -> str:
    """The unit as several are called: `pièces`, `sacs de 25 kg`; a symbol stays as it is."""
    word, blank, rest = unit.partition(" ")
    if _WORD.fullmatch(word) is None or word in _SYMBOLS or word[-1] in "sxz":
        return unit
    ending = "x" if word.endswith(("au", "eu")) and word not in _PLAIN else "s"
    many = f"{word[:-2]}aux" if word.endswith("al") else f"{word}{ending}"
    return f"{many}{blank}{rest}"


def counted(quantity: str, unit: str) -> str:
    """A quantity and its unit: `1,5 carton`, `13 pièces`. French counts several from two on."""
    several = int(quantity.partition(".")[0]) >= 2  # noqa: PLR2004 the rule itself
    return f"{number(quantity)}{HARD}{plural(unit) if several else unit}"


def sealing_party(authority: str) -> str:
    """Who sealed, in words: the centre of a merchant, or the party of that name."""
    return _PARTIES.get(authority, authority)


def day(text: str) -> str:
    """`2026-11-22` as `22/11/2026`."""
    year, month, day_of_month = text.split("-")
    return f"{day_of_month}/{month}/{year}"


def to_the_second(local: datetime) -> str:
    """Day and time of a clock: `22/11/2026 11:15:31`."""
    return f"{local:%d/%m/%Y %H:%M:%S}"


def city_of(zone: str) -> str:
    """The town by whose name people know a zone: `Kinshasa`."""
    return zone.rpartition("/")[2]


def local_text(timestamp: str, zone: str) -> str:
    """A UTC timestamp in the outlet's zone, named: `22/11/2026 11:15:31 (Kinshasa, UTC+1)`."""
    text = to_the_second(local_time(utc_time(timestamp), zone))
    return f"{text} ({city_of(zone)}, UTC+{ZONES[zone] // 3600})"
