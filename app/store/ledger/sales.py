"""Sales as the ledger holds them: found, listed, and with what lives beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, tuple_
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from app.fiscal.ledger import Appended
from app.fiscal.numbering import parse_fiscal_number
from app.store.ledger.entries import Key, ledger_row
from app.store.tables.dgi import Delivery
from app.store.tables.ledger import Answer, FrozenStatus, LedgerEntry, SaleStatus

_LEDGER = LedgerEntry.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class RecordedSale:
    """A sale as the ledger holds it: where, under which numbers, and its bytes."""

    outlet_id: str
    sale_id: str
    series: str
    position: int
    request_hash: str
    fiscal_number: str
    auth_code: str
    receipt_token: str
    entry: bytes
    entry_hash: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SaleState:
    """A recorded sale with what lives beside the ledger."""

    sale: RecordedSale
    frozen: bytes | None
    """The frozen answer."""
    frozen_status: FrozenStatus | None
    delivery: Delivery | None


def invoice_row(
    appended: Appended, sale: RecordedSale, *, about: str | None, replaces: str | None
) -> dict[str, Any]:
    """The row of an `invoice` entry, with what it is looked up by."""
    return ledger_row(appended, sale.body, about=about) | {
        "sale_id": sale.sale_id,
        "request_hash": sale.request_hash,
        "fiscal_number": sale.fiscal_number,
        "auth_code": sale.auth_code,
        "receipt_token": sale.receipt_token,
        "replaces": replaces,
    }


SALE_COLUMNS = (
    LedgerEntry.outlet_id,
    LedgerEntry.sale_id,
    LedgerEntry.series,
    LedgerEntry.position,
    LedgerEntry.request_hash,
    LedgerEntry.fiscal_number,
    LedgerEntry.auth_code,
    LedgerEntry.receipt_token,
    LedgerEntry.entry,
    LedgerEntry.entry_hash,
    LedgerEntry.body,
)


_FIND_SALES = sql_select(*SALE_COLUMNS).where(  # type: ignore[call-overload]
    _LEDGER.c.outlet_id == bindparam("b_outlet"),
    _LEDGER.c.sale_id.in_(bindparam("b_sales", expanding=True)),
)


def find_sales(session: Session, keys: Iterable[Key]) -> dict[Key, RecordedSale]:
    """Those of these (outlet_id, sale_id) that the ledger holds."""
    by_outlet: dict[str, list[str]] = {}
    for outlet_id, sale_id in sorted(set(keys)):
        by_outlet.setdefault(outlet_id, []).append(sale_id)
    found = {}
    for outlet_id, sale_ids in by_outlet.items():  # pairs in one IN would scan the table on SQLite
        rows = session.connection().execute(
            _FIND_SALES, {"b_outlet": outlet_id, "b_sales": sale_ids}
        )
        found.update({(outlet_id, row.sale_id): RecordedSale(*row) for row in rows})
    return found


def sale_state(
    session: Session,
    outlet_id: str,
    *,
    sale_id: str | None = None,
    fiscal_number: str | None = None,
) -> SaleState | None:
    """A sale by its id or its fiscal number, with its frozen answer and its delivery."""
    query = select(*SALE_COLUMNS).where(LedgerEntry.outlet_id == outlet_id)  # type: ignore[call-overload]
    if sale_id is not None:
        query = query.where(LedgerEntry.sale_id == sale_id)
    else:
        query = query.where(LedgerEntry.fiscal_number == fiscal_number)
    return _state(session, session.execute(query).one_or_none())


def sale_named(session: Session, outlet_id: str, name: str) -> SaleState | None:
    """The outlet's sale of that name, which is its fiscal number or its id."""
    if parse_fiscal_number(name) is not None:
        return sale_state(session, outlet_id, fiscal_number=name)
    return sale_state(session, outlet_id, sale_id=name)


def sale_of_receipt(session: Session, token: str) -> SaleState | None:
    """The sale whose receipt has that address."""
    query = select(*SALE_COLUMNS).where(LedgerEntry.receipt_token == token)  # type: ignore[call-overload]
    return _state(session, session.execute(query).one_or_none())


def sale_of_number(session: Session, fiscal_number: str) -> SaleState | None:
    """The sale with that fiscal number, whatever its outlet."""
    query = select(*SALE_COLUMNS).where(LedgerEntry.fiscal_number == fiscal_number)  # type: ignore[call-overload]
    return _state(session, session.execute(query).one_or_none())


def _state(session: Session, row: Any) -> SaleState | None:
    if row is None:
        return None
    sale = RecordedSale(*row)
    answer = session.get(Answer, (sale.outlet_id, sale.sale_id))
    return SaleState(
        sale,
        answer.body if answer else None,
        answer.status if answer else None,
        session.get(Delivery, (sale.outlet_id, sale.sale_id)),
    )


@dataclass(frozen=True, slots=True)
class SaleFilter:
    """What a list of sales is limited to; `None` limits nothing. Days are bounds of the seal."""

    status: SaleStatus | None = None
    before: tuple[str, int] | None = None
    """(series, position) of the last sale of the page before: newest first."""


def list_sales(session: Session, outlet_id: str, only: SaleFilter, count: int) -> list[SaleState]:
    """At most `count` sales of an outlet, newest first."""
    query = (
        select(*SALE_COLUMNS)  # type: ignore[call-overload]
        .where(LedgerEntry.outlet_id == outlet_id, LedgerEntry.kind == "invoice")
        .order_by(col(LedgerEntry.series).desc(), col(LedgerEntry.position).desc())
        .limit(count)
    )
    if only.before is not None:
        query = query.where(tuple_(_LEDGER.c.series, _LEDGER.c.position) < only.before)
    if only.status is not None:
        query = _with_status(query, only.status)
    rows = session.execute(query).all()
    return [state for row in rows if (state := _state(session, row)) is not None]


def _with_status(query: Any, status: SaleStatus) -> Any:
    answered = select(Answer.sale_id).where(
        Answer.outlet_id == LedgerEntry.outlet_id, Answer.sale_id == LedgerEntry.sale_id
    )
    doubted = select(Delivery.sale_id).where(
        Delivery.outlet_id == LedgerEntry.outlet_id,
        Delivery.sale_id == LedgerEntry.sale_id,
        Delivery.state == "in_doubt",
    )
    frozen = answered.where(Answer.status == status).exists()
    if status == "in_doubt":
        return query.where(doubted.exists())
    if status == "sealed":
        return query.where(frozen | ~(answered.exists() | doubted.exists()))
    return query.where(frozen)


def replacements(session: Session, outlet_id: str, sale_id: str) -> list[str]:
    """The sales that took the place of that one, the first one first."""
    query = (
        select(LedgerEntry.sale_id)
        .where(LedgerEntry.outlet_id == outlet_id, LedgerEntry.replaces == sale_id)
        .order_by(col(LedgerEntry.series), col(LedgerEntry.position))
    )
    return [found for found in session.exec(query) if found is not None]


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


def sale_of(row: LedgerEntry) -> RecordedSale:
    """The sale of an `invoice` entry."""
    return RecordedSale(
        outlet_id=row.outlet_id,
        sale_id=row.sale_id or "",
        series=row.series,
        position=row.position,
        request_hash=row.request_hash or "",
        fiscal_number=row.fiscal_number or "",
        auth_code=row.auth_code or "",
        receipt_token=row.receipt_token or "",
        entry=row.entry,
        entry_hash=row.entry_hash,
        body=row.body,
    )
