"""A forger with a good key writes nonsense everywhere: the verifier answers, it never crashes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.audit import export_line, read_line
from app.fiscal.canonical import decode
from app.fiscal.errors import FiscalError, VerificationFailed
from app.fiscal.ledger import parse_entry
from app.fiscal.proof import STEPS, Start, StoredEntry, verify_ledger
from app.fiscal.seal import parse_seal
from tests.fiscal.forging import forged
from tests.given.keys import public_keys
from tests.given.ledgers import Book, normalise, open_book, refuse, sell
from tests.given.requests import Document, changed, credit_request, example_request, flour, without

KEYS = public_keys()


def written() -> Book:
    book = open_book()
    sold = sell(book, example_request())
    code = normalise(book, sold)["code_def_dgi"]
    note = credit_request(sold.fiscal_number, items=[flour(quantity="1")])
    refuse(book, sell(book, note, code_def_dgi=code))
    sell(book, note, code_def_dgi=code)
    return book


GOOD = written().entries
NONSENSE: list[Any] = [
    *("x", "0", "\u0661", "9" * 5000, "9999-12-31T23:59:59Z", "KIN01-1-00000001"),
    *([], {}, ["x"], {"x": "y"}, {"original": ["x"]}, {"kind": ["x"]}),
    *(None, 1.5, b'"\\ud800"'),
]


def answered(entries: list[StoredEntry]) -> int:
    """The step that fails, 0 when none does; any other exception fails the test."""
    try:
        verify_ledger([("KIN01", "1", Start(), entries)], KEYS)
    except VerificationFailed as failure:
        return failure.step
    return 0


def pointers(document: Any, path: str = "") -> Iterator[str]:
    members = document.items() if type(document) is dict else enumerate(document)
    for name, member in members:
        yield f"{path}/{name}"
        if type(member) in {dict, list}:
            yield from pointers(member, f"{path}/{name}")


def set_to(pointer: str, value: Any) -> Callable[[Document], Any]:
    return lambda document: changed(document, pointer, value)


def left_out(pointer: str) -> Callable[[Document], Any]:
    return lambda document: without(document, pointer)


def changes(document: Document) -> Iterator[Callable[[Document], Any]]:
    for pointer in pointers(document):
        yield left_out(pointer)
        yield from (set_to(pointer, value) for value in NONSENSE if type(value) is not bytes)
    for value in NONSENSE:
        yield lambda _, value=value: value  # type: ignore[misc]
        yield set_to("/extra", "x")


@pytest.mark.parametrize("index", range(len(GOOD)))
def test_every_member_of_a_body_may_say_anything(index: int) -> None:
    for change in changes(decode(GOOD[index].body)):
        assert answered(forged(GOOD, index, body=change)) in {0, *STEPS}


@pytest.mark.parametrize("index", range(len(GOOD)))
def test_every_member_of_an_entry_may_say_anything(index: int) -> None:
    for change in changes(decode(GOOD[index].entry)):
        assert answered(forged(GOOD, index, entry=change)) in {0, *STEPS}


@pytest.mark.parametrize("index", [n for n, s in enumerate(GOOD) if b'"seal"' in s.entry])
def test_every_member_of_a_statement_may_say_anything(index: int) -> None:
    entry = parse_entry(GOOD[index].entry)
    assert entry.seal is not None
    for change in changes(parse_seal(entry.seal).statement):
        assert answered(forged(GOOD, index, statement=change)) in {0, *STEPS}


@pytest.mark.parametrize(
    "value", [v for v in NONSENSE if type(v) is not bytes], ids=lambda v: repr(v)[:12]
)
@pytest.mark.parametrize("name", ["merchant_nif", "outlet_id", "invoice_type"])
def test_statement_and_body_may_say_the_same_nonsense(name: str, value: Any) -> None:
    says = set_to(f"/{name}", value)
    assert answered(forged(GOOD, 1, body=says, statement=says)) in {0, *STEPS}


@given(st.data())
def test_a_line_of_an_export_with_some_other_bytes_never_verifies(data: st.DataObject) -> None:
    line = export_line(GOOD[1])
    where = data.draw(st.integers(0, len(line) - 2))
    instead = data.draw(st.binary(max_size=4).filter(lambda b: b != line[where : where + len(b)]))
    length = data.draw(st.integers(0 if instead else 1, 4))
    broken = line[:where] + instead + line[where + length :]
    try:
        stored = read_line(broken)
    except FiscalError:
        return
    if stored != StoredEntry(GOOD[1].entry, GOOD[1].body):
        assert answered([GOOD[0], stored])


@given(st.lists(st.integers(0, len(GOOD) - 1), max_size=8))
def test_only_the_beginnings_of_the_ledger_verify_however_its_entries_are_dealt(
    order: list[int],
) -> None:
    holds = answered([GOOD[n] for n in order]) == 0
    assert holds == (order == list(range(len(order))))
