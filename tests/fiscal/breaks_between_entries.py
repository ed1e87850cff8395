"""Steps 11 and 13: sentences, and the ledger that each describes."""

import json
from collections.abc import Callable
from typing import Any

from app.fiscal.canonical import decode
from app.fiscal.seal import b64
from tests.fiscal.forging import forged, says
from tests.fiscal.sample_ledger import (
    FIRST,
    FIRST_OK,
    GOOD,
    LAST_NOTE,
    NOTE,
    THIRD_NO,
    Ledger,
    body_at,
)
from tests.given.ledgers import code_def_dgi, normalise, open_book, sell
from tests.given.requests import NIM, without


def note_with(*items: Any) -> Callable[[], Ledger]:
    return body_at(NOTE, items=list(items))


SACK = decode(GOOD[NOTE].body)["items"][0]
CREDITS = {
    "more is taken back than was sold": note_with(SACK | {"quantity": "3"}),
    "more is taken back than remained": body_at(LAST_NOTE, items=[SACK | {"quantity": "1.001"}]),
    "another article is taken back": note_with(SACK | {"code": "FAR50"}),
    "another price is taken back": note_with(SACK | {"unit_price": "45001.00"}),
    "another group is taken back": note_with(SACK | {"tax_group": "C"}),
    "it is in the other price mode": body_at(NOTE, price_mode="HT"),
    "it is computed with another table": body_at(NOTE, tax_table="CD-2025-05"),
    "it gives back more than the group was invoiced for": body_at(
        NOTE, tax_groups={"B": {"total": "90000.01"}}
    ),
    "the groups together give back more": body_at(
        LAST_NOTE, tax_groups={"B": {"total": "45000.01"}}
    ),
    "it gives back money in a group that was not sold": body_at(
        NOTE, tax_groups={"A": {"total": "0.01"}}
    ),
    "its groups are missing": body_at(NOTE, tax_groups=None),
    "its table is missing": body_at(NOTE, tax_table=None),
    "an export credit note aims at a home sale": lambda: forged(
        GOOD, NOTE, body=says(invoice_type="EA"), statement=says(invoice_type="EA")
    ),
    "a credit note aims at a credit note": body_at(
        LAST_NOTE, credit={"nature": "RAM", "original": "KIN01-1-00000003"}
    ),
    "an item is a text": note_with("Farine"),
    "an item is a list": note_with(["Farine"]),
    "the items are an object": body_at(NOTE, items={"a": "b"}),
    "the items are a text": body_at(NOTE, items="Farine"),
    "the items are missing": body_at(NOTE, items=None),
    "an item has no quantity": note_with(without(SACK, "/quantity")),
    "a quantity is a list": note_with(SACK | {"quantity": ["1"]}),
    "a quantity is no number": note_with(SACK | {"quantity": "one"}),
    "a code is a list": note_with(SACK | {"code": ["FAR25"]}),
    "a specific tax is a text": note_with(SACK | {"specific_tax": "10"}),
    "the original lists no items": body_at(FIRST, items=None),
    "the original lists an item that is a text": body_at(FIRST, items=["Farine"]),
}


def sent(request: Any) -> Callable[[], Ledger]:
    data = request if type(request) is bytes else json.dumps(request).encode()
    return body_at(FIRST_OK, request=b64(data))


FIRST_CODE = code_def_dgi(1).replace("-", "")
QR = f"RDCF01;{NIM};{FIRST_CODE};A2512345Z;20261122111531"


def normalised_twice() -> Ledger:
    book = open_book()
    sold = sell(book)
    normalise(book, sold)
    normalise(book, sold)
    return book.entries


NORMALISED = {
    "the module had another total": body_at(FIRST_OK, total="90000.01"),
    "the module had another VAT": body_at(FIRST_OK, vat="12413.80"),
    "the module had no total": body_at(FIRST_OK, total=None),
    "the module's VAT is a list": body_at(FIRST_OK, vat=["12413.79"]),
    "the invoice tells no VAT and neither does the module": lambda: forged(
        forged(GOOD, FIRST, body=lambda b: without(b, "/totals/vat")), FIRST_OK, body=says(vat=None)
    ),
    "the code has no hyphens": body_at(FIRST_OK, code_def_dgi=FIRST_CODE),
    "the code is too short": body_at(FIRST_OK, code_def_dgi=code_def_dgi(1)[:-1]),
    "the code is in small letters": body_at(FIRST_OK, code_def_dgi=code_def_dgi(1).lower()),
    "the code is missing": body_at(FIRST_OK, code_def_dgi=None),
    "the code is a list": body_at(FIRST_OK, code_def_dgi=[code_def_dgi(1)]),
    "the QR names another code": body_at(FIRST_OK, code_def_dgi=code_def_dgi(2)),
    "the QR names another module": body_at(FIRST_OK, nim="CD01999902-1"),
    "the QR names another NIF": body_at(FIRST_OK, qr_code=QR.replace("A2512345Z", "A9999999Z")),
    "the QR is of another kind": body_at(FIRST_OK, qr_code=QR.replace("RDCF01", "F")),
    "the QR is cut short": body_at(FIRST_OK, qr_code=f"RDCF01;{NIM}"),
    "the QR is missing": body_at(FIRST_OK, qr_code=None),
    "the QR is a list": body_at(FIRST_OK, qr_code=[QR]),
    "the module's name is missing": body_at(FIRST_OK, nim=None),
    "the answer aims at another entry": body_at(FIRST_OK, entry_hash="0" * 64),
    "the answer aims at no entry": body_at(FIRST_OK, entry_hash=None),
    "the refusal aims at another entry": body_at(THIRD_NO, entry_hash="0" * 64),
    "the same invoice is normalised twice": normalised_twice,
    "the request carried another reference": sent(
        {"rn": "KIN01-1/2026/000002", "nif": "A2512345Z"}
    ),
    "the request carried another NIF": sent({"rn": "KIN01-1/2026/000001", "nif": "A9999999Z"}),
    "the request carried the reference deeper down": sent(
        {"nif": "A2512345Z", "client": {"rn": "KIN01-1/2026/000001"}}
    ),
    "the request carried no reference": sent({"nif": "A2512345Z"}),
    "the request is an array": sent(["KIN01-1/2026/000001", "A2512345Z"]),
    "the request is no JSON": sent(b"rn=KIN01-1/2026/000001"),
    "the request is no text": sent(b"\xff\xfe"),
    "the request is not base64url": body_at(FIRST_OK, request="+/+/"),
    "the request is missing": body_at(FIRST_OK, request=None),
    "the request is a list": body_at(FIRST_OK, request=["e30"]),
}
