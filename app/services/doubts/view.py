"""What the manager's page shows of a sale in doubt: the evidence, the calls, the proposal."""

from dataclasses import dataclass
from typing import Final

from app.fiscal.ledger import utc_text
from app.services.dgi.counters import UNDECIDED
from app.services.doubts.history import Doubt, Proposal, doubt_of, standing_proposal
from app.store.cases import decisions as rows
from app.store.cases.decisions import Neighbour
from app.store.dgi import deliveries, queues
from app.store.dgi.deliveries import Exchange
from app.store.engine import Session
from app.store.tables.dgi import Delivery

_STEPS: Final = {
    "post": "Envoi de la facture",
    "confirm": "Demande d'enregistrement",
    "cancel": "Annulation de la demande",
    "status": "Lecture des demandes en attente",
    "read": "Relecture de la demande",
}
_NOTHING_YET: Final = (
    "Rien ne le dit encore. Les compteurs de la prochaine facture confirmée le diront peut-être."
)
_DROPPED: Final = "La DGI a refusé puis annulé cette demande : elle ne l'a pas enregistrée."


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call about the sale, and what came back, in words."""

    what: str
    at: str
    answer: str


@dataclass(frozen=True, slots=True)
class DoubtView:
    """A sale in doubt as a person sees it who must find out what became of it."""

    sale_id: str
    fiscal_number: str
    reference: str
    """As the portal shows it (`rn`)."""
    invoice_type: str
    total: str
    sealed_at: str
    nim: str
    since: str
    reason: str
    uid: str | None
    evidence: str
    """What the counters say, in French: a hint for people, never a proof."""
    verdict: str | None
    """`none recorded`, `all recorded`, `undecided`, or None while nothing tells."""
    calls: tuple[CallMade, ...]
    proposal: Proposal | None


def view(session: Session, outlet_id: str, sale_id: str) -> DoubtView:
    """The sale in doubt with all that is known of it.

    Raises:
        InvalidInvoice: `doubt.unknown` or `doubt.settled`.
    """
    doubt = doubt_of(session, outlet_id, sale_id)
    row, invoice = doubt.row, doubt.sealed.invoice
    return DoubtView(
        sale_id=sale_id,
        fiscal_number=doubt.sealed.fiscal_number,
        reference=doubt.sealed.reference,
        invoice_type=invoice["invoice_type"],
        total=invoice["totals"]["total"],
        sealed_at=utc_text(doubt.sealed_at),
        nim=row.nim,
        since=row.doubt_since or "",
        reason=row.doubt_reason or "",
        uid=deliveries.confirming_uid(session, outlet_id, sale_id),
        evidence=_evidence(session, doubt),
        verdict=row.evidence,
        calls=tuple(_call(e) for e in deliveries.exchanges(session, outlet_id, sale_id)),
        proposal=standing_proposal(doubt.history),
    )


def _call(exchange: Exchange) -> CallMade:
    call, answer = exchange.call, exchange.answer
    if answer is None:
        words = "Aucune réponse n'est connue."
    elif answer.status is None:
        words = answer.body.decode(errors="replace")
    else:
        words = f"Réponse HTTP {answer.status}."
    return CallMade(_STEPS.get(call.step, call.step), call.at, words)


def _evidence(session: Session, doubt: Doubt) -> str:
    verdict = doubt.row.evidence
    if verdict is None:
        return _NOTHING_YET
    after = rows.confirmed_beside(session, doubt.row, after=True)
    if after is None or not after.counters:
        return _DROPPED if verdict == "none recorded" else _NOTHING_YET
    before = rows.confirmed_beside(session, doubt.row, after=False)
    return f"{_counted(before, after)} {_meaning(verdict, _others(session, doubt.row))}"


def _counted(before: Neighbour | None, after: Neighbour) -> str:
    counters = f"La facture suivante, {after.fiscal_number}, porte les compteurs {after.counters}"
    if before is None or not before.counters:
        return f"{counters} ; aucune facture d'avant ne permet de comparer."
    return f"{counters} ; celle d'avant, {before.fiscal_number}, portait {before.counters}."


def _meaning(verdict: str, others: int) -> str:
    """What to make of it; with several sales in doubt the counters speak of all of them."""
    if verdict == UNDECIDED:
        return "Ils ne suffisent pas à décider : cherchez la facture sur le portail de la DGI."
    recorded = verdict == "all recorded"
    if others:
        which = "a enregistré toutes les ventes" if recorded else "n'a enregistré aucune des ventes"
        return f"Il semble que la DGI {which} en doute. Vérifiez sur le portail."
    which = "a enregistré cette vente" if recorded else "n'a pas enregistré cette vente"
    return f"Il semble que la DGI {which}. Vérifiez sur le portail."


def _others(session: Session, row: Delivery) -> int:
    doubts = queues.queue(session, row.nim, ["in_doubt"])
    return sum(doubt.sale_id != row.sale_id for doubt in doubts)
