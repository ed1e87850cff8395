"""The papers of sales: one original each, and copies in the order in which they were asked for."""

from sqlmodel import Session, col, select

from app.store.outlets import hold_outlet
from app.store.tables.papers import Print

ORIGINAL = "original"
AT_ITS_ADDRESS = "address"
"""In place of a device, for the original that the receipt's address gave."""


def papers_of(session: Session, outlet_id: str, sale_id: str) -> list[Print]:
    """Every paper of the sale, oldest first."""
    query = (
        select(Print)
        .where(Print.outlet_id == outlet_id, Print.sale_id == sale_id)
        .order_by(col(Print.at))
    )
    return list(session.exec(query))


def held_papers(session: Session, outlet_id: str, sale_id: str) -> list[Print]:
    """The same, and until this transaction ends no other adds one."""
    hold_outlet(session, outlet_id)
    return papers_of(session, outlet_id, sale_id)


def add_paper(session: Session, paper: Print) -> None:
    """The paper stands."""
    session.add(paper)
    session.flush()
