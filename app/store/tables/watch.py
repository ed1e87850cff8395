"""The tables of what is watched: colours of outlets, probes, and whose turn a job is."""

from typing import Literal

from sqlmodel import Field, SQLModel

from app.store.columns import big, octets, one_of

Colour = Literal["green", "yellow", "red"]
"""How an outlet is."""


class OutletStatus(SQLModel, table=True):
    """Each colour that an outlet has had; append-only."""

    __tablename__ = "outlet_status"

    outlet_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per outlet."""
    at: str
    colour: Colour = one_of()
    reason: str
    """In words for people."""


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


APPEND_ONLY = ("outlet_status", "probe")
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
