"""Messages as people see them: receipts asked for, the delivery log, sending one again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.channels import whatsapp
from app.channels.mail import is_address
from app.channels.outgoing import Channels
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import clock_text, utc_text
from app.services.messages.publishing import new_message
from app.store.engine import Session
from app.store.ledger.sales import find_sales
from app.store.messages import messages as rows
from app.store.messages.messages import Only
from app.store.tables.messages import (
    RECEIPT,
    ChannelName,
    Message,
    MessageState,
    MessageTry,
    Phase,
    Reached,
)

CHANNELS: Final[tuple[ChannelName, ...]] = ("email", "whatsapp", "whatsapp-link")
"""By which a receipt may be asked for."""
MOST_PER_SALE: Final = 20
"""Receipts of one sale: a till's button is no way to write to strangers."""


@dataclass(frozen=True, slots=True)
class TryView:
    """One try: when it began, and what came of it; without an end, its sender was stopped."""

    number: int
    begun_at: str
    ended_at: str | None
    status: int | None
    words: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message and its tries, the first one first."""

    outlet_id: str
    message_id: str
    channel: ChannelName
    event: str
    target: str
    """The endpoint's id, an e-mail address, or the digits of a number."""
    sale_id: str | None
    state: MessageState
    attempts: int
    created_at: str
    next_try: str | None
    last_error: str | None
    done_at: str | None
    reached: Reached | None
    tries: tuple[TryView, ...]


def queue_receipt(
    session: Session, outlet_id: str, sale_id: str, channel: str, target: str, now: datetime
) -> MessageView | None:
    """The receipt of the sale is on its way to that address or number; None: unknown sale.

    It leaves once the invoice is a legal paper. The same receipt for the same target that still
    waits is not doubled. `whatsapp-link` sends nothing: people do, by the link.

    Raises:
        InvalidInvoice: `format.text` at `/channel` or `/to`, `delivery.many`.
    """
    way = _way(channel)
    reached = _target(way, target)
    if not find_sales(session, [(outlet_id, sale_id)]):
        return None
    known = rows.same_waiting(session, outlet_id, sale_id, way, reached)
    if known is None:
        if len(rows.of_sale(session, outlet_id, sale_id)) >= MOST_PER_SALE:
            raise InvalidInvoice("delivery.many", "", "Cette facture a déjà été envoyée souvent.")
        known = _queued(outlet_id, sale_id, way, reached, now)
        rows.add(session, [known])
    return _view(known, [])


def check_channel(channels: Channels, channel: str) -> None:
    """Receipts may be sent by that channel from this server.

    Raises:
        InvalidInvoice: `delivery.channel`.
    """
    if channel != "whatsapp-link" and channel not in channels.by_name:
        raise InvalidInvoice(
            "delivery.channel", "/channel", "Ce canal n’est pas réglé sur ce serveur."
        )


def _way(channel: str) -> ChannelName:
    found = next((name for name in CHANNELS if name == channel), None)
    if found is None:
        raise InvalidInvoice("format.text", "/channel", f"Les canaux : {', '.join(CHANNELS)}.")
    return found


def _target(way: ChannelName, target: str) -> str:
    if way == "email":
        if not is_address(target):
            raise InvalidInvoice("format.text", "/to", "Ce n’est pas une adresse e-mail.")
        return target
    number = whatsapp.digits(target)
    if number is None:
        raise InvalidInvoice(
            "format.text",
            "/to",
            "Ce numéro n’est pas complet : neuf chiffres après le 0, ou l’indicatif du pays.",
        )
    return number


def _queued(outlet_id: str, sale_id: str, way: ChannelName, target: str, now: datetime) -> Message:
    at = utc_text(now)
    row = new_message(outlet_id, way, RECEIPT, target, at, sale_id=sale_id)
    if way == "whatsapp-link":
        row.state, row.done_at = "prepared", at
    return row


def replay(session: Session, outlet_id: str, message_id: str, now: datetime) -> MessageView | None:
    """The message is sent again, with the same id and bytes; None: unknown, or sent by people.

    One that waits is tried at once; one that is being sent stays so.
    """
    row = rows.find(session, outlet_id, message_id, hold=True)
    if row is None or row.state == "prepared":
        return None
    if row.state != "sending":
        row.state, row.attempts, row.done_at = "pending", 0, None
        row.next_try = int(now.timestamp())
    session.flush()
    return _views(session, outlet_id, [row])[0]


def find(session: Session, outlet_id: str, message_id: str) -> MessageView | None:
    """The message of that outlet."""
    row = rows.find(session, outlet_id, message_id)
    return _views(session, outlet_id, [row])[0] if row else None


def numbers(session: Session, views: Sequence[MessageView]) -> dict[str, str]:
    """The fiscal number of each sale that those messages are about, by the sale."""
    keys = [(one.outlet_id, one.sale_id) for one in views if one.sale_id is not None]
    return {sale.sale_id: sale.fiscal_number for sale in find_sales(session, keys).values()}


def log(session: Session, outlet_id: str, only: Only, count: int) -> list[MessageView]:
    """The delivery log: at most `count` messages of an outlet, the newest first."""
    return _views(session, outlet_id, rows.newest(session, outlet_id, only, count))


def deliveries(session: Session, outlet_id: str, sale_id: str) -> list[MessageView]:
    """The receipts of a sale, the oldest first."""
    return _views(session, outlet_id, rows.of_sale(session, outlet_id, sale_id))


def _views(session: Session, outlet_id: str, found: Sequence[Message]) -> list[MessageView]:
    tries = rows.tries(session, outlet_id, [row.message_id for row in found])
    return [_view(row, tries[row.message_id]) for row in found]


def _view(row: Message, tries: Iterable[MessageTry]) -> MessageView:
    waits = row.state == "pending" and row.next_try > 0
    return MessageView(
        outlet_id=row.outlet_id,
        message_id=row.message_id,
        channel=row.channel,
        event=row.event,
        target=row.target,
        sale_id=row.sale_id,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_try=clock_text(row.next_try) if waits else None,
        last_error=row.last_error,
        done_at=row.done_at,
        reached=row.reached,
        tries=tuple(_tries(tries)),
    )


def _tries(log_rows: Iterable[MessageTry]) -> Iterable[TryView]:
    by_phase: dict[int, dict[Phase, MessageTry]] = {}
    for row in log_rows:
        by_phase.setdefault(row.number, {})[row.phase] = row
    for number, phases in sorted(by_phase.items()):
        ended = phases.get("ended")
        yield TryView(
            number=number,
            begun_at=phases["begun"].at,
            ended_at=ended.at if ended else None,
            status=ended.status if ended else None,
            words=ended.words if ended else "",
            milliseconds=ended.milliseconds if ended else 0,
        )
