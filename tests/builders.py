"""Requests, sales, canonical invoices and signed ledgers: right until a test changes one thing.

Plain functions over decoded JSON. The keys are thrown away and derived from small numbers, and
ES256 is signed deterministically (RFC 6979): the same call gives the same bytes.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.fiscal.canonical import canonical, digest
from app.fiscal.draft import Draft, read_draft
from app.fiscal.facts import Verified
from app.fiscal.invoice import Seller, compose_invoice, tax_draft
from app.fiscal.ledger import (
    SEALED_KINDS,
    Entry,
    Head,
    NextInvoice,
    append,
    next_invoice,
    utc_text,
    utc_time,
)
from app.fiscal.normalised import normalised_body, refused_body
from app.fiscal.proof import Start, StoredEntry, verify_ledger
from app.fiscal.seal import b64, compact, invoice_statement, other_statement, signing_input
from app.fiscal.tables import table_in_force
from app.fiscal.tax import TsOrder
from app.fiscal.verification import PublicKey, read_keys

Document = dict[str, Any]

NIF: Final = "A2512345Z"
OUTLET: Final = "KIN01"
ZONE: Final = "Africa/Kinshasa"
NIM: Final = "CD01999901-1"
NOW: Final = "2026-11-22T10:15:31Z"
OPENED_AT: Final = "2026-11-22T06:00:00Z"
SALE_ID: Final = "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d"
SELLER: Final = Seller(
    name="Boutique Exemple SARL",
    address="12 av. Fictive, Gombe, Kinshasa",
    contact="+243000000001",
    regime="Régime réel",
    isf="TEST_SFE",
    zone=ZONE,
)


# --- Requests, as a client sends them


def sale_id(number: int) -> str:
    """A version 7 UUID of that number."""
    return f"0199a6a2-7b1e-7c55-9d5e-{number:012x}"


def flour(**changes: Any) -> Document:
    """Two sacks at 45 000.00."""
    item = {
        "code": "FAR25",
        "type": "BIE",
        "name": "Farine 25 kg",
        "unit": "sac",
        "unit_price": "45000.00",
        "quantity": "2",
        "tax_group": "B",
    }
    return item | changes


def wine(**changes: Any) -> Document:
    """One carton and a half at 120 000.00 after a rebate, with a specific tax of 10 %."""
    item = {
        "code": "VIN1",
        "type": "BIE",
        "name": "Carton de vin",
        "unit": "carton",
        "unit_price": "120000.00",
        "quantity": "1.5",
        "tax_group": "B",
        "specific_tax": {"kind": "percent", "value": "10", "label": "Droit de conso."},
        "original_price": "130000.00",
        "price_change_reason": "Remise fidélité",
    }
    return item | changes


def cash(amount: str, **changes: Any) -> Document:
    """A payment in francs."""
    return {"method": "ESPECES", "amount": amount, "currency": "CDF"} | changes


def dollars(amount: str, **changes: Any) -> Document:
    """`amount` francs paid with 66 USD at 2 850."""
    payment = {
        "method": "ESPECES",
        "amount": amount,
        "currency": "USD",
        "tendered": "66.00",
        "rate": "2850.00",
        "rate_date": "2026-11-22",
    }
    return payment | changes


def example_request(**changes: Any) -> Document:
    """The example of the API: flour and wine to a company, 288 000.00, paid by phone and in USD."""
    request: Document = {
        "outlet_id": OUTLET,
        "merchant_nif": NIF,
        "pos_terminal_id": "T1",
        "cashier_id": "C1",
        "operator": "Marie",
        "invoice_type": "FV",
        "price_mode": "TTC",
        "timestamp": "2026-11-22T10:15:30Z",
        "client": {
            "type": "PM",
            "name": "Quincaillerie Exemple SARL",
            "nif": "A2699999B",
            "contact": "+243000000000",
            "address": "1 av. Fictive, Kinshasa",
        },
        "items": [flour(), wine()],
        "payments": [
            {
                "method": "MOBILEMONEY",
                "amount": "100000.00",
                "currency": "CDF",
                "provider": "M-PESA",
                "reference": "9XK22",
            },
            dollars("188000.00"),
        ],
        "comments": {"B": "Livraison lundi"},
        "expected": {"tax_table": "CD-2026-02", "total": "288000.00", "vat": "39724.14"},
    }
    return request | changes


def sale_request(**changes: Any) -> Document:
    """The smallest sale: two sacks of flour to a passer-by, 90 000.00 in cash."""
    request: Document = {
        "outlet_id": OUTLET,
        "merchant_nif": NIF,
        "pos_terminal_id": "T1",
        "cashier_id": "C1",
        "operator": "Marie",
        "invoice_type": "FV",
        "price_mode": "TTC",
        "timestamp": "2026-11-22T10:15:30Z",
        "client": {"type": "PP"},
        "items": [flour()],
        "payments": [cash("90000.00")],
    }
    return request | changes


def credit_request(original: str | None, nature: str = "RAM", **changes: Any) -> Document:
    """One sack of flour taken back, 45 000.00; `original` is a fiscal number, None for RRR."""
    credit = {"nature": nature} | ({"original": original} if original else {})
    request = sale_request(
        invoice_type="FA",
        credit=credit,
        items=[flour(quantity="1")],
        payments=[cash("45000.00")],
    )
    return request | changes


# --- One change in a document, by JSON pointer


def _parent(document: Any, pointer: str) -> tuple[Any, str | int]:
    *names, last = pointer.removeprefix("/").split("/")
    for name in names:
        document = document[int(name) if type(document) is list else name]
    return document, int(last) if type(document) is list else last


def changed(document: Document, pointer: str, value: Any) -> Document:
    """A copy in which that member says `value`; it may be a new one."""
    copy = deepcopy(document)
    parent, name = _parent(copy, pointer)
    parent[name] = value
    return copy


def without(document: Document, pointer: str) -> Document:
    """A copy in which that member is absent."""
    copy = deepcopy(document)
    parent, name = _parent(copy, pointer)
    del parent[name]
    return copy


# --- Sales and canonical invoices


def read(request: Document | None = None, identity: str = SALE_ID) -> Draft:
    """The sale that a request says; `sale_request()` when none is given."""
    return read_draft(request or sale_request(), identity)


def canonical_invoice(
    request: Document | None = None,
    identity: str = SALE_ID,
    *,
    at: str = NOW,
    seller: Seller = SELLER,
    ts_order: TsOrder = "total-first",
    code_def_dgi: str | None = None,
) -> Document:
    """The canonical invoice of a request sealed at that time."""
    draft = read(request, identity)
    table = table_in_force(utc_time(at), seller.zone)
    return compose_invoice(
        draft,
        tax_draft(draft, table, ts_order),
        table,
        seller.document(),
        source="api",
        submitted_by="K1",
        code_def_dgi=code_def_dgi,
    )


# --- Keys


@dataclass(frozen=True, slots=True)
class ThrowAwayKey:
    """A P-256 key of a test's sealing party; nobody trusts it."""

    authority: str
    kid: str
    private: EllipticCurvePrivateKey

    def sign(self, to_sign: bytes) -> bytes:
        """The 64 bytes r and s of ES256."""
        signature = self.private.sign(to_sign, ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def seal(self, document: Mapping[str, Any]) -> str:
        """The compact JWS of that document under this key."""
        to_sign = signing_input(self.kid, document)
        return compact(to_sign, self.sign(to_sign))

    def jwk(self, **changes: Any) -> Document:
        """The public key as `/.well-known/jwks.json` publishes it."""
        numbers = self.private.public_key().public_numbers()
        document = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64(numbers.x.to_bytes(32, "big")),
            "y": b64(numbers.y.to_bytes(32, "big")),
            "kid": self.kid,
            "alg": "ES256",
            "use": "sig",
            "authority": self.authority,
            "nbf": "2025-01-01T00:00:00Z",
            "exp": "2036-01-01T00:00:00Z",
            "outlets": "*",
        }
        return document | changes


def throw_away_key(authority: str = "kin-1", kid: str = "k1", secret: int = 7) -> ThrowAwayKey:
    """The key of that secret number; another number, another key."""
    return ThrowAwayKey(authority, kid, derive_private_key(secret, SECP256R1()))


KEY: Final = throw_away_key()


def jwks(*keys: ThrowAwayKey) -> Document:
    """The key set of those keys."""
    return {"keys": [key.jwk() for key in keys or (KEY,)]}


def public_keys(*keys: ThrowAwayKey) -> dict[str, PublicKey]:
    """The same, ready to verify with."""
    return read_keys(jwks(*keys))


# --- Signed ledgers


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


def record(book: Book, kind: str, body: Document, *, at: str | None = None) -> StoredEntry:
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
    book: Book, kind: str, body: bytes, seal: str | None, at: str, taken: NextInvoice | None = None
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
    members: Document = {
        "fiscal_number": sold.fiscal_number,
        "entry_hash": sold.entry_hash,
        "module": "emcf",
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
    return normalised_body(**members | changes)


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
