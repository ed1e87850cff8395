"""Requests, drafts and canonical invoices: right until a test changes one thing.

Plain functions over decoded JSON.
"""

from copy import deepcopy
from typing import Any, Final

from app.fiscal.draft import Draft, read_draft
from app.fiscal.invoice import Seller, compose_invoice, tax_draft
from app.fiscal.ledger import (
    utc_time,
)
from app.fiscal.tables import table_in_force
from app.fiscal.tax import TsOrder

Document = dict[str, Any]

NIF: Final = "A2512345Z"
OUTLET: Final = "KIN01"
ZONE: Final = "Africa/Kinshasa"
NIM: Final = "CD01999901-1"
SOLD_AT: Final = "2026-11-22T10:15:30Z"
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


def tax_of(kind: str, value: str, label: str = "Accise") -> Document:
    """A specific tax of an item."""
    return {"kind": kind, "value": value, "label": label}


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
        "timestamp": SOLD_AT,
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
        "timestamp": SOLD_AT,
        "client": {"type": "PP"},
        "items": [flour()],
        "payments": [cash("90000.00")],
    }
    return request | changes


def is_of_long_ago(document: Any) -> bool:
    """It is one of these requests with the time that they all have."""
    return isinstance(document, dict) and document.get("timestamp") == SOLD_AT


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


# --- Signed ledgers
