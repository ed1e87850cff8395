"""Steps 1 to 5 and 9: sentences, and the ledger that each describes."""

from collections.abc import Callable
from dataclasses import replace

from app.fiscal.canonical import decode
from tests.fiscal.forging import forged, says
from tests.fiscal.sample_ledger import (
    CLOSING,
    EVENT,
    FIRST,
    FIRST_OK,
    GOOD,
    OPENED,
    REPORT,
    SECOND,
    THIRD,
    THIRD_NO,
    Ledger,
    entry_at,
    raw_body,
    raw_entry,
    statement_at,
    with_entry,
    written,
)
from tests.given.ledgers import open_book, record, sell
from tests.given.requests import example_request, sale_id

FAR_DIGITS = "9" * 5000
PARSING = {
    "the entry is no JSON": raw_entry(EVENT, b"{"),
    "the entry has a blank": raw_entry(EVENT, GOOD[EVENT].entry.replace(b":", b": ", 1)),
    "the entry is empty": raw_entry(EVENT, b""),
    "the entry is an array": raw_entry(EVENT, b"[]"),
    "the entry nests without end": raw_entry(EVENT, b'{"a":' + b"[" * 600 + b"]" * 600 + b"}"),
    "the version is another": entry_at(EVENT, v="entry/2"),
    "a member is missing": entry_at(EVENT, recorded_at=None),
    "a member is too many": entry_at(EVENT, note="x"),
    "a member is a list": entry_at(EVENT, kind=["event"]),
    "the kind is unknown": entry_at(EVENT, kind="sale"),
    "the position has a leading zero": entry_at(EVENT, position="010"),
    "the position is in Arabic-Indic digits": entry_at(EVENT, position="\u0661\u0660"),
    "the position has five thousand digits": entry_at(EVENT, position=FAR_DIGITS),
    "the time does not exist": entry_at(EVENT, recorded_at="2026-02-30T10:00:00Z"),
    "the time has another spelling": entry_at(EVENT, recorded_at="20261122T101531Z"),
    "the time is beyond all clocks": entry_at(EVENT, recorded_at="9999-12-31T23:59:59Z"),
    "the entry is of another series": entry_at(EVENT, series="2"),
    "the entry is of another outlet": entry_at(EVENT, outlet_id="LUB01"),
    "the series is an object": entry_at(EVENT, series={"a": "b"}),
}
BODY_HASH = {
    "a byte of a body changed": raw_body(FIRST, GOOD[FIRST].body.replace(b"Farine", b"Farinx")),
    "the body is that of another entry": raw_body(FIRST, GOOD[SECOND].body),
    "the body is missing": raw_body(FIRST, b""),
    "the body hash changed": entry_at(EVENT, body="0" * 64),
    "a refusal is hidden": raw_body(THIRD_NO, GOOD[FIRST_OK].body),
}
ENTRY_HASH = {
    "the store recorded another hash": lambda: with_entry(
        EVENT, replace(GOOD[EVENT], entry_hash="0" * 64)
    ),
    "the store recorded the hash of the next": lambda: with_entry(
        EVENT, replace(GOOD[EVENT], entry_hash=GOOD[REPORT].entry_hash)
    ),
}
PREVIOUS = {
    "an entry was removed": lambda: [*GOOD[:EVENT], *GOOD[REPORT:]],
    "the first entry was removed": lambda: GOOD[1:],
    "two entries changed places": lambda: [
        *GOOD[:EVENT],
        GOOD[REPORT],
        GOOD[EVENT],
        *GOOD[CLOSING:],
    ],
    "an entry stands twice": lambda: [*GOOD[:REPORT], *GOOD[EVENT:]],
    "an entry was rewritten and the next ones left": lambda: [
        *forged(GOOD, EVENT, body=says(text="Autre relève"))[:REPORT],
        *GOOD[REPORT:],
    ],
    "the entry names zeros": entry_at(EVENT, previous="0" * 64),
    "the entry names the one before the last": entry_at(EVENT, previous=GOOD[THIRD].entry_hash),
    "the first entry names something": lambda: forged(
        GOOD, OPENED, statement=says(previous="1" * 64), entry=says(previous="1" * 64)
    ),
}


def invoice_number(fiscal_number: str) -> Callable[[], Ledger]:
    return statement_at(SECOND, fiscal_number=fiscal_number)


def second_reference(reference: str) -> Callable[[], Ledger]:
    return statement_at(SECOND, reference=reference)


def opened_again() -> Ledger:
    book = written()
    record(book, "opened", decode(GOOD[OPENED].body))
    return book.entries


def sold_twice() -> Ledger:
    book = open_book()
    sell(book, identity=sale_id(7))
    sell(book, example_request(), identity=sale_id(7))
    return book.entries


def year_turned(reference: str) -> Callable[[], Ledger]:
    def make() -> Ledger:
        book = open_book()
        sell(book, at="2026-12-31T22:59:59Z")
        sell(book, at="2026-12-31T23:00:00Z")
        return forged(book.entries, 2, statement=says(reference=reference))

    return make


FOLLOWING = {
    "a position is skipped": entry_at(EVENT, position="11"),
    "a position is repeated": entry_at(EVENT, position="9"),
    "a counter is skipped": invoice_number("KIN01-1-00000003"),
    "a counter is repeated": invoice_number("KIN01-1-00000001"),
    "a counter of zero": invoice_number("KIN01-1-00000000"),
    "a fiscal number of another series": invoice_number("KIN01-2-00000002"),
    "a fiscal number of another outlet": invoice_number("LUB01-1-00000002"),
    "a fiscal number that is none": invoice_number("KIN01-1-2"),
    "a fiscal number in Arabic-Indic digits": invoice_number("KIN01-1-0000000\u0662"),
    "a reference is skipped": second_reference("KIN01-1/2026/000003"),
    "a reference is repeated": second_reference("KIN01-1/2026/000001"),
    "a reference without its zeros": second_reference("KIN01-1/2026/2"),
    "a reference of another series": second_reference("KIN01-2/2026/000002"),
    "a reference of another outlet": second_reference("LUB01-1/2026/000002"),
    "a reference of another year": second_reference("KIN01-1/2025/000002"),
    "a reference in Arabic-Indic digits": second_reference("KIN01-1/2026/00000\u0662"),
    "a reference that is none": second_reference("two"),
    "a first reference that is not one": statement_at(FIRST, reference="KIN01-1/2026/000002"),
    "a reference that runs on into the new year": year_turned("KIN01-1/2027/000002"),
    "a reference of the old year at midnight": year_turned("KIN01-1/2026/000002"),
    "a series that opens a second time": opened_again,
    "the same sale twice": sold_twice,
}


TIME = {
    "a seal is older than the one before it": statement_at(
        SECOND, timestamp="2026-11-22T06:00:00Z"
    ),
    "a closing is older than the last invoice": statement_at(
        CLOSING, timestamp="2026-11-22T06:00:00Z"
    ),
    "an event was recorded before the entry before it": entry_at(
        EVENT, recorded_at="2026-11-22T06:00:00Z"
    ),
    "an invoice was recorded before the entry before it": entry_at(
        SECOND, recorded_at="2026-11-22T06:00:00Z"
    ),
}
