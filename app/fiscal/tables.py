"""The dated tax tables: rates and groups are data with a day from which they are in force.

A table is a file: those beside this module, and those that an operator adds ahead of their day.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import InvalidInvoice
from app.fiscal.law_files import shipped
from app.fiscal.reading import Matching, Object, OneOf, Text
from app.fiscal.reading_times import Day
from app.fiscal.zones import local_time

AtDgi = Literal["announced", "configured", "in-force"]
"""How far the authority was with a table when its file was written."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a table is taken from."""

    law: str
    article: str
    date: str


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The groups in force from a local day on.

    `rates` maps a group letter to whole percents, None where the whole amount is VAT (group N).
    """

    name: str
    in_force_from: str
    """First day, `YYYY-MM-DD`, from midnight in the outlet's zone."""
    rates: Mapping[str, int | None]
    source: Source
    state: AtDgi
    hash: str
    """SHA-256 of the canonical form of its file."""


GROUP_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A": "Exonéré ou hors champ",
        "B": "Taxable, taux normal",
        "C": "Taxable, taux réduit",
        "D": "Régimes dérogatoires",
        "E": "Exportation et assimilées",
        "F": "Marché public à financement extérieur, taux normal",
        "G": "Marché public à financement extérieur, taux réduit",
        "H": "Consignation d'emballage",
        "I": "Garantie et caution",
        "J": "Débours",
        "K": "Ventes de non assujettis",
        "L": "Prélèvements sur ventes, hors base TVA",
        "M": "Ventes réglementées à TVA spécifique",
        "N": "TVA spécifique",
        "O": "Taxable, taux de 1 %",
        "P": "Marché public à financement extérieur, taux de 1 %",
    }
)

LEVY_GROUPS: Final = frozenset({"L", "N"})
"""Item type TAX, and only there (annex)."""
OUT_OF_SCOPE_GROUP: Final = "A"
OUT_OF_SCOPE_CODES: Final = frozenset({"HORSCHAMP", "HORS CHAMP"})
"""The code of an article out of the scope of VAT: as the signed note prints it, and as the table of
groups v1.2 does."""
NO_SPECIFIC_TAX: Final = frozenset({"L", "M", "N"})


TAX_TABLE: Final = "tax-table/1"
_WITHOUT_VAT: Final = "ADEHIJKLM"
_WHOLE: Final = "whole"
"""The rate of group N: the whole amount is VAT (SFE 1.5.8)."""
_PERCENT: Final = Matching(re.compile(r"0|[1-9][0-9]?", re.ASCII), "un pourcent entier, de 0 à 99")
_NOTHING: Final = Matching(re.compile("0"), "0 : ce groupe n'a pas de TVA")
_ALL_VAT: Final = Matching(re.compile(_WHOLE), f"« {_WHOLE} » : tout le montant est de la TVA")


def _rate_of(letter: str) -> Matching:
    if letter == "N":
        return _ALL_VAT
    return _NOTHING if letter in _WITHOUT_VAT else _PERCENT


_FILE: Final = Object(
    {
        "v": Matching(re.compile(TAX_TABLE), TAX_TABLE),
        "name": Matching(
            re.compile(r"(?=.{1,16}$)[A-Z0-9]+(-[A-Z0-9]+)*", re.ASCII),
            "un nom : capitales, chiffres et traits d'union, 16 au plus",
        ),
        "from": Day(),
        "source": Object({"law": Text(120), "article": Text(120), "date": Day()}),
        "state": OneOf(frozenset(get_args(AtDgi)), "format.text"),
        "rates": Object({letter: _rate_of(letter) for letter in GROUP_LABELS}, frozenset("OP")),
    }
)


def read_table(document: Any) -> TaxTable:
    """The table that such a file (`tax-table/1`) describes.

    Raises:
        InvalidInvoice: a `format.…` rule, with the members at fault.
    """
    read = _FILE.read(document, "")
    rates = {
        letter: None if rate == _WHOLE else int(rate) for letter, rate in read["rates"].items()
    }
    return TaxTable(
        read["name"],
        read["from"],
        MappingProxyType(rates),
        Source(**read["source"]),
        read["state"],
        digest(canonical(document)),
    )


def in_order(tables: Iterable[TaxTable]) -> tuple[TaxTable, ...]:
    """These tables in the order in which they come into force."""
    return tuple(sorted(tables, key=lambda table: table.in_force_from))


TABLES: Final = in_order(map(read_table, shipped(TAX_TABLE)))
"""Those of this program, in the order in which they came into force."""


def table_named(name: str, tables: Iterable[TaxTable] = TABLES) -> TaxTable:
    """The table of that name.

    Raises:
        InvalidInvoice: `tax.table` when there is none.
    """
    for table in tables:
        if table.name == name:
            return table
    raise InvalidInvoice(
        "tax.table", "/expected/tax_table", f"Table fiscale inconnue : {name[:32]}."
    )


def table_in_force(instant: datetime, zone: str, tables: Sequence[TaxTable] = TABLES) -> TaxTable:
    """The table in force at that instant in the outlet's zone; the oldest before all of them.

    `tables` stand in the order in which they come into force.
    """
    day = local_time(instant, zone).date().isoformat()
    current = tables[0]
    for table in tables:
        if table.in_force_from <= day:
            current = table
    return current
