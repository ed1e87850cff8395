"""The paper of a sale, by the secret address of its receipt."""

from dataclasses import dataclass

from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import parse_entry
from app.fiscal.seal import parse_seal, qr_payload
from app.printing.paper import Paper
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.ledger.sales import RecordedSale, sale_of_receipt
from app.store.outlets import outlet_facts
from app.store.tables.ledger import FrozenStatus


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sale and the paper that shows it."""

    sale: RecordedSale
    status: FrozenStatus | None
    """Of the frozen answer; None while the control module has not answered."""
    paper: Paper


def receipt_of(
    session: Session, token: str, verify_host: str, *, duplicate: bool = False
) -> Receipt | None:
    """The receipt at that address, or None when there is none."""
    state = sale_of_receipt(session, token)
    if state is None:
        return None
    paper = paper_of(session, state.sale, verify_host, duplicate=duplicate)
    return Receipt(state.sale, state.frozen_status, paper)


def paper_of(
    session: Session, sale: RecordedSale, verify_host: str, *, duplicate: bool = False
) -> Paper:
    """What the paper of a sale is made from; `app.printing.paper.check` says whether it is one."""
    outlet = outlet_facts(session, sale.outlet_id)
    seal = parse_entry(sale.entry).seal or ""
    return Paper(
        invoice=parse_canonical(sale.body),
        statement=parse_seal(seal).statement,
        auth_code=sale.auth_code,
        qr_payload=qr_payload(verify_host, seal),
        normalised=normalised_of(session, sale),
        legal_mode=outlet.legal_mode if outlet else "strict",
        duplicate=duplicate,
        septante=outlet is None or outlet.septante,
    )


def normalised_of(session: Session, sale: RecordedSale) -> dict[str, str] | None:
    """The body of the `normalised` entry about that sale, or None."""
    bodies = rows.entries_about(session, sale.outlet_id, sale.fiscal_number, "normalised")
    return parse_canonical(bodies[0]) if bodies else None
