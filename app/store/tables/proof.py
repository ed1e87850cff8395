"""The table of the audit exports that were asked for."""

from typing import Literal

from sqlmodel import Field, SQLModel

from app.store.columns import one_of

ExportProgress = Literal["building", "ready", "failed"]
"""How far an export is."""


class Export(SQLModel, table=True):
    """An audit export being made or kept."""

    __tablename__ = "export"

    outlet_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    first_day: str | None = None
    last_day: str | None = None
    state: ExportProgress = one_of("building")
    chunks: int = 0
    acknowledged: int = 0
    created_at: str
