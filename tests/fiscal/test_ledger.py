"""Appending, and whole histories after which the ledger verifies."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import (
    ChainMismatch,
    ForkDetected,
    LedgerBroken,
    NotCanonical,
    NumberGap,
    SeriesExhausted,
)
from app.fiscal.ledger import (
    GENESIS,
    PLAIN_KINDS,
    SEALED_KINDS,
    Entry,
    EntryKind,
    Head,
    append,
    clock_text,
    next_invoice,
    parse_entry,
    sealed_statement,
    utc_text,
    utc_time,
)
from app.fiscal.seal import NotASeal
from tests.given.ledgers import (
    Book,
    Sold,
    code_def_dgi,
    later,
    normalise,
    open_book,
    record,
    refuse,
    sell,
    verify,
)
from tests.given.requests import credit_request, example_request, sale_request, without

HEAD = Head("KIN01", "1", 5, "a" * 64, 3, 2026, 3, "2026-11-22T10:00:00Z")
ENTRY = Entry("KIN01", "1", 6, "event", "b" * 64, "a" * 64, "2026-11-22T10:00:01Z")


def test_an_entry_that_follows_moves_the_head() -> None:
    appended = append(HEAD, ENTRY)
    assert appended.entry_bytes == canonical(ENTRY.document())
    assert appended.entry_hash == digest(appended.entry_bytes)
    assert appended.head == replace(
        HEAD, position=6, entry_hash=appended.entry_hash, timestamp=ENTRY.recorded_at
    )


def test_an_invoice_also_moves_the_counter_and_the_reference() -> None:
    taken = next_invoice(HEAD, "2026-11-22T10:00:01Z", "Africa/Kinshasa")
    head = append(HEAD, replace(ENTRY, kind="invoice"), taken).head
    assert (head.counter, head.year, head.number) == (4, 2026, 4)


def test_the_first_entry_of_a_series_names_64_zeros() -> None:
    assert Head("KIN01", "1").entry_hash == GENESIS == "0" * 64
    assert append(Head("KIN01", "1"), replace(ENTRY, position=1, previous=GENESIS))


def test_two_entries_in_the_same_second_follow_each_other() -> None:
    assert append(HEAD, replace(ENTRY, recorded_at=HEAD.timestamp))


REFUSED: dict[str, tuple[Entry, type[LedgerBroken]]] = {
    "a position that is taken": (replace(ENTRY, position=5), ForkDetected),
    "a position long taken": (replace(ENTRY, position=1), ForkDetected),
    "a position too far": (replace(ENTRY, position=7), NumberGap),
    "another hash before it": (replace(ENTRY, previous="c" * 64), ChainMismatch),
    "the hash of the beginning": (replace(ENTRY, previous=GENESIS), ChainMismatch),
    "a second too early": (replace(ENTRY, recorded_at="2026-11-22T09:59:59Z"), ChainMismatch),
    "another series": (replace(ENTRY, series="2"), ChainMismatch),
    "another outlet": (replace(ENTRY, outlet_id="KIN02"), ChainMismatch),
    "an invoice that takes no number": (replace(ENTRY, kind="invoice"), NumberGap),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_an_entry_is_refused_that_has(sentence: str) -> None:
    entry, reason = REFUSED[sentence]
    with pytest.raises(reason):
        append(HEAD, entry)


def test_nothing_but_an_invoice_takes_a_number() -> None:
    taken = next_invoice(HEAD, "2026-11-22T10:00:01Z", "Africa/Kinshasa")
    with pytest.raises(NumberGap):
        append(HEAD, ENTRY, taken)


@pytest.mark.parametrize("counter", [3, 5])
def test_a_counter_moves_by_one(counter: int) -> None:
    taken = replace(next_invoice(HEAD, "2026-11-22T10:00:01Z", "Africa/Kinshasa"), counter=counter)
    with pytest.raises(NumberGap):
        append(HEAD, replace(ENTRY, kind="invoice"), taken)


def test_one_of_two_writers_of_the_same_place_wins() -> None:
    first = append(HEAD, ENTRY)
    with pytest.raises(ForkDetected):
        append(first.head, replace(ENTRY, body="d" * 64))


# --- Reading an entry back

DOCUMENT = ENTRY.document()
SEALED = replace(ENTRY, kind="closing", seal="e30.e30.AA")


@pytest.mark.parametrize("entry", [ENTRY, SEALED])
def test_an_entry_is_read_back_from_its_bytes(entry: Entry) -> None:
    assert parse_entry(canonical(entry.document())) == entry


@pytest.mark.parametrize("kind", sorted(SEALED_KINDS | PLAIN_KINDS))
def test_every_kind_is_read(kind: str) -> None:
    assert parse_entry(canonical(DOCUMENT | {"kind": kind})).kind == kind


def test_there_are_eight_kinds_of_which_four_are_sealed() -> None:
    assert {"opened", "invoice", "closing", "credential"} == SEALED_KINDS
    assert {"normalised", "refused", "report", "event"} == PLAIN_KINDS


NOT_ENTRIES: dict[str, Any] = {
    "another version": DOCUMENT | {"v": "entry/2"},
    "a version that is a list": DOCUMENT | {"v": ["entry/1"]},
    "an unknown kind": DOCUMENT | {"kind": "sale"},
    "a member too many": DOCUMENT | {"note": "x"},
    "a position of zero": DOCUMENT | {"position": "0"},
    "a position with a leading zero": DOCUMENT | {"position": "06"},
    "a position with a sign": DOCUMENT | {"position": "+6"},
    "a negative position": DOCUMENT | {"position": "-6"},
    "a position in Arabic-Indic digits": DOCUMENT | {"position": "\u0666"},
    "a position in superscript": DOCUMENT | {"position": "\u2076"},
    "a position of five thousand digits": DOCUMENT | {"position": "9" * 5000},
    "a position that is a list": DOCUMENT | {"position": ["6"]},
    "a kind that is an object": DOCUMENT | {"kind": {"a": "b"}},
    "a seal that is a list": DOCUMENT | {"seal": ["x"]},
} | {f"no {name}": without(DOCUMENT, f"/{name}") for name in DOCUMENT}


@pytest.mark.parametrize("sentence", NOT_ENTRIES)
def test_a_document_is_no_entry_that_has(sentence: str) -> None:
    with pytest.raises(NotCanonical):
        parse_entry(canonical(NOT_ENTRIES[sentence]))


def test_bytes_that_are_not_canonical_are_no_entry() -> None:
    with pytest.raises(NotCanonical):
        parse_entry(canonical(DOCUMENT) + b"\n")


def test_the_statement_of_an_entry_is_the_one_inside_its_seal() -> None:
    book = open_book()
    sold = sell(book)
    assert sealed_statement(sold.entry)["fiscal_number"] == "KIN01-1-00000001"
    with pytest.raises(NotASeal):
        sealed_statement(ENTRY)
    with pytest.raises(NotASeal):
        sealed_statement(SEALED)


# --- Times


def test_a_clock_says_whole_seconds_in_utc() -> None:
    assert clock_text(0) == "1970-01-01T00:00:00Z"
    assert clock_text(1_795_342_531) == "2026-11-22T10:15:31Z"


def test_a_time_is_written_in_utc_whatever_its_zone() -> None:
    assert utc_text(utc_time("2026-11-22T10:15:31Z")) == "2026-11-22T10:15:31Z"
    assert later("2026-12-31T23:59:59Z") == "2027-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-11-22", "2026-11-22T10:15:31", "2026-11-22T11:15:31+01:00"),
        *("20261122T101531Z", "2026-W47-7T10:15:31Z", "2026-11-22 10:15:31Z"),
        *("2026-02-30T10:15:31Z", "2026-11-22T25:15:31Z", "2026-11-22T10:15:31.000Z"),
        *("9999-12-31T23:59:59Z", "2026-11-22T10:15:31Z\n", "\u0662026-11-22T10:15:31Z"),
    ],
)
def test_a_time_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        utc_time(text)


# --- Histories

_MINUTES = st.integers(0, 90_000)


class TwoSeries(RuleBasedStateMachine):
    """An outlet with two series that write anything they may, in any order, over months."""

    def __init__(self) -> None:
        super().__init__()
        self.books = [open_book(series="1"), open_book(series="2")]
        self.waiting: list[Sold] = []
        self.normal: list[Sold] = []
        self.taken_back: dict[str, int] = {}

    def book(self, which: int) -> Book:
        return self.books[which]

    @rule(which=st.integers(0, 1), minutes=_MINUTES, large=st.booleans())
    def sells(self, which: int, minutes: int, *, large: bool) -> None:
        book = self.book(which)
        request = without(example_request(), "/expected") if large else sale_request()
        at = later(book.head.timestamp, 60 * minutes)
        self.waiting.append(sell(book, request, at=at))

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 1), chosen=st.randoms(use_true_random=False))
    def normalises(self, which: int, chosen: Any) -> None:
        sold = self.waiting.pop(chosen.randrange(len(self.waiting)))
        normalise(self.book(which), sold, code_def_dgi=code_def_dgi(1), qr_code=_QR)
        self.normal.append(sold)

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 1))
    def is_refused(self, which: int) -> None:
        sold = self.waiting.pop(0)
        refuse(self.book(which), sold)
        original = sold.invoice.get("credit", {}).get("original")
        if original is not None:  # what a refused credit note took back is free again
            self.taken_back[original] -= 1

    @precondition(
        lambda self: any(self.taken_back.get(s.fiscal_number, 0) < 2 for s in self.normal)
    )
    @rule(which=st.integers(0, 1))
    def takes_a_sack_back(self, which: int) -> None:
        sold = next(s for s in self.normal if self.taken_back.get(s.fiscal_number, 0) < 2)
        if sold.invoice["invoice_type"] != "FV":
            self.normal.remove(sold)
            return
        number = sold.fiscal_number
        self.taken_back[number] = self.taken_back.get(number, 0) + 1
        credit_note = credit_request(number)
        self.waiting.append(sell(self.book(which), credit_note, code_def_dgi=code_def_dgi(1)))

    @rule(
        which=st.integers(0, 1), kind=st.sampled_from(["event", "report", "closing", "credential"])
    )
    def records(self, which: int, kind: EntryKind) -> None:
        record(self.book(which), kind, {"v": f"{kind}/1", "text": "Relève"})

    @invariant()
    def the_whole_ledger_verifies(self) -> None:
        verified = verify(*self.books)
        assert verified.entries == sum(len(book.entries) for book in self.books)
        assert verified.not_verifiable == 0
        assert verified.heads == {book.series: book.head.entry_hash for book in self.books}
        assert verified.invoices == sum(book.head.counter for book in self.books)


_QR = f"RDCF01;CD01999901-1;{code_def_dgi(1).replace('-', '')};A2512345Z;20261122111531"

TestTwoSeries = TwoSeries.TestCase
TestTwoSeries.settings = settings(max_examples=25, stateful_step_count=25)


def test_a_series_that_is_exhausted_writes_no_invoice() -> None:
    book = open_book()
    book.head = replace(book.head, counter=99_999_999)
    with pytest.raises(SeriesExhausted):
        sell(book)
    assert len(book.entries) == 1
