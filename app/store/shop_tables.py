"""The tables of a shop: its outlets, devices, people, articles and clients.

Money is integer centimes, quantities integer thousandths, times `YYYY-MM-DDTHH:MM:SSZ` text.
"""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.columns import big, octets


class Merchant(SQLModel, table=True):
    """A taxpayer."""

    nif: str = Field(primary_key=True)
    name: str


class Outlet(SQLModel, table=True):
    """A point of sale: what its papers say (SFE 1.2.1 a to d, j, v) and how it seals."""

    outlet_id: str = Field(primary_key=True)
    merchant_nif: str = Field(foreign_key="merchant.nif")
    name: str
    address: str
    contact: str
    regime: str
    isf: str
    zone: str
    legal_mode: str = "strict"
    septante: bool = True
    control_module: str | None = None
    """NIM of the module that normalises its invoices; none: a sealed invoice is complete."""
    offline_policy: str = "bloquer"
    """What its tills do when nothing is reachable: `bloquer` or `provisoire`."""
    offline_hours: int = 48
    """How old the oldest unsealed or waiting sale may grow before new ones are blocked."""
    provisional_approval: str | None = None
    """The written approval without which no till may sell under `provisoire`."""


class ControlModuleRow(SQLModel, table=True):
    """One token of the e-MCF. One owner at a time: `owner`, `epoch`, `expires_at`."""

    __tablename__ = "control_module"

    nim: str = Field(primary_key=True)
    nif: str
    url: str
    token: str
    ts_order: str = "total-first"
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


class Terminal(SQLModel, table=True):
    """A till of an outlet; the tablet at it is a `Device`."""

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    terminal_id: str = Field(primary_key=True)
    name: str


class Device(SQLModel, table=True):
    """A tablet that is or was a terminal: its public key, and what it last said of itself."""

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    device_id: str = Field(primary_key=True, unique=True)
    """The first 22 characters of its key's thumbprint (RFC 7638)."""
    terminal_id: str
    jwk: str
    """JSON: kty, crv, x, y."""
    enrolled_at: str
    replaced_at: str | None = None
    """Another tablet is this terminal since then; what this one sold is still taken."""
    revoked_at: str | None = None
    """Its sales are kept for the manager from then on, and not sealed."""
    last_seq: int = big(default=0)
    """The last entry of its journal that it told, and its hash."""
    journal_head: str = ""
    outbox: int = 0
    """Sales that only the tablet had when it last spoke."""
    oldest: str | None = None
    """When the oldest of them was sold."""
    heartbeat: str = ""
    """JSON: all that it last said."""
    heard_at: str | None = None


class HeldSale(SQLModel, table=True):
    """A sale of a revoked device: kept as it came, for the manager; append-only."""

    __tablename__ = "held_sale"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    device_id: str
    body: bytes = octets()
    at: str


class Print(SQLModel, table=True):
    """A paper of a sale: `original` exists once, every other copy is a DUPLICATA; append-only."""

    __tablename__ = "print"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    copy_id: str = Field(primary_key=True)
    """`original`, or the UUID of the request for a copy."""
    device_id: str
    at: str


class Client(SQLModel, table=True):
    """A customer that an invoice has named (SFE 1.1.11), as the tills of the outlet know it."""

    __table_args__ = (Index("ix_client_changed", "outlet_id", "changed"),)

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    client_id: str = Field(primary_key=True)
    """The NIF, or for a client without one a hash of type and name."""
    type: str
    name: str
    nif: str = ""
    contact: str = ""
    address: str = ""
    exemption: str = ""
    """The last reference of an exemption document (comment line A)."""
    changed: int = big()
    """Cursor of the outlet's clients: larger than that of every change before."""


class EnrolmentLink(SQLModel, table=True):
    """A one-time link that makes a browser a terminal."""

    __tablename__ = "enrolment_link"

    token_hash: str = Field(primary_key=True)
    outlet_id: str
    terminal_id: str
    expires_at: str
    used_at: str | None = None
    device_id: str | None = None
    """The device that used it; the same one may ask again when its answer was lost."""


class Person(SQLModel, table=True):
    """A cashier or a manager of an outlet."""

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    cashier_id: str = Field(primary_key=True)
    name: str
    role: str
    """`cashier` or `manager`."""
    pin_hash: str
    """argon2id."""


class PinAttempts(SQLModel, table=True):
    """Wrong PINs of one person on one terminal since the last right one."""

    __tablename__ = "pin_attempts"

    outlet_id: str = Field(primary_key=True)
    terminal_id: str = Field(primary_key=True)
    cashier_id: str = Field(primary_key=True)
    wrong: int = 0
    locked_until: str | None = None


class TillSession(SQLModel, table=True):
    """An unlocked till: who sells on which terminal."""

    __tablename__ = "till_session"

    token_hash: str = Field(primary_key=True)
    """SHA-256 of the session cookie (256 random bits)."""
    outlet_id: str
    terminal_id: str
    cashier_id: str
    csrf_token: str
    opened_at: str
    closed_at: str | None = None


class ApiKey(SQLModel, table=True):
    """A bearer key: 256 random bits, kept as SHA-256, scoped to an outlet and operations."""

    __tablename__ = "api_key"

    key_hash: str = Field(primary_key=True)
    key_id: str = Field(unique=True)
    outlet_id: str = Field(foreign_key="outlet.outlet_id")
    operations: str
    """Space-separated: `invoices:write invoices:read exports`."""
    revoked_at: str | None = None


class Article(SQLModel, table=True):
    """What the till sells; prices in centimes."""

    __table_args__ = (Index("ix_article_changed", "outlet_id", "changed"),)

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    code: str = Field(primary_key=True)
    type: str
    name: str
    unit: str
    category: str
    unit_price: int = big()
    tax_group: str
    barcode: str | None = None
    specific_tax_kind: str | None = None
    specific_tax_value: int | None = None
    """Centimes per unit, or thousandths of a percent."""
    specific_tax_label: str | None = None
    favourite: bool = False
    changed: int = big(default=0)
    """Cursor of the outlet's articles: larger than that of every change before."""
    gone: bool = False
    """It is no longer sold; the tills must hear so."""


class CurrencyRate(SQLModel, table=True):
    """The BCC mean of a day: ten-thousandths of CDF for one USD."""

    __tablename__ = "currency_rate"

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    currency: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    rate: int = big()
    source: str


APPEND_ONLY = ("held_sale", "print")
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
