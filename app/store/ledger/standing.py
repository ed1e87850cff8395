"""Whether series may grow, and what a comparison with what others know needs of them."""

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from app.fiscal.ledger import Head
from app.store.ledger.entries import Key
from app.store.tables.ledger import LedgerEntry, Series, Standing
from app.store.tenancy import within


def series_of_party(session: Session, authority: str, outlet_id: str) -> list[Series]:
    """Every series of that sealing party there, or `EVERYWHERE`, in order; left ones too."""
    query = select(Series).where(
        Series.authority == authority, within(col(Series.outlet_id), outlet_id)
    )
    return list(session.exec(query.order_by(col(Series.outlet_id), col(Series.series))))


def head_of(row: Series) -> Head:
    """Where that series stands."""
    return Head(**row.model_dump(exclude={"authority", "standing"}))


def last_time(session: Session, outlet_id: str) -> str:
    """The time of the newest entry of what may grow there, or `EVERYWHERE`; empty when none is."""
    newest = select(func.max(Series.timestamp)).where(
        Series.standing == "open",
        col(Series.position) > 0,
        within(col(Series.outlet_id), outlet_id),
    )
    return session.scalar(newest) or ""


def hash_at(session: Session, key: Key, position: int) -> str | None:
    """The hash of the entry that stands there, or None."""
    return session.scalar(
        select(LedgerEntry.entry_hash).where(
            LedgerEntry.outlet_id == key[0],
            LedgerEntry.series == key[1],
            LedgerEntry.position == position,
        )
    )


def first_body(session: Session, key: Key) -> bytes | None:
    """The body of the first entry of the series, or None."""
    return session.scalar(
        select(LedgerEntry.body).where(
            LedgerEntry.outlet_id == key[0],
            LedgerEntry.series == key[1],
            LedgerEntry.position == 1,
        )
    )


def hash_of_number(session: Session, outlet_id: str, fiscal_number: str) -> str | None:
    """The hash of the invoice with that fiscal number, or None."""
    return session.scalar(
        select(LedgerEntry.entry_hash).where(
            LedgerEntry.outlet_id == outlet_id, LedgerEntry.fiscal_number == fiscal_number
        )
    )


def set_standing(session: Session, key: Key, standing: Standing) -> None:
    """The series stands so."""
    row = col(Series.outlet_id) == key[0], col(Series.series) == key[1]
    session.execute(update(Series).where(*row).values(standing=standing))


def in_quarantine(session: Session, outlet_id: str) -> bool:
    """A series of that outlet is in quarantine."""
    query = select(Series.series).where(
        Series.outlet_id == outlet_id, Series.standing == "quarantine"
    )
    return session.exec(query.limit(1)).first() is not None
