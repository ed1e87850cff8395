"""The tables of who sells: merchants, their outlets, and the keys of the API."""

from sqlmodel import Field, SQLModel


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


class ApiKey(SQLModel, table=True):
    """A bearer key: 256 random bits, kept as SHA-256, scoped to an outlet and operations."""

    __tablename__ = "api_key"

    key_hash: str = Field(primary_key=True)
    key_id: str = Field(unique=True)
    outlet_id: str = Field(foreign_key="outlet.outlet_id")
    operations: str
    """Space-separated: `invoices:write invoices:read exports`."""
    revoked_at: str | None = None
