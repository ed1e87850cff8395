"""A rehearsal: which of the last sales a table that is to come would have changed, and how."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.fiscal.canonical import parse_canonical
from app.fiscal.codes import CREDIT_TYPES
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import parse_entry
from app.fiscal.money import amount_text
from app.fiscal.rehearsal import totals_under
from app.fiscal.tables import TaxTable
from app.store.engine import Engine, Session, reading
from app.store.ledger.sales import SaleFilter, list_sales
from app.store.outlets import outlet_facts, outlet_ids

SALES: Final = 1000
"""How many of the last sales are computed again."""


@dataclass(frozen=True, slots=True)
class Change:
    """A sale that would have come to something else; amounts as text."""

    fiscal_number: str
    total: tuple[str, str]
    """Before and after."""
    vat: tuple[str, str]
    refused: str | None = None
    """Why it could not have been made."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was computed again, and what would have changed: the newest first."""

    sales: int
    changes: tuple[Change, ...]


def rehearse(engine: Engine, table: TaxTable) -> Rehearsal:
    """The last sales of all outlets under that table; credit notes keep that of their original."""
    with reading(engine) as session:
        sold = [sale for outlet_id in outlet_ids(session) for sale in _sales(session, outlet_id)]
        newest = sorted(sold, key=lambda sale: sale.at, reverse=True)[:SALES]
        changes = (_change(sale, table) for sale in newest)
        return Rehearsal(len(newest), tuple(change for change in changes if change is not None))


@dataclass(frozen=True, slots=True)
class _Sale:
    at: str
    number: str
    invoice: Mapping[str, Any]
    ts_order: Any


def _sales(session: Session, outlet_id: str) -> Iterator[_Sale]:
    facts = outlet_facts(session, outlet_id)
    for state in list_sales(session, outlet_id, SaleFilter(), SALES):
        invoice = parse_canonical(state.sale.body)
        if facts is not None and invoice["invoice_type"] not in CREDIT_TYPES:
            at = parse_entry(state.sale.entry).recorded_at
            yield _Sale(at, state.sale.fiscal_number, invoice, facts.ts_order)


def _change(sale: _Sale, table: TaxTable) -> Change | None:
    before = sale.invoice["totals"]
    total, vat = before["total"], before["vat"]
    try:
        after = totals_under(sale.invoice, table, sale.ts_order)
    except InvalidInvoice as refusal:
        return Change(sale.number, (total, total), (vat, vat), refusal.detail)
    change = Change(sale.number, (total, amount_text(after.total)), (vat, amount_text(after.vat)))
    same = change.total[0] == change.total[1] and change.vat[0] == change.vat[1]
    return None if same else change
