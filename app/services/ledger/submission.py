"""Issuing: a request becomes a draft that keeps every rule which needs no ledger."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from app.fiscal.canonical import canonical
from app.fiscal.codes import CREDIT_TYPES
from app.fiscal.day_of_sale import (
    MeanRate,
    check_rate,
    check_timestamp,
    day_of_sale,
    dollar_rate,
)
from app.fiscal.draft import Draft
from app.fiscal.errors import InvalidInvoice, refuse_all
from app.fiscal.invoice import compose_invoice, tax_draft
from app.fiscal.tables import TaxTable, table_in_force
from app.fiscal.tax import Taxed
from app.store.engine import Session
from app.store.outlets import OutletFacts
from app.store.shop.rates import rates_until

Source = Literal["api", "till"]
"""Through what a sale came."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sale whose every rule holds that needs no ledger, with the table it was computed by."""

    table: TaxTable
    taxed: Taxed
    invoice: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """A sale on its way to the sealing thread."""

    draft: Draft
    outlet: OutletFacts
    source: str
    submitted_by: str
    receipt_token: str
    prepared: Prepared


def prepare(draft: Draft, outlet: OutletFacts, table: TaxTable, source: str, by: str) -> Prepared:
    """The canonical invoice of the draft under that table.

    Raises:
        InvalidInvoice: the rules that do not hold, with the members at fault.
    """
    taxed = tax_draft(draft, table, outlet.ts_order)
    return compose(draft, outlet, table, taxed, source, by, None)


def check_stopped(draft: Draft, outlet: OutletFacts) -> None:
    """No line is of a group whose rate is not the authority's; a credit note is never held back.

    Raises:
        InvalidInvoice: `tax.stopped`, at each such line.
    """
    if draft.invoice_type in CREDIT_TYPES:  # it takes back what was sold at its own rate
        return
    refuse_all(
        InvalidInvoice(
            "tax.stopped",
            f"/items/{n}/tax_group",
            f"Les ventes du groupe {line.tax_group} sont arrêtées : le taux de la DGI n'est "
            "pas le nôtre. Prévenez le gérant.",
        )
        for n, line in enumerate(draft.items)
        if line.tax_group in outlet.stopped_groups
    )


def compose(
    draft: Draft,
    outlet: OutletFacts,
    table: TaxTable,
    taxed: Taxed,
    source: str,
    by: str,
    code_def_dgi: str | None,
) -> Prepared:
    """The canonical invoice and its bytes; `code_def_dgi` is that of a credit note's original."""
    invoice = compose_invoice(
        draft,
        taxed,
        table,
        outlet.seller,
        source=source,
        submitted_by=by,
        code_def_dgi=code_def_dgi,
    )
    return Prepared(table, taxed, invoice, canonical(invoice))


def submission(
    draft: Draft,
    outlet: OutletFacts,
    now: datetime,
    *,
    source: str,
    submitted_by: str,
    table: TaxTable | None = None,
) -> Submission:
    """The draft, judged by every rule that needs no ledger, with a secret address for its receipt.

    `table` is that of a credit note's original; else the one in force.

    Raises:
        InvalidInvoice: the rules that do not hold, with the members at fault.
    """
    table = table or table_in_force(now, outlet.zone, outlet.tables)
    prepared = prepare(draft, outlet, table, source, submitted_by)
    return Submission(draft, outlet, source, submitted_by, secrets.token_hex(16), prepared)


def check_time(draft: Draft, outlet: OutletFacts, now: datetime, source: Source) -> None:
    """The sale was made now, or within what the outlet may sell offline.

    Raises:
        InvalidInvoice: `SFE-1.2.1`.
    """
    check_timestamp(draft.timestamp, now, None if source == "till" else outlet.offline_hours)


def check_dollars(
    session: Session, draft: Draft, outlet: OutletFacts, now: datetime, source: Source
) -> None:
    """The rate of payments in USD is the outlet's own for the day of the sale (SFE 1.1.30).

    Raises:
        InvalidInvoice: it is not, or no mean is known that is at most seven days old.
    """
    quoted = dollar_rate(draft)
    if quoted is None:
        return
    day = day_of_sale(draft.timestamp, now, outlet.offline_hours, outlet.zone)
    # A till that sold while its line was down took the last rate that it had heard of; its customer
    # is gone. Whoever asks over the API can ask again.
    count = 2 if source == "till" else 1
    rows = rates_until(session, draft.outlet_id, "USD", day, count)
    check_rate(quoted, [MeanRate(row.day, row.rate) for row in rows], day)
