"""An invoice of another system: what is read of it, and what a credit note finds on it."""

from typing import Any

import pytest

from app.fiscal.canonical import canonical
from app.fiscal.errors import InvalidInvoice
from app.fiscal.original import ENTERED, original_document, read_original
from app.fiscal.seal import b64
from app.fiscal.tables import table_named
from tests.fiscal.sample_ledger import walked
from tests.given.ledgers import open_book, record, sell
from tests.given.requests import cash, credit_request, flour, without

CODE = "ABCD-EFGH-IJKL-MNOP-QRST-UV23"
PAPER: dict[str, Any] = {
    "code_def_dgi": CODE,
    "invoice_type": "FV",
    "price_mode": "TTC",
    "day": "2026-11-20",
    "items": [flour()],
    "total": "90000.00",
}
TABLE = table_named("CD-2026-02")


def document(**changes: Any) -> dict[str, Any]:
    return original_document(read_original(PAPER | changes), TABLE, "total-first")


def refused(paper: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInvoice) as refusal:
        original_document(read_original(paper), TABLE, "total-first")
    return refusal.value.rule, refusal.value.path


def test_an_original_says_all_that_a_credit_note_asks() -> None:
    original = document()
    assert (original["v"], original["tax_table"]) == ("original/1", "CD-2026-02")
    assert original["items"][0]["amount"] == "90000.00"
    assert original["tax_groups"]["B"]["total"] == original["totals"]["total"] == "90000.00"


@pytest.mark.parametrize(
    ("paper", "rule", "path"),
    [
        (PAPER | {"total": "90000.01"}, "total.expected", "/total"),
        (PAPER | {"items": [flour(quantity="0")]}, "SFE-1.1.22", "/items/0/quantity"),
        (PAPER | {"invoice_type": "FA"}, "SFE-1.1.26", "/invoice_type"),
        (PAPER | {"code_def_dgi": "abcd"}, "format.text", "/code_def_dgi"),
        (without(PAPER, "/day"), "format.missing", "/day"),
        ([], "format.type", ""),
    ],
)
def test_what_cannot_be_an_original_is_refused_by_name(paper: Any, rule: str, path: str) -> None:
    assert refused(paper) == (rule, path)


def not_verifiable(data: Any, name: str = ENTERED) -> int:
    """How many credit notes find no original in a ledger that says this event."""
    book = open_book()
    record(book, "event", {"v": "event/1", "name": name, "text": "Saisie", "data": data})
    note = credit_request(CODE, items=[flour(quantity="1")], payments=[cash("45000.00")])
    sell(book, note, code_def_dgi=CODE)
    return walked(book.entries).not_verifiable


def test_whoever_verifies_finds_the_original_in_the_ledger_itself() -> None:
    said = {"code_def_dgi": CODE, "original": b64(canonical(document()))}
    assert not_verifiable(said) == 0
    assert not_verifiable(said | {"original": "!"}) == 1
    assert not_verifiable(said | {"original": b64(b"{")}) == 1
    assert not_verifiable("Farine") == 1
    assert not_verifiable(said, "another.event") == 1
