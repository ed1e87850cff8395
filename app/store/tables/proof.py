"""The table of the audit exports that were asked for."""

from sqlmodel import Field, SQLModel


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
