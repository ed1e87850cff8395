"""Who is told of what an outlet does, and how far its ledger has been told.

An outlet that somebody listens to has a mark: a cursor of no series. It is the lock of its
publishing, and it says that series without a cursor are told from their beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, update
from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.ledger import LedgerEntry, Series
from app.store.tables.messages import Announcement, LedgerCursor, WebhookEndpoint
from app.store.tables.outlets import Outlet
from app.store.tables.rules import Setting
from app.store.tenancy import EVERYWHERE

READER = "webhooks"
_MARK = ""
"""No series has this name."""
ALERT_EMAILS = "alert_emails"


@dataclass(frozen=True, slots=True)
class Listened:
    """Outlets by what there is to do for those who listen to them."""

    heard: frozenset[str]
    """Somebody listens."""
    marked: frozenset[str]
    """Somebody listened when it was last published."""
    behind: frozenset[str]
    """Marked, and the ledger went on since."""
    untold: frozenset[str]
    """Something was announced."""


def what_to_publish(session: Session) -> Listened:
    """What there is to publish, read without locking anybody out."""
    marked = select(LedgerCursor.outlet_id).where(*_of_reader(), LedgerCursor.series == _MARK)
    followed = and_(
        col(LedgerCursor.outlet_id) == col(Series.outlet_id),
        col(LedgerCursor.series) == col(Series.series),
        col(LedgerCursor.reader) == READER,
    )
    behind = (
        select(Series.outlet_id)
        .outerjoin(LedgerCursor, followed)
        .where(col(Series.position) > func.coalesce(col(LedgerCursor.position), 0))
        .where(col(Series.outlet_id).in_(marked))
    )
    untold = select(Announcement.outlet_id).where(col(Announcement.told_at).is_(None))
    return Listened(
        heard=_with_endpoints(session) | _with_addresses(session),
        marked=frozenset(session.exec(marked)),
        behind=frozenset(session.exec(behind)),
        untold=frozenset(session.exec(untold.distinct())),
    )


def _of_reader() -> tuple[bool]:
    return (LedgerCursor.reader == READER,)


def _with_endpoints(session: Session) -> frozenset[str]:
    live = select(WebhookEndpoint.outlet_id).where(col(WebhookEndpoint.removed_at).is_(None))
    return frozenset(session.exec(live.distinct()))


def _with_addresses(session: Session) -> frozenset[str]:
    """The outlets whose alerts go to somebody's e-mail."""
    rows = session.exec(select(Setting).where(Setting.name == ALERT_EMAILS))
    addresses = {row.scope: row.value for row in rows}
    if not addresses.get(EVERYWHERE):
        return frozenset(scope for scope, value in addresses.items() if value)
    everyone = session.exec(select(Outlet.outlet_id))
    return frozenset(outlet for outlet in everyone if addresses.get(outlet, "everywhere's"))


def hold_mark(session: Session, outlet_id: str) -> bool:
    """Nobody else publishes this outlet before the transaction ends; false: it has no mark."""
    mark = select(LedgerCursor).where(*_of_reader(), LedgerCursor.outlet_id == outlet_id)
    mark = mark.where(LedgerCursor.series == _MARK).with_for_update()
    return session.exec(mark).one_or_none() is not None


def set_mark(session: Session, outlet_id: str) -> None:
    """The outlet is told from now on, and nothing of what its ledger holds already."""
    hold_outlet(session, outlet_id)  # two would set it
    if hold_mark(session, outlet_id):
        return
    heads = {_MARK: 0}
    heads |= {
        row.series: row.position
        for row in session.exec(select(Series).where(Series.outlet_id == outlet_id))
    }
    for series, position in heads.items():
        session.add(
            LedgerCursor(outlet_id=outlet_id, series=series, reader=READER, position=position)
        )
    session.flush()


def drop_mark(session: Session, outlet_id: str) -> None:
    """Nobody listens to the outlet; whoever does later is told from then on."""
    session.execute(
        delete(LedgerCursor).where(
            col(LedgerCursor.outlet_id) == outlet_id, col(LedgerCursor.reader) == READER
        )
    )


def untold_entries(session: Session, outlet_id: str, count: int) -> list[LedgerEntry]:
    """At most `count` entries of each series that stand behind its cursor, in order."""
    cursors = {
        row.series: row.position
        for row in session.exec(
            select(LedgerCursor).where(*_of_reader(), LedgerCursor.outlet_id == outlet_id)
        )
    }
    entries: list[LedgerEntry] = []
    for series in session.exec(
        select(Series.series).where(Series.outlet_id == outlet_id).order_by(col(Series.series))
    ):
        entries += session.exec(
            select(LedgerEntry)
            .where(
                LedgerEntry.outlet_id == outlet_id,
                LedgerEntry.series == series,
                LedgerEntry.position > cursors.get(series, 0),
            )
            .order_by(col(LedgerEntry.position))
            .limit(count)
        )
    return entries


def move_cursors(session: Session, entries: Sequence[LedgerEntry]) -> None:
    """The cursors stand at the last of these entries, of each series."""
    last = {(entry.outlet_id, entry.series): entry.position for entry in entries}
    for (outlet_id, series), position in last.items():
        session.merge(
            LedgerCursor(outlet_id=outlet_id, series=series, reader=READER, position=position)
        )
    session.flush()


def untold_announcements(session: Session, outlet_id: str) -> list[Announcement]:
    """What was announced and not told, in order."""
    return list(
        session.exec(
            select(Announcement)
            .where(Announcement.outlet_id == outlet_id, col(Announcement.told_at).is_(None))
            .order_by(col(Announcement.number))
        )
    )


def mark_told(session: Session, outlet_id: str, last: int, at: str) -> None:
    """The announcements up to that number were told."""
    session.execute(
        update(Announcement)
        .where(
            col(Announcement.outlet_id) == outlet_id,
            col(Announcement.number) <= last,
            col(Announcement.told_at).is_(None),
        )
        .values(told_at=at)
    )


def endpoints(session: Session, outlet_id: str) -> list[WebhookEndpoint]:
    """The outlet's endpoints that were not removed, the oldest first."""
    return list(
        session.exec(
            select(WebhookEndpoint)
            .where(
                WebhookEndpoint.outlet_id == outlet_id, col(WebhookEndpoint.removed_at).is_(None)
            )
            .order_by(col(WebhookEndpoint.created_at), col(WebhookEndpoint.endpoint_id))
        )
    )


def endpoint(
    session: Session, outlet_id: str, endpoint_id: str, *, hold: bool = False
) -> WebhookEndpoint | None:
    """The endpoint of that outlet unless it was removed; `hold` locks its row."""
    row = session.get(WebhookEndpoint, (outlet_id, endpoint_id), with_for_update=hold or None)
    return row if row is not None and row.removed_at is None else None


def add_endpoint(session: Session, row: WebhookEndpoint) -> None:
    """The endpoint stands."""
    session.add(row)
    session.flush()


def sales_numbered(
    session: Session, outlet_id: str, numbers: Sequence[str]
) -> dict[str, LedgerEntry]:
    """The invoices of the outlet that have these fiscal numbers, by number."""
    rows = session.exec(
        select(LedgerEntry).where(
            LedgerEntry.outlet_id == outlet_id, col(LedgerEntry.fiscal_number).in_(numbers)
        )
    )
    return {row.fiscal_number or "": row for row in rows}
