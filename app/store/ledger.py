"""The ledger's rows: locking heads, finding sales, appending entries. Core on the sealing path."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, tuple_, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from app.fiscal.ledger import Appended, Head
from app.fiscal.proof import StoredEntry
from app.store.ledger_tables import Answer, Delivery, LedgerEntry, Series

Key = tuple[str, str]
"""(outlet_id, series), or (outlet_id, sale_id)."""


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """A series whose head is locked by this transaction."""

    authority: str
    head: Head


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
    frozen_status: str | None
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class InvoiceMarks:
    """What the ledger row of an `invoice` carries for look-ups."""

    sale_id: str
    request_hash: str
    fiscal_number: str
    auth_code: str
    receipt_token: str
    replaces: str | None = None


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

_SERIES = Series.__table__  # type: ignore[attr-defined]
_LEDGER = LedgerEntry.__table__  # type: ignore[attr-defined]
_ANSWER = Answer.__table__  # type: ignore[attr-defined]
_DELIVERY = Delivery.__table__  # type: ignore[attr-defined]

_SAVE_HEAD = (
    update(_SERIES)
    .where(_SERIES.c.outlet_id == bindparam("b_outlet"), _SERIES.c.series == bindparam("b_series"))
    .values(
        position=bindparam("b_position"),
        entry_hash=bindparam("b_entry_hash"),
        counter=bindparam("b_counter"),
        year=bindparam("b_year"),
        number=bindparam("b_number"),
        timestamp=bindparam("b_timestamp"),
    )
)


_FIND_SALES = sql_select(*SALE_COLUMNS).where(  # type: ignore[call-overload]
    _LEDGER.c.outlet_id == bindparam("b_outlet"),
    _LEDGER.c.sale_id.in_(bindparam("b_sales", expanding=True)),
)


_HEADS = (
    sql_select(_SERIES)
    .where(
        _SERIES.c.outlet_id.in_(bindparam("b_outlets", expanding=True)),
        _SERIES.c.series.in_(bindparam("b_series", expanding=True)),
    )
    .order_by(_SERIES.c.outlet_id, _SERIES.c.series)
    .with_for_update()  # SQLite drops it: there BEGIN IMMEDIATE holds the whole file
)

_LAST_ENTRY = (
    sql_select(_LEDGER.c.position, _LEDGER.c.entry_hash)
    .where(_LEDGER.c.outlet_id == bindparam("b_outlet"), _LEDGER.c.series == bindparam("b_series"))
    .order_by(_LEDGER.c.position.desc())
    .limit(1)
)

_LAST_ENTRIES = sql_select(
    _LEDGER.c.outlet_id, _LEDGER.c.series, _LEDGER.c.position, _LEDGER.c.entry_hash
).where(
    _LEDGER.c.outlet_id.in_(bindparam("b_outlets", expanding=True)),
    _LEDGER.c.series.in_(bindparam("b_series", expanding=True)),
    _LEDGER.c.position.in_(bindparam("b_positions", expanding=True)),
)

_INSERT_ENTRIES, _INSERT_ANSWERS = insert(_LEDGER), insert(_ANSWER)
_INSERT_DELIVERIES = insert(_DELIVERY)


def lock_heads(session: Session, keys: Iterable[Key]) -> dict[Key, HeldSeries]:
    """The heads of those series, locked in one order for all; unknown series are left out."""
    wanted = set(keys)
    names = {
        "b_outlets": sorted({outlet_id for outlet_id, _ in wanted}),
        "b_series": sorted({series for _, series in wanted}),
    }
    held = {}
    for row in session.connection().execute(_HEADS, names).mappings():
        key = (row["outlet_id"], row["series"])
        members = dict(row)
        authority = members.pop("authority")
        if key in wanted:
            held[key] = HeldSeries(authority, Head(**members))
    return held


def last_entry_hash(session: Session, head: Head) -> str | None:
    """The hash of the last entry of the head's series, or None when it has another position."""
    place = {"b_outlet": head.outlet_id, "b_series": head.series}
    last = session.connection().execute(_LAST_ENTRY, place).one_or_none()
    return last.entry_hash if last is not None and last.position == head.position else None


def stale_heads(session: Session, heads: Iterable[Head]) -> list[Head]:
    """Those of these locked heads that are not the last entry of their series."""
    asked = list(heads)
    places = {
        "b_outlets": sorted({head.outlet_id for head in asked}),
        "b_series": sorted({head.series for head in asked}),
        "b_positions": sorted({head.position + more for head in asked for more in (0, 1)}),
    }
    rows = session.connection().execute(_LAST_ENTRIES, places)
    found = {(row.outlet_id, row.series, row.position): row.entry_hash for row in rows}
    return [
        head
        for head in asked
        if found.get((head.outlet_id, head.series, head.position)) != head.entry_hash
        or (head.outlet_id, head.series, head.position + 1) in found
    ]


def open_series_row(session: Session, authority: str, head: Head) -> None:
    """The series exists, with nothing in it."""
    session.add(
        Series(
            outlet_id=head.outlet_id,
            series=head.series,
            authority=authority,
            position=head.position,
            entry_hash=head.entry_hash,
            counter=head.counter,
            year=head.year,
            number=head.number,
            timestamp=head.timestamp,
        )
    )
    session.flush()


def series_of(session: Session, outlet_id: str | None = None) -> list[Series]:
    """Every series of an outlet, or of all, in order."""
    query = select(Series).order_by(col(Series.outlet_id), col(Series.series))
    if outlet_id is not None:
        query = query.where(Series.outlet_id == outlet_id)
    return list(session.exec(query))


def save_heads(session: Session, heads: Iterable[Head]) -> None:
    """The locked series stand at these heads."""
    rows = [
        {
            "b_outlet": head.outlet_id,
            "b_series": head.series,
            "b_position": head.position,
            "b_entry_hash": head.entry_hash,
            "b_counter": head.counter,
            "b_year": head.year,
            "b_number": head.number,
            "b_timestamp": head.timestamp,
        }
        for head in heads
    ]
    if rows:
        session.connection().execute(_SAVE_HEAD, rows)


def ledger_row(
    appended: Appended, body: bytes, *, marks: InvoiceMarks | None = None, about: str | None = None
) -> dict[str, Any]:
    """The row of an appended entry."""
    entry = appended.entry
    return {
        "outlet_id": entry.outlet_id,
        "series": entry.series,
        "position": entry.position,
        "kind": entry.kind,
        "entry": appended.entry_bytes,
        "body": body,
        "entry_hash": appended.entry_hash,
        "previous": entry.previous,
        "sale_id": marks and marks.sale_id,
        "request_hash": marks and marks.request_hash,
        "fiscal_number": marks and marks.fiscal_number,
        "auth_code": marks and marks.auth_code,
        "receipt_token": marks and marks.receipt_token,
        "about": about,
        "replaces": marks and marks.replaces,
    }


def insert_entries(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows of `ledger_row` stand in the ledger."""
    if rows:
        session.connection().execute(_INSERT_ENTRIES, list(rows))


def insert_answers(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Frozen answers: outlet_id, sale_id, status, body."""
    if rows:
        session.connection().execute(_INSERT_ANSWERS, list(rows))


def insert_deliveries(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Outbox rows for the control modules: outlet_id, sale_id, nim, series, position, queued."""
    if rows:
        session.connection().execute(_INSERT_DELIVERIES, list(rows))


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

    status: str | None = None
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


def _with_status(query: Any, status: str) -> Any:
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


def entries_about(session: Session, outlet_id: str, number: str, kind: str) -> list[bytes]:
    """The bodies of the entries of that kind about a fiscal number, in order."""
    query = (
        select(LedgerEntry.body)
        .where(
            LedgerEntry.outlet_id == outlet_id,
            LedgerEntry.about == number,
            LedgerEntry.kind == kind,
        )
        .order_by(col(LedgerEntry.series), col(LedgerEntry.position))
    )
    return list(session.exec(query))


def replacements(session: Session, outlet_id: str, sale_id: str) -> list[str]:
    """The sales that took the place of that one, the first one first."""
    query = (
        select(LedgerEntry.sale_id)
        .where(LedgerEntry.outlet_id == outlet_id, LedgerEntry.replaces == sale_id)
        .order_by(col(LedgerEntry.series), col(LedgerEntry.position))
    )
    return [found for found in session.exec(query) if found is not None]


def walk_entries(
    session: Session, outlet_id: str, series: str, first: int = 1, last: int | None = None
) -> Iterator[StoredEntry]:
    """The stored entries of a series in order, a page at a time."""
    query = (
        select(LedgerEntry.entry, LedgerEntry.body, LedgerEntry.entry_hash)
        .where(
            LedgerEntry.outlet_id == outlet_id,
            LedgerEntry.series == series,
            LedgerEntry.position >= first,
        )
        .order_by(col(LedgerEntry.position))
        .execution_options(yield_per=1000)
    )
    if last is not None:
        query = query.where(LedgerEntry.position <= last)
    for row in session.execute(query):
        yield StoredEntry(row.entry, row.body, row.entry_hash)
