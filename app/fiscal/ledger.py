"""The ledger: one append-only chain per outlet and series (`entry/1`)."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from app.fiscal.canonical import canonical, digest, parse_canonical
from app.fiscal.errors import ChainMismatch, ForkDetected, NotCanonical, NumberGap
from app.fiscal.numbering import fiscal_number, management_year, reference
from app.fiscal.seal import NotASeal, parse_seal

ENTRY: Final = "entry/1"
GENESIS: Final = "0" * 64
"""What the first entry of a series names as the hash before it."""

SealedKind = Literal["opened", "invoice", "closing", "credential"]
PlainKind = Literal["normalised", "refused", "report", "event"]
EntryKind = SealedKind | PlainKind
"""What an entry may be: a sealing party seals the first ones, facts stand without a seal."""
SEALED_KINDS: Final[frozenset[str]] = frozenset(get_args(SealedKind))
PLAIN_KINDS: Final[frozenset[str]] = frozenset(get_args(PlainKind))
_MEMBERS: Final = frozenset(
    {"v", "outlet_id", "series", "position", "kind", "body", "previous", "recorded_at"}
)


_POSITION: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_TIME: Final = re.compile(
    r"(?!9999)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII
)
"""Without year 9999: a clock east of UTC could not show its last hours."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a series stands: after `position` entries and `counter` invoices.

    `number` is the last reference used in management year `year`; `timestamp` the last trusted
    time, `YYYY-MM-DDTHH:MM:SSZ`.
    """

    outlet_id: str
    series: str
    position: int = 0
    entry_hash: str = GENESIS
    counter: int = 0
    year: int = 0
    number: int = 0
    timestamp: str = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact, in its place. `body` is the hash of the stored body bytes."""

    outlet_id: str
    series: str
    position: int
    kind: EntryKind
    body: str
    previous: str
    recorded_at: str
    seal: str | None = None

    def document(self) -> dict[str, str]:
        """The members of `entry/1`; an entry without seal has no such member."""
        document = {
            "v": ENTRY,
            "outlet_id": self.outlet_id,
            "series": self.series,
            "position": str(self.position),
            "kind": self.kind,
            "body": self.body,
            "previous": self.previous,
            "recorded_at": self.recorded_at,
        }
        if self.seal is not None:
            document["seal"] = self.seal
        return document


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry, its canonical bytes and hash, and the head after it."""

    entry: Entry
    entry_bytes: bytes
    entry_hash: str
    head: Head


@dataclass(frozen=True, slots=True)
class NextInvoice:
    """The numbers that the next invoice of a series takes."""

    fiscal_number: str
    reference: str
    counter: int
    year: int
    number: int


def utc_text(instant: datetime) -> str:
    """A time as our documents write it: UTC, whole seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock_text(seconds: int) -> str:
    """What a clock that counts the seconds since 1970 says, as our documents write it."""
    return utc_text(datetime.fromtimestamp(seconds, UTC))


def utc_time(text: str) -> datetime:
    """The instant that `YYYY-MM-DDTHH:MM:SSZ` says.

    Raises:
        ValueError: another spelling, or a time that does not exist.
    """
    if _TIME.fullmatch(text) is None:
        raise ValueError(f"not a time in UTC: {text[:32]}")
    return datetime.fromisoformat(text)


def next_invoice(head: Head, timestamp: str, zone: str) -> NextInvoice:
    """The numbers after this head: the counter never resets, the reference does each year.

    Raises:
        SeriesExhausted: no number left.
    """
    year = management_year(utc_time(timestamp), zone)
    number = head.number + 1 if year == head.year else 1
    counter = head.counter + 1
    return NextInvoice(
        fiscal_number(head.outlet_id, head.series, counter),
        reference(head.outlet_id, head.series, year, number),
        counter,
        year,
        number,
    )


def append(head: Head, entry: Entry, taken: NextInvoice | None = None) -> Appended:
    """The entry stands after the head; `taken` holds the numbers that an invoice used.

    Raises:
        ForkDetected: it claims a place that is taken.
        NumberGap: it skips a place, or the counter does not follow.
        ChainMismatch: it does not name the hash of the head, or its time goes back.
    """
    _check_follows(head, entry)
    if (entry.kind == "invoice") != (taken is not None):
        raise NumberGap("an invoice, and nothing else, uses a number")
    if taken is not None and taken.counter != head.counter + 1:
        raise NumberGap(f"counter {taken.counter} does not follow {head.counter}")
    entry_bytes = canonical(entry.document())
    entry_hash = digest(entry_bytes)
    moved = replace(
        head, position=entry.position, entry_hash=entry_hash, timestamp=entry.recorded_at
    )
    if taken is not None:
        moved = replace(moved, counter=taken.counter, year=taken.year, number=taken.number)
    return Appended(entry, entry_bytes, entry_hash, moved)


def _check_follows(head: Head, entry: Entry) -> None:
    if (entry.outlet_id, entry.series) != (head.outlet_id, head.series):
        raise ChainMismatch("the entry belongs to another series")
    if entry.position <= head.position:
        raise ForkDetected(f"position {entry.position} is taken")
    if entry.position != head.position + 1:
        raise NumberGap(f"position {entry.position} does not follow {head.position}")
    if entry.previous != head.entry_hash:
        raise ChainMismatch("the entry does not name the hash before it")
    if entry.recorded_at < head.timestamp:
        raise ChainMismatch("the entry is older than the one before it")


def _check_members(document: dict[str, Any]) -> None:
    if set(document) - {"seal"} != _MEMBERS or document["v"] != ENTRY:
        raise NotCanonical("not an entry/1")
    if any(type(value) is not str for value in document.values()):
        raise NotCanonical("every member of an entry is text")
    if _POSITION.fullmatch(document["position"]) is None:
        raise NotCanonical("the position is no counting number")
    if document["kind"] not in SEALED_KINDS | PLAIN_KINDS:
        raise NotCanonical(f"unknown kind {document['kind']}")


def parse_entry(data: bytes) -> Entry:
    """The entry that these canonical bytes say.

    Raises:
        NotCanonical: when they are not an `entry/1`.
    """
    document = parse_canonical(data)
    _check_members(document)
    return Entry(
        outlet_id=document["outlet_id"],
        series=document["series"],
        position=int(document["position"]),
        kind=document["kind"],
        body=document["body"],
        previous=document["previous"],
        recorded_at=document["recorded_at"],
        seal=document.get("seal"),
    )


def sealed_statement(entry: Entry) -> dict[str, Any]:
    """The statement inside the seal of an entry.

    Raises:
        NotASeal: when it has none, or one that does not parse.
    """
    if entry.seal is None:
        raise NotASeal("the entry has no seal")
    return parse_seal(entry.seal).statement
