"""The tables of what a person must look at, and of what people decided."""

from typing import Final, Literal

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.store.columns import one_of

CaseKind = Literal[
    "refused", "in_doubt", "failed", "difference", "elements", "table", "token", "clock",
    "message", "grace", "quarantine", "counters",
]  # fmt: skip
"""What a case may be; `app.services.cases.kinds` has a row for each."""

REFUSALS: Final[tuple[CaseKind, ...]] = ("refused", "difference")
"""Cases of invoices that are none: the sale must be made anew."""

Fixer = Literal["cashier", "manager", "operator", "dgi"]
"""Who can act."""

Act = Literal["propose", "approve", "withdraw"]
"""What a person does about a sale in doubt."""


class Case(SQLModel, table=True):
    """Something that a person must look at, until it is closed."""

    __tablename__ = "sync_case"
    __table_args__ = (
        Index(
            "ix_case_open",
            "outlet_id",
            "kind",
            "about",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    outlet_id: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    """`{kind}-{number}`; the number is dense per outlet."""
    number: int
    kind: CaseKind = one_of()
    about: str
    """The sale, the tax group, the module or the address that it is about."""
    text: str
    """What happened, in the words of DGI or ours."""
    fix: Fixer = one_of()
    opened_at: str
    closed_at: str | None = None
    closed_by: str | None = None
    outcome: str | None = None


class Decision(SQLModel, table=True):
    """An act of a person on a sale in doubt: two people settle it; append-only."""

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1, per sale."""
    act: Act = one_of()
    by: str
    """The person's cashier_id, or `operator:{name}`."""
    at: str
    document: str = "{}"
    """JSON: what was found, in text members."""


APPEND_ONLY = ("decision",)
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
