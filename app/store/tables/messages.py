"""The tables of what people and integrators are told: announcements, messages and their tries.

Times are `YYYY-MM-DDTHH:MM:SSZ` text where people or the law read them, whole seconds since 1970
where a worker compares them.
"""

from typing import Final, Literal

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.store.columns import big, octets, one_of

EventName = Literal[
    "invoice.sealed", "invoice.normalised", "invoice.refused", "invoice.in_doubt",
    "invoice.failed", "outlet.status", "outlet.deadline", "device.*", "report.sealed",
    "device.table", "device.token", "device.clock",
]  # fmt: skip
"""What may be told; the ledger tells of more devices' events, all of the family `device.*`."""

OF_DEVICES: Final = "device.*"
"""The family of every event of a device."""

RECEIPT: Final = "receipt"
"""What a message carries that tells no event."""

ChannelName = Literal["webhook", "email", "whatsapp", "whatsapp-link"]
"""By what a message goes; people send a `whatsapp-link` themselves."""

MessageState = Literal["pending", "sending", "sent", "failed", "prepared"]
"""Where a message is; `prepared`: a link that people send themselves."""

Reached = Literal["delivered", "read"]
"""How far it came, where the other side tells; no e-mail does."""

Phase = Literal["begun", "ended", "delivered", "read", "failed"]
"""What a row of the delivery log says: of our try, then what the other side reported."""

Carried = EventName | Literal["receipt"]
"""What a message may be about; `app.services.messages.catalogue` has a row for each."""


class Announcement(SQLModel, table=True):
    """Something to tell outside, once; the publisher makes one message a subscriber of it."""

    __table_args__ = (Index("ix_announcement_untold", "told_at"),)

    outlet_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """Dense per outlet."""
    at: str
    event: EventName = one_of()
    data: str
    """JSON: text members."""
    told_at: str | None = None
    """When its messages were written."""


class LedgerCursor(SQLModel, table=True):
    """How far a reader of a series has come."""

    __tablename__ = "ledger_cursor"

    outlet_id: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    reader: str = Field(primary_key=True)
    """`webhooks`."""
    position: int


class Message(SQLModel, table=True):
    """An outbox row: something on its way to a person or a program. Mutable."""

    __table_args__ = (
        Index("ix_message_due", "state", "next_try"),
        Index("ix_message_log", "outlet_id", "target", "created_at"),
        Index("ix_message_sale", "outlet_id", "sale_id"),
        Index(
            "ix_message_remote",
            "remote_id",
            sqlite_where=text("remote_id IS NOT NULL"),
            postgresql_where=text("remote_id IS NOT NULL"),
        ),
    )

    outlet_id: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    """`msg_` and 128 random bits: the `webhook-id`, and part of an e-mail's Message-ID."""
    channel: ChannelName = one_of()
    event: str
    """What it tells, or `receipt`."""
    target: str
    """The endpoint's id, an e-mail address or a telephone number."""
    sale_id: str | None = None
    """Of a `receipt`."""
    facts: str = "{}"
    """JSON: what the text of an alert is written from."""
    body: bytes = octets()
    """What is sent: written once, at the first try at the latest, the same at every try."""
    created_at: str
    state: MessageState = one_of("pending")
    attempts: int = 0
    next_try: int = big(default=0)
    owner: str | None = None
    expires_at: int = big(default=0)
    last_error: str | None = None
    done_at: str | None = None
    remote_id: str | None = None
    """What the other side calls it (WhatsApp's `wamid…`)."""
    reached: Reached | None = one_of(None)


class MessageTry(SQLModel, table=True):
    """The delivery log: a try begun, and what came of it; append-only."""

    __tablename__ = "message_try"

    outlet_id: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per message."""
    phase: Phase = one_of(key=True)
    at: str
    status: int | None = None
    """HTTP's or SMTP's; None when no answer came."""
    words: str = ""
    """What was answered (its beginning), or why nothing was."""
    milliseconds: int = 0


class WebhookEndpoint(SQLModel, table=True):
    """Where an integrator is told of events; never switched off by itself."""

    __tablename__ = "webhook_endpoint"

    outlet_id: str = Field(primary_key=True)
    endpoint_id: str = Field(primary_key=True)
    url: str
    events: str
    """Space-separated names; `*` for all."""
    secret: str
    """`whsec_` and base64 (Standard Webhooks)."""
    previous_secret: str | None = None
    previous_until: str | None = None
    """Both secrets sign until then."""
    created_at: str
    removed_at: str | None = None


APPEND_ONLY = ("message_try",)
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
