"""Credit notes: which invoice one takes back, with which tax table, and what is left of it.

An original is named by our fiscal number or by its Code DEF/DGI (SFE 1.1.26 a); one that another
system made was entered by a manager, once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.fiscal.canonical import parse_canonical
from app.fiscal.codes import CREDIT_TYPES
from app.fiscal.credit import check_credit
from app.fiscal.draft import Draft
from app.fiscal.errors import InvalidInvoice
from app.fiscal.numbering import parse_fiscal_number
from app.fiscal.tables import TaxTable, table_in_force, table_named
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.ledger.originals import foreign_original, number_of_code
from app.store.ledger.sales import sale_state
from app.store.outlets import OutletFacts


@dataclass(frozen=True, slots=True)
class Original:
    """The invoice that a credit note takes back from."""

    name: str
    """Our fiscal number, or the Code DEF/DGI of another system's invoice."""
    invoice: Mapping[str, Any]
    code: str | None
    """Its Code DEF/DGI; None where the outlet has no control module."""


def original_of(session: Session, draft: Draft, outlet: OutletFacts) -> Original | None:
    """The original of a credit note; None for a sale and for a rebate.

    Raises:
        InvalidInvoice: `SFE-1.1.26` when it is unknown here or not yet normalised.
    """
    credit = draft.credit
    if credit is None or credit.nature == "RRR" or draft.invoice_type not in CREDIT_TYPES:
        return None
    named = credit.original
    if named is None:
        return None
    outlet_id = outlet.outlet_id
    number = named
    if parse_fiscal_number(named) is None:
        code = spelled(named)
        foreign = foreign_original(session, outlet_id, code)
        if foreign is not None:
            return Original(code, parse_canonical(foreign.body), code)
        number = number_of_code(session, outlet_id, code) or named
    state = sale_state(session, outlet_id, fiscal_number=number)
    if state is None:
        raise InvalidInvoice(
            "SFE-1.1.26", "/credit/original", "La facture d'origine est inconnue ici."
        )
    return Original(number, parse_canonical(state.sale.body), _code_of(session, outlet, number))


def spelled(code: str) -> str:
    """A Code DEF/DGI in capitals, in six groups of four when it has 24 symbols."""
    bare = code.replace("-", "").upper()
    return "-".join(bare[at : at + 4] for at in range(0, len(bare), 4))


def _code_of(session: Session, outlet: OutletFacts, number: str) -> str | None:
    if outlet.control_module is None:
        return None
    bodies = rows.entries_about(session, outlet.outlet_id, number, "normalised")
    if not bodies:  # SFE 1.1.26 a: the reference is the Code DEF/DGI of the original
        raise InvalidInvoice(
            "SFE-1.1.26", "/credit/original", "La facture d'origine n'est pas encore normalisée."
        )
    return str(parse_canonical(bodies[0])["code_def_dgi"])


def table_for(original: Original | None, outlet: OutletFacts, now: datetime) -> TaxTable:
    """The table that a sale is computed with: a credit note has that of its original.

    Unless the outlet's control module knows no rates but today's.
    """
    if original is None or outlet.credit_table == "current":
        return table_in_force(now, outlet.zone, outlet.tables)
    return table_named(original.invoice["tax_table"], outlet.tables)


def table_of_draft(session: Session, draft: Draft, outlet: OutletFacts, now: datetime) -> TaxTable:
    """The table that this sale is computed with now.

    Raises:
        InvalidInvoice: `SFE-1.1.26`.
    """
    return table_for(original_of(session, draft, outlet), outlet, now)


def check_what_is_left(
    session: Session,
    credit_note: Mapping[str, Any],
    original: Original,
    batch: Sequence[Mapping[str, Any]],
) -> None:
    """The credit note takes back no more than every one before it left, under the head's lock.

    `batch` holds the rows that this transaction adds.

    Raises:
        InvalidInvoice: `SFE-1.1.26`.
    """
    outlet_id = credit_note["outlet_id"]
    before = [
        *map(parse_canonical, rows.entries_about(session, outlet_id, original.name, "invoice")),
        *(parse_canonical(row["body"]) for row in batch if row["about"] == original.name),
    ]
    valid = [note for note in before if not _refused(session, note)]
    check_credit(credit_note, original.invoice, valid, [credit_note["tax_table"]])


def _refused(session: Session, invoice: Mapping[str, Any]) -> bool:
    """The control module did not take it: it took nothing back."""
    state = sale_state(session, invoice["outlet_id"], sale_id=invoice["sale_id"])
    return state is not None and state.frozen_status == "refused"
