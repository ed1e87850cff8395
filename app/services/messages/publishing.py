"""Publishing: what an outlet did becomes one message for each who listens, exactly once.

The ledger is read behind a cursor that moves in the transaction that writes the messages, and so
are the announcements marked as told. Whoever begins to listen is told from then on, and of nothing
before: see `subscriptions.set_mark`.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from app.fiscal.ledger import utc_text
from app.services.messages.catalogue import ALERTS
from app.services.messages.events import Event, events_of, read_announcements, wants
from app.services.rules.policy import policy_of
from app.store.engine import Engine, Session, reading, writing
from app.store.messages import listeners as listener_rows
from app.store.messages import messages as rows
from app.store.tables.ledger import LedgerEntry
from app.store.tables.messages import Announcement, ChannelName, Message

ENTRIES: Final = 100
"""Of each series that one transaction tells at most: a sale must not wait long for it."""


def publish(engine: Engine, now: datetime) -> int:
    """Everything that stands is told to those who listen; returns the messages written.

    Any number of processes may publish at once: one at a time works on an outlet.
    """
    with reading(engine) as session:
        listened = listener_rows.what_to_publish(session)
    begun = (listened.behind & listened.heard) | (listened.heard - listened.marked)
    return sum(
        _publish_outlet(engine, outlet_id, utc_text(now))
        for outlet_id in sorted(begun | (listened.marked - listened.heard) | listened.untold)
    )


def _publish_outlet(engine: Engine, outlet_id: str, at: str) -> int:
    written = 0
    while True:
        with writing(engine) as session:
            published = tell(session, outlet_id, at)
        written += published.messages
        if published.whole:
            return written


@dataclass(frozen=True, slots=True)
class Published:
    """What one transaction told."""

    messages: int
    whole: bool
    """Nothing is left to tell."""


@dataclass(frozen=True, slots=True)
class _Listeners:
    """Who is told, and of what."""

    endpoints: Sequence[tuple[str, list[str]]]
    """Endpoint ids, and the events each asked for."""
    addresses: Sequence[str]
    """E-mail addresses of the alerts."""


def tell(session: Session, outlet_id: str, at: str) -> Published:
    """The next entries and all announcements of the outlet are told; the caller commits."""
    marked = listener_rows.hold_mark(session, outlet_id)
    listeners = _listeners(session, outlet_id)
    if not (listeners.endpoints or listeners.addresses):
        listener_rows.drop_mark(session, outlet_id)
        _told_announcements(session, outlet_id, at)
        return Published(0, whole=True)
    if not marked:
        listener_rows.set_mark(session, outlet_id)
    entries = listener_rows.untold_entries(session, outlet_id, ENTRIES)
    events = events_of(session, outlet_id, entries)
    events += read_announcements(session, outlet_id, _told_announcements(session, outlet_id, at))
    messages = [m for event in events for m in _messages(outlet_id, event, listeners, at)]
    rows.add(session, messages)
    listener_rows.move_cursors(session, entries)
    return Published(len(messages), whole=not _full(entries))


def _full(entries: Sequence[LedgerEntry]) -> bool:
    return len(entries) >= ENTRIES  # of several series together: one more look finds nothing


def _told_announcements(session: Session, outlet_id: str, at: str) -> list[Announcement]:
    found = listener_rows.untold_announcements(session, outlet_id)
    if found:
        listener_rows.mark_told(session, outlet_id, found[-1].number, at)
    return found


def _listeners(session: Session, outlet_id: str) -> _Listeners:
    live = listener_rows.endpoints(session, outlet_id)
    return _Listeners(
        [(row.endpoint_id, row.events.split()) for row in live],
        policy_of(session, outlet_id).alert_emails.split(),
    )


def _messages(outlet_id: str, event: Event, to: _Listeners, at: str) -> Iterator[Message]:
    payload = event.payload()
    for endpoint_id, asked in to.endpoints:
        if wants(asked, event.name):
            yield new_message(outlet_id, "webhook", event.name, endpoint_id, at, body=payload)
    if wants(ALERTS, event.name):
        facts = msgspec.json.encode({"at": event.at, **event.data}).decode()
        for address in to.addresses:
            yield new_message(outlet_id, "email", event.name, address, at, facts=facts)


def new_message(
    outlet_id: str,
    channel: ChannelName,
    event: str,
    target: str,
    at: str,
    *,
    body: bytes = b"",
    facts: str = "{}",
    sale_id: str | None = None,
) -> Message:
    """A message that is due at once, with an id that nobody can guess."""
    return Message(
        outlet_id=outlet_id,
        message_id=f"msg_{secrets.token_hex(16)}",
        channel=channel,
        event=event,
        target=target,
        sale_id=sale_id,
        facts=facts,
        body=body,
        created_at=at,
    )
