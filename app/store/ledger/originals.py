"""Originals of credit notes by their Code DEF/DGI: our invoices, and those of other systems."""

from sqlmodel import Session

from app.store.tables.ledger import DgiCode, ForeignOriginal


def add_code(session: Session, key: tuple[str, str], fiscal_number: str) -> None:
    """The invoice is found by that key (outlet, Code DEF/DGI); the first that had it stays."""
    if session.get(DgiCode, key) is None:
        session.add(DgiCode(outlet_id=key[0], code=key[1], fiscal_number=fiscal_number))
        session.flush()


def number_of_code(session: Session, outlet_id: str, code: str) -> str | None:
    """The fiscal number of the outlet's invoice with that code."""
    row = session.get(DgiCode, (outlet_id, code))
    return None if row is None else row.fiscal_number


def foreign_original(session: Session, outlet_id: str, code: str) -> ForeignOriginal | None:
    """The invoice of another system that a manager entered under that code."""
    return session.get(ForeignOriginal, (outlet_id, code))


def add_foreign_original(session: Session, row: ForeignOriginal) -> None:
    """The invoice may be credited from now on."""
    session.add(row)
    session.flush()
