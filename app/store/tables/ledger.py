"""The tables of the ledger: series and their keys, entries, and the frozen answers.

Money is integer centimes, quantities integer thousandths, times `YYYY-MM-DDTHH:MM:SSZ` text.
"""

from typing import Literal

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.fiscal.ledger import EntryKind
from app.store.columns import octets, one_of

FrozenStatus = Literal["sealed", "normalised", "refused"]
"""What a frozen answer says of its sale."""

SaleStatus = FrozenStatus | Literal["in_doubt"]
"""What the API says of a sale."""


Standing = Literal["open", "quarantine", "left"]
"""Whether a series may grow: entries of it are missing here, or another took its place."""


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
    standing: Standing = one_of("open")


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
    kind: EntryKind = one_of()
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
    status: FrozenStatus = one_of()
    body: bytes = octets()


class DgiCode(SQLModel, table=True):
    """The Code DEF/DGI of an invoice, as its `normalised` entry says it: to find it by."""

    __tablename__ = "dgi_code"

    outlet_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    fiscal_number: str


class ForeignOriginal(SQLModel, table=True):
    """An invoice that another system made, as a manager entered it to be credited here."""

    __tablename__ = "foreign_original"

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    code: str = Field(primary_key=True)
    body: bytes = octets()
    """Canonical JSON; its hash stands in the event of the ledger."""
    entered_at: str
    entered_by: str


APPEND_ONLY = ("ledger", "answer")
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
