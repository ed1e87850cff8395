"""A sale in doubt, and what people did about it so far."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import msgspec

from app.control.module import SealedInvoice
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import parse_entry, utc_time
from app.fiscal.portal import Absent, Found
from app.services.dgi.attempts import in_flight
from app.store.cases import decisions as rows
from app.store.dgi import deliveries
from app.store.dgi.queues import queued_of
from app.store.engine import Session
from app.store.tables.cases import Decision
from app.store.tables.dgi import Delivery

PROPOSE: Final = "propose"
APPROVE: Final = "approve"
WITHDRAW: Final = "withdraw"

_encode: Final = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sale in doubt, and what people did about it so far."""

    row: Delivery
    sealed: SealedInvoice
    sealed_at: datetime
    history: list[Decision]


def held_doubt(session: Session, outlet_id: str, sale_id: str) -> Doubt:
    """The sale in doubt, whose module's row this transaction holds from now on."""
    rows.hold_module_of(session, outlet_id, sale_id)
    return doubt_of(session, outlet_id, sale_id)


def doubt_of(session: Session, outlet_id: str, sale_id: str) -> Doubt:
    """The sale in doubt.

    Raises:
        InvalidInvoice: `doubt.unknown` or `doubt.settled`.
    """
    row = deliveries.delivery(session, outlet_id, sale_id)
    if row is None:
        raise InvalidInvoice("doubt.unknown", "/sale_id", "Cette vente n'est pas connue ici.")
    if row.state != "in_doubt":
        raise InvalidInvoice("doubt.settled", "/sale_id", "Cette vente n'est plus en doute.")
    flight = in_flight(queued_of(session, row))
    sealed_at = utc_time(parse_entry(flight.sale.entry).recorded_at)
    return Doubt(row, flight.sealed, sealed_at, rows.decisions(session, outlet_id, sale_id))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody says became of a sale in doubt; it waits for a second person."""

    number: int
    by: str
    at: str
    found: Found | Absent


def standing_proposal(history: Sequence[Decision]) -> Proposal | None:
    """The proposal that waits for a second person: the last act, if it is one."""
    if not history or history[-1].act != PROPOSE:
        return None
    last = history[-1]
    return Proposal(last.number, last.by, last.at, found_in(last.document))


def document_of(found: Found | Absent) -> str:
    """What was found, as a decision keeps it."""
    kind = "absent" if isinstance(found, Absent) else "found"
    return _encode({"kind": kind, **asdict(found)}).decode()


def found_in(document: str) -> Found | Absent:
    """What a decision says was found."""
    members = msgspec.json.decode(document)
    return Absent(**members) if members.pop("kind") == "absent" else Found(**members)
