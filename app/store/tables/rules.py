"""The table of the rules that somebody changed."""

from sqlmodel import Field, SQLModel


class Setting(SQLModel, table=True):
    """A rule that somebody changed; those nobody changed have their default (`services.policy`)."""

    scope: str = Field(primary_key=True)
    """An outlet, or `*` for all."""
    name: str = Field(primary_key=True)
    value: str
    changed_at: str
    changed_by: str
