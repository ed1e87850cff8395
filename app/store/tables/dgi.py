"""The tables of the way of the invoices to their control modules.

Times are `YYYY-MM-DDTHH:MM:SSZ` text where people or the law read them, whole seconds since 1970
where a worker compares them.
"""

from typing import Final, Literal

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel

from app.store.columns import big, octets, one_of

OpenState = Literal["pending", "submitted", "confirming", "in_doubt", "failed"]
"""Where a delivery is that has not ended."""

DeliveryState = OpenState | Literal["done"]
"""Where a delivery is."""

CreditTable = Literal["original", "current"]
"""Which tax table a credit note is computed with."""

Ending = Literal["normalised", "refused"]
"""How a delivery ends."""

Passed = OpenState | Ending
"""What the history of a delivery says that it was."""

_MICROSECONDS: Final = 1_000_000
"""In a second: whole ones are all that `queued` has, so that no clock step reorders an outlet."""


def queued_from(seconds: int) -> int:
    """`Delivery.queued` of what is queued at that second since 1970."""
    return seconds * _MICROSECONDS


def queued_second(queued: int) -> int:
    """The second since 1970 of a `Delivery.queued`."""
    return queued // _MICROSECONDS


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
    state: DeliveryState = one_of("pending")
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

    @property
    def queued_at(self) -> int:
        """Seconds since 1970."""
        return queued_second(self.queued)


class ConfirmedRequest(SQLModel, table=True):
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


class ControlModuleRow(SQLModel, table=True):
    """One token of the e-MCF. One owner at a time: `owner`, `epoch`, `expires_at`."""

    __tablename__ = "control_module"

    nim: str = Field(primary_key=True)
    nif: str
    url: str
    token: str
    ts_order: str = "total-first"
    credit_table: CreditTable = one_of(default="original")
    """Which table a credit note has: its original's, or the one in force, if the module knows no
    other rates."""
    owner: str | None = None
    epoch: int = 0
    expires_at: int = 0
    """Seconds since 1970, by the clock of the database's machine."""
    last_total_counter: int | None = None
    """Total counter of the last invoice confirmed while nothing was in doubt."""
    paused_at: str | None = None
    paused_by: str | None = None
    """Who asked that nothing be sent; until somebody resumes."""
    failures: int = 0
    """Calls in a row without an answer that can be read."""
    rest_until: int = big(default=0)
    """Seconds since 1970: nothing is sent before then (circuit breaker, `Retry-After`)."""
    paced_until: int = big(default=0)
    """Seconds since 1970: when its token bucket is full again (rate limit)."""
    last_heard: str | None = None
    """When it last gave an answer that can be read."""
    last_error: str | None = None
    last_error_at: str | None = None
    token_valid: str | None = None
    """Until when the authority says that the token is valid."""

    @property
    def is_paused(self) -> bool:
        """Somebody asked that nothing be sent to it."""
        return self.paused_at is not None


class DeliveryChange(SQLModel, table=True):
    """Each state that a delivery has been in; append-only."""

    __tablename__ = "delivery_change"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per sale."""
    state: Passed = one_of()
    at: str
    reason: str | None = None
    """Why, in words for people."""
    epoch: int = 0
    """Of the worker that wrote it; 0: a person."""


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


APPEND_ONLY = ("confirming", "control_call", "control_answer", "delivery_change", "authority_list")
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
