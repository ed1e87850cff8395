"""A refused sale is sold again under a new sale id that names it, and stands for it alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.fiscal.canonical import parse_canonical
from app.fiscal.draft import Draft
from app.fiscal.errors import InvalidInvoice
from app.store.cases.cases import close_case
from app.store.engine import Session
from app.store.ledger.sales import RecordedSale, SaleState, replacements, sale_state
from app.store.tables.cases import REFUSALS

REFUSED = "refused"


def check_replaced(session: Session, draft: Draft, batch: Sequence[Mapping[str, Any]]) -> None:
    """The sale that the draft replaces was refused here, and no other stands in its place.

    Read under the lock of the outlet's head; `batch` holds the rows that this transaction adds.

    Raises:
        InvalidInvoice: `SFE-1.1.5` or `sale.replaced`, both at `/replaces`.
    """
    if draft.replaces is None:
        return
    state = sale_state(session, draft.outlet_id, sale_id=draft.replaces)
    if state is None or state.frozen_status != REFUSED:
        raise InvalidInvoice(
            "SFE-1.1.5", "/replaces", "La vente remplacée n'est pas une vente refusée d'ici."
        )
    tries = _tries(session, state)
    standing = _standing(tries)
    known = {(draft.outlet_id, tried.sale.sale_id) for tried in tries}
    waiting = any((row["outlet_id"], row["replaces"]) in known for row in batch)
    if waiting or standing is not None:
        number = f" par la facture {standing.fiscal_number}" if standing else ""
        raise InvalidInvoice(
            "sale.replaced", "/replaces", f"Cette vente refusée a déjà été reprise{number}."
        )


def close_others(session: Session, outlet_id: str, invoice: Mapping[str, Any], at: str) -> None:
    """The same ticket's refused sales before this decided one are nobody's case any more."""
    if invoice.get("replaces") is None:
        return
    state = sale_state(session, outlet_id, sale_id=invoice["sale_id"])
    for tried in _tries(session, state) if state else ():
        if tried.sale.sale_id == invoice["sale_id"]:
            continue
        where, outcome = (outlet_id, tried.sale.sale_id), "Vendue de nouveau ; la DGI a répondu."
        for kind in REFUSALS:
            close_case(session, where[0], kind, where[1], by="system", outcome=outcome, at=at)


def _standing(tries: Sequence[SaleState]) -> RecordedSale | None:
    return next((tried.sale for tried in tries if tried.frozen_status != REFUSED), None)


def _tries(session: Session, state: SaleState) -> list[SaleState]:
    """Every sale of the same ticket: the first that was refused, and all in its place since."""
    outlet_id = state.sale.outlet_id
    first = state
    while (before := parse_canonical(first.sale.body).get("replaces")) is not None:
        found = sale_state(session, outlet_id, sale_id=before)
        if found is None:
            break
        first = found
    tries = [first]
    for tried in tries:  # grows while it is read
        for sale_id in replacements(session, outlet_id, tried.sale.sale_id):
            found = sale_state(session, outlet_id, sale_id=sale_id)
            if found is not None:
                tries.append(found)
    return tries
