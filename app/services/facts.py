"""Facts: entries that carry no seal, such as what a control module answered, or an event."""

from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import SignerBusy
from app.fiscal.ledger import Entry, append
from app.services.settle import check_last
from app.store import ledger as rows
from app.store.engine import Session


def event_body(name: str, text: str, more: dict[str, str]) -> bytes:
    """The body of an `event` entry (`event/1`)."""
    return canonical({"v": "event/1", "name": name, "text": text, "data": more})


def append_fact(
    session: Session,
    held: rows.HeldSeries,
    kind: str,
    body: bytes,
    now: str,
    about: str | None = None,
) -> str:
    """An entry without seal (a fact) stands after the locked head; returns its hash.

    Raises:
        LedgerBroken: the head is not the last entry of its series.
    """
    head = held.head
    check_last(session, head)
    entry = Entry(
        outlet_id=head.outlet_id,
        series=head.series,
        position=head.position + 1,
        kind=kind,
        body=digest(body),
        previous=head.entry_hash,
        recorded_at=max(now, head.timestamp),
    )
    appended = append(head, entry)
    rows.insert_entries(session, [rows.ledger_row(appended, body, about=about)])
    rows.save_heads(session, [appended.head])
    return appended.entry_hash


def append_event(
    session: Session,
    key: rows.Key,
    name: str,
    text: str,
    more: dict[str, str],
    now: str,
    about: str | None = None,
) -> None:
    """The event stands in that series (outlet, series), whose head this transaction holds now.

    Raises:
        SignerBusy: nobody has opened the series yet.
        LedgerBroken: the head is not the last entry of its series.
    """
    held = rows.lock_heads(session, [key]).get(key)
    if held is None:
        raise SignerBusy(f"the series {key[1]} of {key[0]} is not open")
    append_fact(session, held, "event", event_body(name, text, more), now, about=about)
