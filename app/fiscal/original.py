"""An invoice that another system made, entered so that it can be credited here (SFE 1.1.26).

Another SFE or e-UF made it, or we did before the change to this system. What a credit note asks of
an original is all it says.
"""

import re
from typing import Any, Final

from app.fiscal.codes import CREDIT_TYPES, INVOICE_TYPES, PRICE_MODES
from app.fiscal.draft import ITEM, Line, line_of
from app.fiscal.errors import InvalidInvoice
from app.fiscal.invoice import group_documents, item_document, totals_document
from app.fiscal.money import amount_text
from app.fiscal.reading import Amount, Array, Matching, Object, OneOf
from app.fiscal.reading_times import Day
from app.fiscal.rules import check_lines
from app.fiscal.tables import TaxTable
from app.fiscal.tax import TaxedLine, TsOrder, compute_tax

ORIGINAL: Final = "original/1"
ENTERED: Final = "credit.original-entered"
"""The event that says such an invoice, whole, so that whoever verifies has it at hand."""
CODE: Final = Matching(
    re.compile(r"[A-Z0-9]{4}(-?[A-Z0-9]{4}){5}", re.ASCII), "un Code DEF/DGI : 24 symboles"
)

FOREIGN_ORIGINAL: Final = Object(
    {
        "code_def_dgi": CODE,
        "invoice_type": OneOf(frozenset(INVOICE_TYPES) - CREDIT_TYPES, "SFE-1.1.26"),
        "price_mode": OneOf(frozenset(PRICE_MODES), "SFE-1.5.3"),
        "day": Day(),
        "items": Array(ITEM),
        "total": Amount(),
    }
)
"""What a manager copies from the paper of the other system."""


def read_original(document: Any) -> dict[str, Any]:
    """The members of such an invoice, its lines as those of a draft.

    Raises:
        InvalidInvoice: a `format.…` rule, a list of codes or a rule of lines.
    """
    read: dict[str, Any] = FOREIGN_ORIGINAL.read(document, "")
    pairs = zip(read["items"], document["items"], strict=True)
    lines = tuple(line_of(line, sent, f"/items/{n}") for n, (line, sent) in enumerate(pairs))
    check_lines(lines)
    return read | {"items": lines}


def original_document(read: dict[str, Any], table: TaxTable, ts_order: TsOrder) -> dict[str, Any]:
    """The canonical form of a foreign original, computed with the table of its day.

    Raises:
        InvalidInvoice: `total.expected` when its lines do not give the total of its paper.
    """
    lines: tuple[Line, ...] = read["items"]
    taxed = compute_tax(
        [TaxedLine(i.tax_group, i.unit_price, i.quantity, i.specific_taxes) for i in lines],
        read["price_mode"],
        table,
        ts_order,
    )
    if taxed.totals.total != read["total"]:
        raise InvalidInvoice(
            "total.expected",
            "/total",
            f"Les lignes donnent {amount_text(taxed.totals.total)} : relisez la facture.",
        )
    return {
        "v": ORIGINAL,
        "code_def_dgi": read["code_def_dgi"],
        "invoice_type": read["invoice_type"],
        "price_mode": read["price_mode"],
        "day": read["day"],
        "tax_table": table.name,
        "items": [item_document(i, a) for i, a in zip(lines, taxed.lines, strict=True)],
        "tax_groups": group_documents(taxed.groups),
        "totals": totals_document(taxed.totals),
    }
