"""The tables of tills: terminals, the tablets at them, and what these brought in vain."""

from sqlmodel import Field, SQLModel

from app.store.columns import big, octets


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


APPEND_ONLY = ("held_sale",)
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
