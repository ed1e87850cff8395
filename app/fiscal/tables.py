"""The dated tax tables: rates and groups are data with a day from which they are in force.

Source: DGI, FACNO groups v1.2 and the Finance Act of 29 December 2025.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.fiscal.zones import local_time


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The groups in force from a local day on.

    `rates` maps a group letter to whole percents, None where the whole amount is VAT (group N).
    """

    name: str
    in_force_from: str
    """First day, `YYYY-MM-DD`, from midnight in the outlet's zone."""
    rates: Mapping[str, int | None]


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

_ZERO = dict.fromkeys("ADEHIJKLM", 0)

TABLES: Final = (
    TaxTable(
        "CD-2025-05",
        "2025-12-01",
        MappingProxyType({**_ZERO, "B": 16, "C": 8, "F": 16, "G": 8, "N": None}),
    ),
    TaxTable(
        "CD-2026-02",
        "2026-01-01",
        MappingProxyType({**_ZERO, "B": 16, "C": 5, "F": 16, "G": 5, "N": None, "O": 1, "P": 1}),
    ),
)
"""In the order in which they came into force."""

LEVY_GROUPS: Final = frozenset({"L", "N"})
"""Item type TAX, and only there (annex)."""
OUT_OF_SCOPE_GROUP: Final = "A"
OUT_OF_SCOPE_CODES: Final = frozenset({"HORSCHAMP", "HORS CHAMP"})
"""The code of an article out of the scope of VAT: as the signed note prints it, and as the table of
groups v1.2 does."""
NO_SPECIFIC_TAX: Final = frozenset({"L", "M", "N"})


def table_named(name: str) -> TaxTable:
    """The table of that name.

    Raises:
        InvalidInvoice: `tax.table` when there is none.
    """
    for table in TABLES:
        if table.name == name:
            return table
    raise InvalidInvoice(
        "tax.table", "/expected/tax_table", f"Table fiscale inconnue : {name[:32]}."
    )


def table_in_force(instant: datetime, zone: str) -> TaxTable:
    """The table in force at that instant in the outlet's zone; the oldest before all of them."""
    day = local_time(instant, zone).date().isoformat()
    current = TABLES[0]
    for table in TABLES:
        if table.in_force_from <= day:
            current = table
    return current
