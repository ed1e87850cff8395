"""Step 8: sentences, and the ledger that each describes."""

from tests.fiscal.forging import forged, says
from tests.fiscal.sample_ledger import (
    CLOSING,
    EVENT,
    FIRST,
    GOOD,
    NOTE,
    body_at,
    entry_at,
    statement_at,
)
from tests.given.requests import changed, without

STATEMENT = {
    f"the statement says another {name}": statement_at(FIRST, **{name: value})
    for name, value in {
        "merchant_nif": "A9999999Z",
        "outlet_id": "LUB01",
        "invoice_type": "FT",
        "total": "9000.00",
        "currency": "USD",
        "payload": "0" * 64,
        "previous": "0" * 64,
    }.items()
} | {
    f"the statement has no {name}": statement_at(FIRST, **{name: None})
    for name in ("merchant_nif", "outlet_id", "fiscal_number", "reference", "total", "payload")
} | {
    f"the statement of a closing says another {name}": statement_at(CLOSING, **{name: value})
    for name, value in {
        "kind": "credential",
        "outlet_id": "LUB01",
        "series": "2",
        "position": "13",
        "payload": "0" * 64,
        "previous": "0" * 64,
    }.items()
} | {
    "the statement says more": statement_at(FIRST, note="x"),
    "the statement of a closing says more": statement_at(CLOSING, note="x"),
    "the statement of a closing lacks its merchant": statement_at(CLOSING, merchant_nif=None),
    "the statement has a time that does not exist": statement_at(
        FIRST, timestamp="2026-11-31T10:00:00Z"
    ),
    "the statement has a time in another spelling": statement_at(
        FIRST, timestamp="2026-11-22T07:00:01+01:00"
    ),
    "a closing was sealed as an invoice": entry_at(CLOSING, kind="invoice"),
    "an invoice was filed as a closing": entry_at(FIRST, kind="closing"),
    "the body is of another version": body_at(FIRST, v="invoice/2"),
    "the body has no version": body_at(FIRST, v=None),
    "the body sells for another merchant": body_at(FIRST, merchant_nif="A9999999Z"),
    "the body is of another outlet": lambda: forged(
        GOOD, FIRST, body=says(outlet_id="LUB01"), statement=says(outlet_id="LUB01")
    ),
    "the body has another total": lambda: forged(
        GOOD, FIRST, body=lambda b: changed(b, "/totals/total", "1.00")
    ),
    "the body has no totals": body_at(FIRST, totals=None),
    "the totals are a text": body_at(FIRST, totals="90000.00"),
    "the totals are a list": body_at(FIRST, totals=["90000.00"]),
    "the body has no sale": body_at(FIRST, sale_id=None),
    "the sale is a list": body_at(FIRST, sale_id=["x"]),
    "the sale is an object": body_at(FIRST, sale_id={"a": "b"}),
    "the body has no seller": body_at(FIRST, seller=None),
    "the seller is a text": body_at(FIRST, seller="Boutique"),
    "the seller has no zone": lambda: forged(
        GOOD, FIRST, body=lambda b: without(b, "/seller/zone")
    ),
    "the zone is in another country": lambda: forged(
        GOOD, FIRST, body=lambda b: changed(b, "/seller/zone", "Europe/Paris")
    ),
    "the zone is a list": lambda: forged(
        GOOD, FIRST, body=lambda b: changed(b, "/seller/zone", ["Africa/Kinshasa"])
    ),
    "the credit is a text": body_at(NOTE, credit="RAM"),
    "the credit is a list": body_at(NOTE, credit=["RAM"]),
    "the original is a list": body_at(NOTE, credit={"nature": "RAM", "original": ["x"]}),
    "the original is an object": body_at(NOTE, credit={"nature": "RAM", "original": {"x": "y"}}),
    "the body is no JSON": lambda: forged(GOOD, EVENT, body=lambda _: b"note"),
    "the body is not canonical": lambda: forged(GOOD, EVENT, body=lambda _: b'{"v": "event/1"}'),
    "the body is an array": lambda: forged(GOOD, EVENT, body=lambda _: ["event/1"]),
    "the body holds a number": body_at(EVENT, count=1),
    "the body nests without end": lambda: forged(
        GOOD, EVENT, body=lambda _: b'{"a":' + b"[" * 900 + b'"x"' + b"]" * 900 + b"}"
    ),
}  # fmt: skip
