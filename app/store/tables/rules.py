"""The tables of the rules that somebody changed, and of the law that operators added."""

from typing import Literal

from sqlmodel import Field, SQLModel

from app.store.columns import octets, one_of


class Setting(SQLModel, table=True):
    """A rule that somebody changed; those nobody changed have their default (`services.policy`)."""

    scope: str = Field(primary_key=True)
    """An outlet, or `*` for all."""
    name: str = Field(primary_key=True)
    value: str
    changed_at: str
    changed_by: str


LawDeed = Literal["add", "approve", "withdraw"]
"""What a person does about a table of the law that this program does not carry."""


class LawAct(SQLModel, table=True):
    """An act of an operator on a tax table; append-only. Two people's approvals put it in force."""

    __tablename__ = "law_act"

    number: int = Field(primary_key=True)
    """From 1."""
    name: str
    """The table's."""
    act: LawDeed = one_of()
    by: str
    """`operator:{name}`."""
    at: str
    hash: str
    """Of the canonical form of the table's file, as that person saw it."""
    file: bytes = octets()
    """That form; empty but for `add`."""


APPEND_ONLY = ("law_act",)
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
