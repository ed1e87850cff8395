"""The tables of who sells: merchants, their outlets, and the keys of the API."""

from typing import Literal

from sqlmodel import Field, SQLModel

from app.store.columns import one_of

LegalMode = Literal["strict", "platform"]
"""Whether a sealed invoice is a paper before it is normalised."""

OfflinePolicy = Literal["bloquer", "provisoire"]
"""What tills do when nothing is reachable."""


class Merchant(SQLModel, table=True):
    """A taxpayer."""

    nif: str = Field(primary_key=True)
    name: str
    """Its legal name."""
    rccm: str | None = None
    """Its number in the trade register."""


class Outlet(SQLModel, table=True):
    """A point of sale: what its papers say (SFE 1.2.1 a to d, j, v) and how it seals."""

    outlet_id: str = Field(primary_key=True)
    merchant_nif: str = Field(foreign_key="merchant.nif")
    name: str
    address: str
    contact: str
    phone: str | None = None
    email: str | None = None
    regime: str
    isf: str
    zone: str
    legal_mode: LegalMode = one_of("strict")
    septante: bool = True
    control_module: str | None = None
    """NIM of the module that normalises its invoices; none: a sealed invoice is complete."""
    offline_policy: OfflinePolicy = one_of("bloquer")
    offline_hours: int = 48
    """How old the oldest unsealed or waiting sale may grow before new ones are blocked."""
    provisional_approval: str | None = None
    """The written approval without which no till may sell under `provisoire`."""


class ApiKey(SQLModel, table=True):
    """A bearer key: 256 random bits, kept as SHA-256, scoped to an outlet and operations."""

    __tablename__ = "api_key"

    key_hash: str = Field(primary_key=True)
    key_id: str = Field(unique=True)
    outlet_id: str = Field(foreign_key="outlet.outlet_id")
    operations: str
    """Space-separated: `invoices:write invoices:read exports`."""
    revoked_at: str | None = None
