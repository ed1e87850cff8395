"""Sales by the beginning of their id, as a claim code says it."""

from sqlmodel import Session, col, select

from app.store.tables.ledger import LedgerEntry


def sales_beginning(session: Session, outlet_id: str, prefix: str) -> list[str]:
    """The ids of at most two sales of the outlet that begin so; `prefix` lacks the last 48 bits.

    Both bounds are whole ids, so that every collation puts the same ids between them.
    """
    query = (
        select(LedgerEntry.sale_id)
        .where(
            LedgerEntry.outlet_id == outlet_id,
            col(LedgerEntry.sale_id).between(prefix + "0" * 12, prefix + "f" * 12),
        )
        .limit(2)
    )
    return [sale_id for sale_id in session.exec(query) if sale_id is not None]
