"""The tax tables that operators added, and what people did about them."""

import json
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from app.fiscal.tables import TABLES, TaxTable, in_order, read_table
from app.store.tables.rules import LawAct, LawDeed

APPROVERS = 2
"""People who must approve a table before it is law here."""


@dataclass(slots=True)
class Added:
    """A table that an operator added, until it is withdrawn."""

    table: TaxTable
    approved_by: list[str] = field(default_factory=list)
    """In order, each person once."""

    @property
    def approved(self) -> bool:
        """Whether it comes into force on its day."""
        return len(self.approved_by) >= APPROVERS


@dataclass(frozen=True, slots=True)
class Verdict:
    """The act by which a table became law here, or by which one that was is none any more."""

    act: LawAct
    people: tuple[str, ...]


def added_tables(session: Session) -> dict[str, Added]:
    """By name, the tables that stand, approved or not."""
    return _walked(session)[0]


def verdicts(session: Session) -> list[Verdict]:
    """In order, what each outlet's ledger must say."""
    return _walked(session)[1]


def tables_of_law(session: Session) -> tuple[TaxTable, ...]:
    """This program's tables and those that two people approved, in the order of their days."""
    added = added_tables(session).values()
    return in_order((*TABLES, *(one.table for one in added if one.approved)))


def _walked(session: Session) -> tuple[dict[str, Added], list[Verdict]]:
    standing: dict[str, Added] = {}
    verdicts = []
    for act in session.exec(select(LawAct).order_by(col(LawAct.number))):
        if act.act == "add":
            standing[act.name] = Added(read_table(json.loads(act.file)))
            continue
        added = standing[act.name]
        before = added.approved
        if act.act == "approve":
            added.approved_by.append(act.by)
        else:
            del standing[act.name]
        if before or added.approved:
            people = (act.by,) if act.act == "withdraw" else tuple(added.approved_by)
            verdicts.append(Verdict(act, people))
    return standing, verdicts


def add_act(
    session: Session, table: TaxTable, act: LawDeed, *, by: str, at: str, file: bytes = b""
) -> None:
    """The act stands after those before it; of two at once, one is `Taken`."""
    last = session.exec(select(LawAct.number).order_by(col(LawAct.number).desc())).first()
    session.add(
        LawAct(
            number=(last or 0) + 1,
            name=table.name,
            act=act,
            by=by,
            at=at,
            hash=table.hash,
            file=file,
        )
    )
    session.flush()
