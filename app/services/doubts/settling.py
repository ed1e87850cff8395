"""A doubt that two people settled becomes a fact of the ledger and a frozen answer."""

from dataclasses import dataclass
from typing import Final

from app.control.module import SealedInvoice
from app.fiscal.canonical import canonical
from app.fiscal.errors import InvalidInvoice
from app.fiscal.normalised import Elements, normalised_body, refused_body
from app.fiscal.portal import Found
from app.services.cases.advice import fix_for
from app.services.dgi.attempts import confirming_of
from app.services.dgi.counters import total_counter
from app.services.ledger.answers import answer_body, normalisation, refusal
from app.services.ledger.facts import append_event, append_fact
from app.services.ledger.party import SealingParty
from app.services.ledger.replacing import close_others
from app.store.cases.cases import close_case, open_case
from app.store.dgi import deliveries
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.ledger.sales import RecordedSale, find_sales
from app.store.tables.dgi import ControlModuleRow, Delivery, Ending

SETTLED: Final = "doubt.settled"
ABSENT: Final = "ABSENT"
"""The code of a refusal by people: DGI does not have the invoice."""


@dataclass(frozen=True, slots=True)
class Settling:
    """The transaction in which two people settle a sale, and who they are."""

    session: Session
    party: SealingParty
    row: Delivery
    sealed: SealedInvoice
    proposed_by: str
    approved_by: str
    at: str

    @property
    def names(self) -> dict[str, str]:
        """Both people, as every document about it names them."""
        return {"proposed_by": self.proposed_by, "approved_by": self.approved_by}


def settle_found(settling: Settling, found: Found) -> None:
    """The sale is normalised with the elements that people found."""
    body = _normalised(settling, found)
    _tell(settling, "La facture a été retrouvée sur le portail de la DGI.", _elements(found))
    sale = _fact(settling, "normalised", body)
    _end(settling, sale, "normalised", normalisation=normalisation(body))
    _move_counter(settling, found.counters)
    _close(settling, f"Retrouvée sur le portail : {found.code_def_dgi}.")


def settle_absent(settling: Settling, reason: str) -> None:
    """The sale is refused by people and may be sold again."""
    text = f"La DGI n'a pas cette facture : {reason}"
    _tell(
        settling, "Deux personnes ont constaté que la DGI n'a pas la facture.", {"reason": reason}
    )
    sealed = settling.sealed
    evidence = {"v": "absent/1", "reason": reason, "at": settling.at, **settling.names}
    body = refused_body(
        sale_id=settling.row.sale_id,
        fiscal_number=sealed.fiscal_number,
        entry_hash=sealed.entry_hash,
        by="people",
        code=ABSENT,
        text=text,
        answer=canonical(evidence),
    )
    sale = _fact(settling, "refused", body)
    _end(settling, sale, "refused", refusal=refusal(body))
    _close(settling, f"Absente de la DGI : {reason}")
    outlet_id, sale_id, fix = settling.row.outlet_id, settling.row.sale_id, fix_for(ABSENT)
    open_case(settling.session, outlet_id, "refused", sale_id, text=text, fix=fix, at=settling.at)


def _normalised(settling: Settling, found: Found) -> dict[str, str]:
    outlet_id, sale_id = settling.row.outlet_id, settling.row.sale_id
    uid = deliveries.confirming_uid(settling.session, outlet_id, sale_id)
    calls = deliveries.exchanges(settling.session, outlet_id, sale_id)
    confirming = confirming_of(calls, uid) if uid else None
    if confirming is None:
        raise InvalidInvoice(
            "doubt.unsent", "/sale_id", "Cette facture n'a jamais été confirmée auprès de la DGI."
        )
    sealed = settling.sealed
    totals = sealed.invoice["totals"]
    copied = {"v": "portal/1", "at": settling.at, **_elements(found), **settling.names}
    elements = Elements(
        nim=found.nim,
        uid=confirming.uid,
        request=confirming.post_request,
        answer=confirming.post_answer,
        confirmation=canonical(copied),
        code_def_dgi=found.code_def_dgi,
        counters=found.counters,
        date_time=found.date_time,
        qr_code=found.qr_code or "",
        total=totals["total"],  # a confirm is only ever sent with our own amounts
        vat=totals["vat"],
    )
    return normalised_body(
        elements,
        fiscal_number=sealed.fiscal_number,
        entry_hash=sealed.entry_hash,
        module="emcf",
    )


def _elements(found: Found) -> dict[str, str]:
    return {
        "code_def_dgi": found.code_def_dgi,
        "counters": found.counters,
        "date_time": found.date_time,
        "nim": found.nim,
        "qr_code": found.qr_code or "",
    }


def _tell(settling: Settling, text: str, seen: dict[str, str]) -> None:
    number = settling.sealed.fiscal_number
    more = {"fiscal_number": number, **settling.names, **seen}
    key = settling.party.key(settling.row.outlet_id)
    append_event(settling.session, key, SETTLED, text, more, settling.at, about=number)


def _fact(settling: Settling, kind: Ending, body: dict[str, str]) -> RecordedSale:
    """The fact stands in the ledger; returns the sale that it is about."""
    key = settling.party.key(settling.row.outlet_id)
    held = rows.lock_heads(settling.session, [key])[key]
    number = settling.sealed.fiscal_number
    append_fact(settling.session, held, kind, canonical(body), settling.at, about=number)
    sale = (settling.row.outlet_id, settling.row.sale_id)
    return find_sales(settling.session, [sale])[sale]


def _end(settling: Settling, sale: RecordedSale, status: Ending, **more: dict[str, str]) -> None:
    """The answer is frozen and the delivery done."""
    frozen = answer_body(sale, status, settling.party.verify_host, **more)
    row = rows.answer_row(sale.outlet_id, sale.sale_id, status, frozen)
    rows.insert_answers(settling.session, [row])
    reason = f"Réglée par {settling.proposed_by} et {settling.approved_by}."
    deliveries.change_state(settling.session, settling.row, status, settling.at, reason)
    close_others(settling.session, sale.outlet_id, settling.sealed.invoice, settling.at)


def _move_counter(settling: Settling, counters: str) -> None:
    """A later doubt is weighed from what is known now."""
    found = total_counter(counters)
    module = settling.session.get_one(ControlModuleRow, settling.row.nim)
    if found is not None and module.last_total_counter is not None:
        module.last_total_counter = max(found, module.last_total_counter)


def _close(settling: Settling, outcome: str) -> None:
    outlet_id, sale_id = settling.row.outlet_id, settling.row.sale_id
    by = f"{settling.proposed_by} + {settling.approved_by}"
    session, at = settling.session, settling.at
    close_case(session, outlet_id, "in_doubt", sale_id, by=by, outcome=outcome, at=at)
