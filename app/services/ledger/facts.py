"""Facts: entries that carry no seal, such as what a control module answered, or an event."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import LedgerBroken, SignerBusy
from app.fiscal.ledger import Entry, Head, PlainKind, append
from app.services.ledger.party import SealingParty, check_last, check_may_grow
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.ledger import standing
from app.store.tenancy import EVERYWHERE

_log = structlog.get_logger()


def event_body(name: str, text: str, more: dict[str, str]) -> bytes:
    """The body of an `event` entry (`event/1`)."""
    return canonical({"v": "event/1", "name": name, "text": text, "data": more})


def append_fact(
    session: Session,
    held: rows.HeldSeries,
    kind: PlainKind,
    body: bytes,
    at: str,
    about: str | None = None,
) -> str:
    """An entry without seal (a fact) stands after the locked head; returns its hash.

    Raises:
        LedgerBroken: the head is not the last entry of its series.
    """
    check_may_grow(held)
    head = held.head
    check_last(session, head)
    appended = append(head, _entry(head, kind, body, at))
    rows.insert_entries(session, [rows.ledger_row(appended, body, about=about)])
    rows.save_heads(session, [appended.head])
    return appended.entry_hash


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry without seal that is about to stand in a series (outlet, series)."""

    key: rows.Key
    kind: PlainKind
    body: bytes
    about: str


def append_facts(
    session: Session, held: Mapping[rows.Key, rows.HeldSeries], facts: Sequence[Fact], at: str
) -> None:
    """Every fact stands after its locked head, or after the one before it in the same series.

    Raises:
        LedgerBroken: a head is not the last entry of its series; nothing is written.
    """
    for fact in facts:
        check_may_grow(held[fact.key])
    heads = {fact.key: held[fact.key].head for fact in facts}
    for head in rows.stale_heads(session, heads.values()):
        raise LedgerBroken(f"the head of {head.outlet_id}-{head.series} is not its last entry")
    entries = []
    for fact in facts:
        appended = append(heads[fact.key], _entry(heads[fact.key], fact.kind, fact.body, at))
        entries.append(rows.ledger_row(appended, fact.body, about=fact.about))
        heads[fact.key] = appended.head
    rows.insert_entries(session, entries)
    rows.save_heads(session, heads.values())


def _entry(head: Head, kind: PlainKind, body: bytes, at: str) -> Entry:
    return Entry(
        outlet_id=head.outlet_id,
        series=head.series,
        position=head.position + 1,
        kind=kind,
        body=digest(body),
        previous=head.entry_hash,
        recorded_at=max(at, head.timestamp),
    )


def append_event(
    session: Session,
    key: rows.Key,
    name: str,
    text: str,
    more: dict[str, str],
    at: str,
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
    append_fact(session, held, "event", event_body(name, text, more), at, about=about)


def append_event_in(
    session: Session,
    keys: Iterable[rows.Key],
    name: str,
    text: str,
    more: Mapping[str, str],
    at: str,
    about: str,
) -> None:
    """The event stands in each of these series (outlet, series) that may grow."""
    body = event_body(name, text, dict(more))
    for held in rows.lock_heads(session, keys).values():
        if held.standing == "open":
            append_fact(session, held, "event", body, at, about=about)


def record_step(session: Session, party: SealingParty, step: int, at: str) -> None:
    """Every series in which that party writes says that the clock jumped by so many seconds."""
    body = event_body(
        "clock-step",
        "L'horloge a sauté ; l'heure scellée suit le temps écoulé.",
        {"seconds": str(step)},
    )
    series = standing.series_of_party(session, party.signer.authority, EVERYWHERE)
    keys = [(row.outlet_id, row.series) for row in series if row.standing == "open"]
    for held in rows.lock_heads(session, keys).values():
        try:
            append_fact(session, held, "event", body, at)
        except LedgerBroken as error:  # that outlet stops; the others keep the time
            _log.critical("sealing.ledger_broken", error=str(error))
