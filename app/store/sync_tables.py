"""The tables of the way to the authority, and of what people are told about it.

Times are `YYYY-MM-DDTHH:MM:SSZ` text where people or the law read them, whole seconds since 1970
where a worker compares them.
"""

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.store.columns import big, octets


class DeliveryChange(SQLModel, table=True):
    """Each state that a delivery has been in; append-only."""

    __tablename__ = "delivery_change"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per sale."""
    state: str
    """`pending`, `submitted`, `confirming`, `in_doubt`, `failed`, `normalised` or `refused`."""
    at: str
    reason: str | None = None
    """Why, in words for people."""
    epoch: int = 0
    """Of the worker that wrote it; 0: a person."""


class Setting(SQLModel, table=True):
    """A rule that somebody changed; those nobody changed have their default (`services.policy`)."""

    scope: str = Field(primary_key=True)
    """An outlet, or `*` for all."""
    name: str = Field(primary_key=True)
    value: str
    changed_at: str
    changed_by: str


class Case(SQLModel, table=True):
    """Something that a person must look at, until it is closed."""

    __tablename__ = "sync_case"
    __table_args__ = (
        Index(
            "ix_case_open",
            "outlet_id",
            "kind",
            "about",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    outlet_id: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    """`{kind}-{number}`; the number is dense per outlet."""
    number: int
    kind: str
    """`refused`, `in_doubt`, `failed`, `difference`, `elements`, `table`, `token`, `message`, …"""
    about: str
    """The sale, the tax group, the module or the address that it is about."""
    text: str
    """What happened, in the words of DGI or ours."""
    fix: str
    """Who can act: `cashier`, `manager`, `operator` or `dgi`."""
    opened_at: str
    closed_at: str | None = None
    closed_by: str | None = None
    outcome: str | None = None


class Decision(SQLModel, table=True):
    """An act of a person on a sale in doubt: two people settle it; append-only."""

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per sale."""
    act: str
    """`propose`, `approve` or `withdraw`."""
    by: str
    """The person's cashier_id, or `operator:{name}`."""
    at: str
    document: str = "{}"
    """JSON: what was found, in text members."""


class AuthorityList(SQLModel, table=True):
    """What `/api/info/…` said on a day, as it came: evidence; append-only."""

    __tablename__ = "authority_list"

    outlet_id: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    """The outlet's day."""
    name: str = Field(primary_key=True)
    """`taxGroups`, `status`, …"""
    number: int = Field(primary_key=True)
    """From 1: another answer of the same day has the next."""
    nim: str
    """The e-MCF that was asked."""
    at: str
    status: int | None = None
    """HTTP's, or None when no whole answer came."""
    body: bytes = octets()
    digest: str
    """SHA-256 of the body."""


class StoppedGroup(SQLModel, table=True):
    """A tax group that nothing is sealed with until somebody has looked."""

    __tablename__ = "stopped_group"

    outlet_id: str = Field(primary_key=True)
    tax_group: str = Field(primary_key=True)
    reason: str
    since: str


class OutletStatus(SQLModel, table=True):
    """Each colour that an outlet has had; append-only."""

    __tablename__ = "outlet_status"

    outlet_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per outlet."""
    at: str
    colour: str
    """`green`, `yellow` or `red`."""
    reason: str
    """In words for people."""


class Announcement(SQLModel, table=True):
    """Something to tell outside, once; the publisher makes one message a subscriber of it."""

    __table_args__ = (Index("ix_announcement_untold", "told_at"),)

    outlet_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """Dense per outlet."""
    at: str
    event: str
    """`invoice.in_doubt`, `outlet.status`, `device.…`, …"""
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
    channel: str
    """`webhook`, `email`, `whatsapp` or `whatsapp-link`."""
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
    state: str = "pending"
    """`pending`, `sending`, `sent`, `failed`; `prepared`: a link that people send themselves."""
    attempts: int = 0
    next_try: int = big(default=0)
    owner: str | None = None
    expires_at: int = big(default=0)
    last_error: str | None = None
    done_at: str | None = None
    remote_id: str | None = None
    """What the other side calls it (WhatsApp's `wamid…`)."""
    reached: str | None = None
    """`delivered` or `read`, where the other side tells; no e-mail does."""


class MessageTry(SQLModel, table=True):
    """The delivery log: a try begun, and what came of it; append-only."""

    __tablename__ = "message_try"

    outlet_id: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per message."""
    phase: str = Field(primary_key=True)
    """`begun`, `ended`; then what the other side reported: `delivered`, `read`, `failed`."""
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


class Probe(SQLModel, table=True):
    """One entry of the probe log: what could be reached, chained and signed; append-only."""

    outlet_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """Dense from 1, per outlet."""
    statement: bytes = octets()
    """The canonical bytes of `probe/1`."""
    digest: str
    """SHA-256 of the statement."""
    signature: str | None = None
    """Compact JWS over it; None while the signer did not answer: a later one covers the chain."""


class Turn(SQLModel, table=True):
    """Who does a piece of work that many processes could do: one at a time."""

    name: str = Field(primary_key=True)
    owner: str
    expires_at: int = big(default=0)
    done_at: int = big(default=0)
    """When it was last finished."""


class OperatorLink(SQLModel, table=True):
    """A one-time link that opens the operators' pages in a browser."""

    __tablename__ = "operator_link"

    token_hash: str = Field(primary_key=True)
    name: str
    expires_at: str
    used_at: str | None = None


class OperatorSession(SQLModel, table=True):
    """A browser of an operator of the central service."""

    __tablename__ = "operator_session"

    token_hash: str = Field(primary_key=True)
    """SHA-256 of the session cookie (256 random bits)."""
    name: str
    csrf_token: str
    opened_at: str
    expires_at: str
    closed_at: str | None = None


APPEND_ONLY = (
    "delivery_change", "decision", "authority_list", "outlet_status", "message_try", "probe",
)  # fmt: skip
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
