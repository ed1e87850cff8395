"""A good ledger with one of everything, and the ways to break one entry of it."""

from collections.abc import Callable
from typing import Any

import pytest

from app.fiscal.between_entries import Verified
from app.fiscal.errors import VerificationFailed
from app.fiscal.proof import STEPS, Start, StoredEntry, verify_ledger
from app.fiscal.verification import read_keys
from tests.fiscal.forging import forged, says
from tests.given.keys import jwks
from tests.given.ledgers import Book, normalise, open_book, record, refuse, sell
from tests.given.requests import Document, credit_request, example_request

Ledger = list[StoredEntry]
OPENED, FIRST, FIRST_OK, SECOND, SECOND_OK, NOTE, NOTE_OK, THIRD, THIRD_NO = range(9)
EVENT, REPORT, CLOSING, CREDENTIAL, LAST_NOTE = range(9, 14)


def written() -> Book:
    """Two sales, two credit notes on the first, a refusal, and one of every other kind."""
    book = open_book()
    first = sell(book)
    code = normalise(book, first)["code_def_dgi"]
    normalise(book, sell(book, example_request()))
    normalise(book, sell(book, credit_request(first.fiscal_number), code_def_dgi=code))
    refuse(book, sell(book))
    for kind in ("event", "report", "closing", "credential"):
        record(book, kind, {"v": f"{kind}/1", "text": "Relève de midi"})
    sell(book, credit_request(first.fiscal_number), code_def_dgi=code)
    return book


BOOK = written()
GOOD = BOOK.entries


def walked(entries: Ledger, start: Start | None = None, keys: Document | None = None) -> Verified:
    walk = ("KIN01", "1", start or Start(), entries)
    return verify_ledger([walk], read_keys(keys or jwks()))


def failed(entries: Ledger, keys: Document | None = None) -> VerificationFailed:
    with pytest.raises(VerificationFailed) as failure:
        walked(entries, keys=keys)
    assert failure.value.step in STEPS
    assert str(failure.value).startswith(f"étape {failure.value.step}, ")
    return failure.value


def entry_at(index: int, **members: Any) -> Callable[[], Ledger]:
    return lambda: forged(GOOD, index, entry=says(**members))


def body_at(index: int, **members: Any) -> Callable[[], Ledger]:
    return lambda: forged(GOOD, index, body=says(**members))


def statement_at(index: int, **members: Any) -> Callable[[], Ledger]:
    return lambda: forged(GOOD, index, statement=says(**members))


def with_entry(index: int, stored: StoredEntry) -> Ledger:
    return [*GOOD[:index], stored, *GOOD[index + 1 :]]


def raw_entry(index: int, data: bytes) -> Callable[[], Ledger]:
    return lambda: with_entry(index, StoredEntry(data, GOOD[index].body))


def raw_body(index: int, data: bytes) -> Callable[[], Ledger]:
    return lambda: with_entry(index, StoredEntry(GOOD[index].entry, data))
