"""The tables of the ledger, of the way of its invoices to their control module, and of its exports.

Money is integer centimes, quantities integer thousandths, times `YYYY-MM-DDTHH:MM:SSZ` text.
"""

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.store.columns import big, octets


class Series(SQLModel, table=True):
    """The head of a series: the row that a sealing transaction locks."""

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    series: str = Field(primary_key=True)
    authority: str
    position: int
    entry_hash: str
    counter: int
    year: int
    number: int
    timestamp: str


class SigningKey(SQLModel, table=True):
    """A public key of a sealing party, as published at `/.well-known/jwks.json`."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    authority: str
    jwk: str
    """JSON: kty, crv, x, y."""
    outlets: str = "*"
    not_before: str
    not_after: str


class LedgerEntry(SQLModel, table=True):
    """One entry of the ledger; append-only, by triggers. The idempotency record is this row."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("outlet_id", "series", "previous"),
        UniqueConstraint("outlet_id", "sale_id"),
        UniqueConstraint("fiscal_number"),
        UniqueConstraint("receipt_token"),
        Index("ix_ledger_about", "outlet_id", "about"),
        Index(
            "ix_ledger_replaces",
            "outlet_id",
            "replaces",
            sqlite_where=text("replaces IS NOT NULL"),
            postgresql_where=text("replaces IS NOT NULL"),
        ),
    )

    outlet_id: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    kind: str
    entry: bytes = octets()
    """The canonical bytes of `entry/1`; the seal is inside."""
    body: bytes = octets()
    entry_hash: str
    previous: str
    sale_id: str | None = None
    """Of an `invoice`."""
    request_hash: str | None = None
    fiscal_number: str | None = None
    auth_code: str | None = None
    receipt_token: str | None = None
    """128 random bits, the address of the receipt."""
    about: str | None = None
    """The fiscal number that a credit note takes back, or that a fact is about."""
    replaces: str | None = None
    """The refused sale that an `invoice` takes the place of."""


class Answer(SQLModel, table=True):
    """The frozen answer of a sale; append-only, by triggers."""

    __tablename__ = "answer"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    status: str
    """`sealed`, `normalised` or `refused`."""
    body: bytes = octets()


class Delivery(SQLModel, table=True):
    """An outbox row: a sealed invoice on its way to its control module. Mutable, no ledger."""

    __tablename__ = "delivery"
    __table_args__ = (
        ForeignKeyConstraint(
            ["outlet_id", "series", "position"],
            ["ledger.outlet_id", "ledger.series", "ledger.position"],
        ),
        Index("ix_delivery_queue", "nim", "state", "queued"),
        Index("ix_delivery_arrival", "outlet_id", "queued"),
        Index(
            "ix_delivery_open",
            "outlet_id",
            "queued",
            "state",
            sqlite_where=text("state <> 'done'"),
            postgresql_where=text("state <> 'done'"),
        ),
    )

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    nim: str
    series: str
    position: int
    queued: int = big()
    """Arrival order on its control module: microseconds since 1970, then the position."""
    state: str = "pending"
    """`pending`, `submitted`, `confirming`, `in_doubt`, `done`, `failed`."""
    epoch: int = 0
    doubt_since: str | None = None
    doubt_reason: str | None = None
    evidence: str | None = None
    """What the counters say of a sale in doubt, proposed to the manager."""
    last_error: str | None = None
    attempts: int = 0
    """Deliveries that ended without an answer that decides."""
    next_try: int = big(default=0)
    """Seconds since 1970: not tried again before then."""
    done_at: str | None = None


class Confirming(SQLModel, table=True):
    """The one request of an invoice that may ever be confirmed; append-only."""

    __tablename__ = "confirming"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    uid: str = Field(unique=True)


class ControlCall(SQLModel, table=True):
    """The intent of a call to a control module, written before the call; append-only."""

    __tablename__ = "control_call"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per sale."""
    nim: str
    step: str
    uid: str | None = None
    request: bytes = octets()
    epoch: int
    at: str


class ControlAnswer(SQLModel, table=True):
    """The raw answer to a call, stored before it was read; append-only."""

    __tablename__ = "control_answer"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    status: int | None = None
    body: bytes = octets()
    at: str


class Export(SQLModel, table=True):
    """An audit export being made or kept."""

    __tablename__ = "export"

    outlet_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    first_day: str | None = None
    last_day: str | None = None
    state: str = "building"
    """`building`, `ready`, `failed`."""
    chunks: int = 0
    acknowledged: int = 0
    created_at: str


APPEND_ONLY = ("ledger", "answer", "confirming", "control_call", "control_answer")
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
