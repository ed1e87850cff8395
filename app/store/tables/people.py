"""The tables of people: who sells, who operates, and the PINs they missed."""

from typing import Literal

from sqlmodel import Field, SQLModel

from app.store.columns import one_of

Role = Literal["cashier", "manager"]
"""What a person of an outlet may do: a manager decides, too."""


class Person(SQLModel, table=True):
    """A cashier or a manager of an outlet."""

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    cashier_id: str = Field(primary_key=True)
    name: str
    role: Role = one_of()
    pin_hash: str
    """argon2id."""


class ExternalPerson(SQLModel, table=True):
    """Somebody outside the outlet whom that key of the API may name as the seller."""

    __tablename__ = "external_person"

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    key_id: str = Field(primary_key=True, foreign_key="api_key.key_id")
    cashier_id: str = Field(primary_key=True)
    name: str


class PinAttempts(SQLModel, table=True):
    """Wrong PINs of one person on one terminal since the last right one."""

    __tablename__ = "pin_attempts"

    outlet_id: str = Field(primary_key=True)
    terminal_id: str = Field(primary_key=True)
    cashier_id: str = Field(primary_key=True)
    wrong: int = 0
    locked_until: str | None = None


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
