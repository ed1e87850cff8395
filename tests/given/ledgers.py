"""Signed ledgers: right until a test changes one thing."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.fiscal.between_entries import Verified
from app.fiscal.canonical import canonical, digest
from app.fiscal.invoice import Seller
from app.fiscal.ledger import (
    SEALED_KINDS,
    Entry,
    EntryKind,
    Head,
    NextInvoice,
    append,
    next_invoice,
    utc_text,
    utc_time,
)
from app.fiscal.normalised import Elements, normalised_body, refused_body
from app.fiscal.proof import Start, StoredEntry, verify_ledger
from app.fiscal.seal import invoice_statement, other_statement
from tests.given.keys import KEY, ThrowAwayKey, public_keys
from tests.given.requests import (
    NIF,
    NIM,
    OPENED_AT,
    OUTLET,
    SELLER,
    Document,
    canonical_invoice,
    sale_id,
    sale_request,
)


@dataclass(slots=True)
class Book:
    """A series that a test writes: its entries in order and the key that seals them."""

    key: ThrowAwayKey
    head: Head
    seller: Seller
    entries: list[StoredEntry] = field(default_factory=list)

    @property
    def outlet_id(self) -> str:
        """The outlet whose series it is."""
        return self.head.outlet_id

    @property
    def series(self) -> str:
        """The name of the series."""
        return self.head.series


@dataclass(frozen=True, slots=True)
class Sold:
    """An invoice in its place."""

    invoice: Document
    fiscal_number: str
    reference: str
    entry: Entry
    stored: StoredEntry
    entry_hash: str


def open_book(
    key: ThrowAwayKey = KEY,
    outlet_id: str = OUTLET,
    series: str = "1",
    *,
    seller: Seller = SELLER,
    at: str = OPENED_AT,
) -> Book:
    """A series whose only entry is its opening."""
    book = Book(key, Head(outlet_id, series), seller)
    body = {
        "v": "opened/1",
        "authority": key.authority,
        "outlet_id": outlet_id,
        "series": series,
        "key": {name: key.jwk()[name] for name in ("kid", "kty", "crv", "x", "y")},
    }
    record(book, "opened", body, at=at)
    return book


def later(timestamp: str, seconds: int = 1) -> str:
    """That many seconds after a time."""
    return utc_text(utc_time(timestamp) + timedelta(seconds=seconds))


def record(book: Book, kind: EntryKind, body: Document, *, at: str | None = None) -> StoredEntry:
    """An entry that is no invoice, one second after the last; sealed when its kind is."""
    at = at or later(book.head.timestamp)
    data = canonical(body)
    seal = None
    if kind in SEALED_KINDS:
        statement = other_statement(
            kind=kind,
            authority=book.key.authority,
            merchant_nif=NIF,
            outlet_id=book.outlet_id,
            series=book.series,
            position=book.head.position + 1,
            timestamp=at,
            payload=digest(data),
            previous=book.head.entry_hash,
        )
        seal = book.key.seal(statement)
    return _write(book, kind, data, seal, at)[1]


def sell(
    book: Book,
    request: Document | None = None,
    *,
    at: str | None = None,
    identity: str | None = None,
    code_def_dgi: str | None = None,
) -> Sold:
    """The invoice of a request, sealed one second after the last entry."""
    at = at or later(book.head.timestamp)
    number = int(book.series) << 32 | book.head.position
    invoice = canonical_invoice(
        (request or sale_request()) | {"outlet_id": book.outlet_id},
        identity or sale_id(number),
        at=at,
        seller=book.seller,
        code_def_dgi=code_def_dgi,
    )
    taken = next_invoice(book.head, at, book.seller.zone)
    data = canonical(invoice)
    statement = invoice_statement(
        invoice,
        authority=book.key.authority,
        fiscal_number=taken.fiscal_number,
        reference=taken.reference,
        timestamp=at,
        payload=digest(data),
        previous=book.head.entry_hash,
    )
    entry, stored = _write(book, "invoice", data, book.key.seal(statement), at, taken)
    hashed = digest(stored.entry)
    return Sold(invoice, taken.fiscal_number, taken.reference, entry, stored, hashed)


def _write(
    book: Book,
    kind: EntryKind,
    body: bytes,
    seal: str | None,
    at: str,
    taken: NextInvoice | None = None,
) -> tuple[Entry, StoredEntry]:
    entry = Entry(
        outlet_id=book.outlet_id,
        series=book.series,
        position=book.head.position + 1,
        kind=kind,
        body=digest(body),
        previous=book.head.entry_hash,
        recorded_at=at,
        seal=seal,
    )
    appended = append(book.head, entry, taken)
    book.head = appended.head
    stored = StoredEntry(appended.entry_bytes, body, appended.entry_hash)
    book.entries.append(stored)
    return entry, stored


def code_def_dgi(number: int = 1) -> str:
    """A Code DEF/DGI of the sandbox, its last twelve symbols taken from `number`."""
    symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    last = "".join(symbols[number >> shift & 31] for shift in range(55, -1, -5))
    return "-".join(["TEST", "FACT", "URES", last[:4], last[4:8], last[8:]])


def normalised(sold: Sold, **changes: Any) -> Document:
    """The body of the `normalised` entry that an e-MCF's answer about an invoice gives."""
    counter = int(sold.fiscal_number.rpartition("-")[2])
    code = code_def_dgi(counter)
    totals = sold.invoice["totals"]
    request = {"nif": sold.invoice["merchant_nif"], "rn": sold.reference, "mode": "ttc"}
    sale: Document = {
        "fiscal_number": sold.fiscal_number,
        "entry_hash": sold.entry_hash,
        "module": "emcf",
    }
    elements: Document = {
        "nim": NIM,
        "uid": "f7b1c1de-0000-4000-8000-000000000001",
        "request": json.dumps(request).encode(),
        "answer": b'{"uid":"f7b1c1de-0000-4000-8000-000000000001"}',
        "confirmation": b'{"codeDEFDGI":"%s"}' % code.encode(),
        "code_def_dgi": code,
        "counters": f"{counter}/{counter} {sold.invoice['invoice_type']}",
        "date_time": "22/11/2026 11:15:31",
        "qr_code": f"RDCF01;{NIM};{code.replace('-', '')};{NIF};20261122111531",
        "total": totals["total"],
        "vat": totals["vat"],
    }
    for name, value in changes.items():
        (sale if name in sale else elements)[name] = value
    return normalised_body(Elements(**elements), **sale)


def normalise(book: Book, sold: Sold, **changes: Any) -> Document:
    """The body of the `normalised` entry of an invoice, now the last entry of the book."""
    body = normalised(sold, **changes)
    record(book, "normalised", body)
    return body


def refuse(book: Book, sold: Sold) -> Document:
    """The body of the `refused` entry of an invoice, now the last entry of the book."""
    body = refused_body(
        sale_id=sold.invoice["sale_id"],
        fiscal_number=sold.fiscal_number,
        entry_hash=sold.entry_hash,
        by="emcf",
        code="9",
        text="Groupe de taxation inconnu",
        answer=b'{"errorCode":"9"}',
    )
    record(book, "refused", body)
    return body


def verify(*books: Book) -> Verified:
    """The books of one outlet hold every step; raises `VerificationFailed`."""
    keys = public_keys(*{book.key.kid: book.key for book in books}.values())
    walks = [(b.outlet_id, b.series, Start(), b.entries) for b in books]
    return verify_ledger(walks, keys)
