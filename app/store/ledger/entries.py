"""The rows of the ledger: heads locked, entries appended and read. Core on the sealing path."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import Appended, EntryKind, Head, parse_entry
from app.fiscal.proof import StoredEntry
from app.store.ledger.originals import add_code
from app.store.tables.ledger import Answer, FrozenStatus, LedgerEntry, Series, Standing
from app.store.tables.outlets import Outlet
from app.store.tenancy import within

Key = tuple[str, str]
"""(outlet_id, series), or (outlet_id, sale_id)."""


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """A series whose head is locked by this transaction."""

    authority: str
    head: Head
    standing: Standing = "open"


_SERIES = Series.__table__  # type: ignore[attr-defined]
_LEDGER = LedgerEntry.__table__  # type: ignore[attr-defined]
_ANSWER = Answer.__table__  # type: ignore[attr-defined]

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
        authority, standing = members.pop("authority"), members.pop("standing")
        if key in wanted:
            held[key] = HeldSeries(authority, Head(**members), standing)
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


def series_of(session: Session, outlet_id: str) -> list[Series]:
    """Every series of that outlet, or `EVERYWHERE`, in order."""
    query = select(Series).where(within(col(Series.outlet_id), outlet_id))
    return list(session.exec(query.order_by(col(Series.outlet_id), col(Series.series))))


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


def ledger_row(appended: Appended, body: bytes, *, about: str | None = None) -> dict[str, Any]:
    """The row of an appended entry; that of an invoice is `sales.invoice_row`."""
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
        "sale_id": None,
        "request_hash": None,
        "fiscal_number": None,
        "auth_code": None,
        "receipt_token": None,
        "about": about,
        "replaces": None,
    }


def insert_entries(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows of `ledger_row` stand in the ledger."""
    if rows:
        session.connection().execute(_INSERT_ENTRIES, list(rows))
        for row in rows:
            if row["kind"] == "normalised":  # a credit note may name its original by this code
                code = parse_canonical(row["body"]).get("code_def_dgi")
                add_code(session, (row["outlet_id"], str(code)), row["about"])


def answer_row(outlet_id: str, sale_id: str, status: FrozenStatus, body: bytes) -> dict[str, Any]:
    """The row of a frozen answer."""
    return {"outlet_id": outlet_id, "sale_id": sale_id, "status": status, "body": body}


def insert_answers(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """The answers of these `answer_row` are frozen."""
    if rows:
        session.connection().execute(_INSERT_ANSWERS, list(rows))


def entries_about(session: Session, outlet_id: str, number: str, kind: EntryKind) -> list[bytes]:
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


def sealed_counts(session: Session, outlet_id: str) -> Mapping[tuple[str, str], int]:
    """By outlet and series, how many invoices were sealed there, or `EVERYWHERE`, ever."""
    query = select(Series.outlet_id, Series.series, Series.counter).where(
        within(col(Series.outlet_id), outlet_id)
    )
    return {(outlet, series): counter for outlet, series, counter in session.execute(query).all()}


def last_events(
    session: Session, outlet_id: str, about: str, count: int
) -> list[tuple[str, bytes]]:
    """When and what: the newest `event` entries of the outlet about that, the newest first."""
    query = select(LedgerEntry).where(
        LedgerEntry.outlet_id == outlet_id,
        LedgerEntry.about == about,
        LedgerEntry.kind == "event",
    )
    newest = query.order_by(col(LedgerEntry.series), col(LedgerEntry.position).desc())
    rows = session.exec(newest.limit(count))
    return [(parse_entry(row.entry).recorded_at, row.body) for row in rows]


def outlets_without(session: Session, about: str) -> list[str]:
    """The outlets in whose ledger no `event` about that stands yet."""
    said = select(LedgerEntry.outlet_id).where(
        LedgerEntry.outlet_id == col(Outlet.outlet_id),
        LedgerEntry.about == about,
        LedgerEntry.kind == "event",
    )
    query = select(Outlet.outlet_id).where(~said.exists()).order_by(col(Outlet.outlet_id))
    return list(session.exec(query))


def authorities(session: Session) -> dict[str, str]:
    """By outlet, the sealing party that holds its first series."""
    rows = session.exec(select(Series).order_by(col(Series.outlet_id), col(Series.series).desc()))
    return {row.outlet_id: row.authority for row in rows}
