"""What a manager approves with a PIN, as an entry of the ledger: a sale that will not be sent."""

from dataclasses import dataclass

from app.access import KnownDevice
from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import InvalidInvoice
from app.services.ledger.facts import append_event
from app.services.ledger.party import Calls, SealingParty
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.ledger.sales import find_sales

ABANDONED = "sale.abandoned"


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A sale that its tablet lets go, why, and who approved it."""

    device: KnownDevice
    sale_id: str
    reason: str
    manager_id: str


def abandon(sealing: Calls, act: Abandoned) -> None:
    """The ledger says once that this sale was abandoned.

    Raises:
        InvalidInvoice: `sale.sealed`, the sale is an invoice; only a credit note takes it back.
        SealRefused: the sealing party does not answer now.
    """

    def work(session: Session, party: SealingParty, at: str) -> None:
        _record(session, party.key(act.device.outlet_id), act, at)

    sealing.write(work, act.device.outlet_id).result()


def _record(session: Session, series: rows.Key, act: Abandoned, at: str) -> None:
    outlet_id = act.device.outlet_id
    rows.lock_heads(session, [series])  # nobody seals this very sale meanwhile
    if find_sales(session, [(outlet_id, act.sale_id)]):
        raise InvalidInvoice(
            "sale.sealed",
            "/sale_id",
            "Cette vente est scellée : elle ne s'abandonne plus. Faites un avoir.",
        )
    said = rows.entries_about(session, outlet_id, act.sale_id, "event")
    if any(parse_canonical(body)["name"] == ABANDONED for body in said):
        return  # its answer was lost
    more = {
        "sale_id": act.sale_id,
        "reason": act.reason,
        "approved_by": act.manager_id,
        "device_id": act.device.device_id,
        "terminal_id": act.device.terminal_id,
    }
    text = "Une vente que la caisse ne pouvait pas faire sceller a été abandonnée."
    append_event(session, series, ABANDONED, text, more, at, about=act.sale_id)
