"""Verifying one invoice for whoever holds its paper."""

import hmac
from dataclasses import dataclass

from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import parse_entry
from app.fiscal.numbering import parse_fiscal_number
from app.fiscal.proof import Start, StoredEntry, Verifier
from app.services.ledger.answers import security
from app.services.ledger.keys import public_keys
from app.services.papers.receipts import normalised_of
from app.store.engine import Session
from app.store.ledger.sales import sale_of_number
from app.store.tables.ledger import SaleStatus


@dataclass(frozen=True, slots=True)
class Authentic:
    """An invoice whose entry holds steps 1 to 9, and what the paper should say."""

    status: SaleStatus
    invoice: dict[str, object]
    security: dict[str, str]
    normalised: dict[str, str] | None


def verify_paper(
    session: Session, fiscal_number: str, code: str, verify_host: str
) -> Authentic | None:
    """The invoice of that number and authentication code; None when the pair is unknown.

    Raises:
        VerificationFailed: the stored entry does not hold: the paper may be true, our store not.
    """
    if parse_fiscal_number(fiscal_number) is None:
        return None
    state = sale_of_number(session, fiscal_number)
    given = code.strip().upper().encode()
    if state is None or not hmac.compare_digest(state.sale.auth_code.encode(), given):
        return None
    sale = state.sale
    entry = parse_entry(sale.entry)
    verifier = Verifier(public_keys(session))
    verifier.begin(sale.outlet_id, sale.series, Start(entry.position - 1, entry.previous))
    verifier.add(StoredEntry(sale.entry, sale.body, sale.entry_hash))
    doubted = state.delivery is not None and state.delivery.state == "in_doubt"
    return Authentic(
        status=state.frozen_status or ("in_doubt" if doubted else "sealed"),
        invoice=parse_canonical(sale.body),
        security=security(sale, verify_host),
        normalised=normalised_of(session, sale),
    )
