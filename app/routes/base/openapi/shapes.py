"""The shapes of answers in the OpenAPI document.

A shape with a `title` becomes a schema of that name; `document.py` says of each member what it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, Final, get_args

from app.fiscal.client import Client
from app.fiscal.codes import INVOICE_TYPES, ITEM_TYPES, PAYMENT_METHODS, PRICE_MODES
from app.fiscal.invoice import Seller
from app.fiscal.tables import GROUP_LABELS
from app.services.ledger.answers import Upload
from app.store.tables.ledger import SaleStatus

Shape = dict[str, Any]

TEXT: Final[Shape] = {"type": "string"}
DECIMAL: Final[Shape] = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
COUNT: Final[Shape] = {"type": "string", "pattern": "^[0-9]+$"}
TIME: Final[Shape] = {"type": "string", "format": "date-time"}
DAY: Final[Shape] = {"type": "string", "format": "date"}
ADDRESS: Final[Shape] = {"type": "string"}
TRUTH: Final[Shape] = {"type": "boolean"}


def record(title: str, members: Mapping[str, Shape], optional: Iterable[str] = ()) -> Shape:
    """An object of that name; members that are not optional are always there."""
    absent = set(optional)
    return {
        "title": title,
        "type": "object",
        "properties": dict(members),
        "required": [name for name in members if name not in absent],
    }


def list_of(shape: Shape) -> Shape:
    """An array of that."""
    return {"type": "array", "items": shape}


def words_of(literal: Any) -> list[str]:
    """The words of a `Literal`, or of a union of some."""
    if isinstance(literal, str):
        return [literal]
    return [word for part in get_args(literal) for word in words_of(part)]


def one_of(title: str, words: Iterable[str]) -> Shape:
    """A closed list of words, by that name."""
    return {"title": title, "type": "string", "enum": list(words)}


def page(title: str, of: Shape) -> Shape:
    """A page of a list."""
    return record(title, {"items": list_of(of), "next": TEXT}, {"next"})


def texts(*names: str) -> dict[str, Shape]:
    """Members that are text."""
    return dict.fromkeys(names, TEXT)


def _of_dataclass(kind: type) -> dict[str, Any]:
    """The members of a record that is written out as it is; those with a default may be absent."""
    members = fields(kind)
    return {
        "members": texts(*(member.name for member in members)),
        "optional": {member.name for member in members if member.default is None},
    }


FAULT: Final = record("Fault", texts("rule", "path", "detail"))
PROBLEM_SHAPE: Final = record(
    "Problem",
    texts("type", "title", "rule", "path", "detail")
    | {"status": {"type": "integer"}, "errors": list_of(FAULT)},
    {"errors"},
)

INVOICE_TYPE: Final = one_of("InvoiceType", sorted(INVOICE_TYPES))
_AMOUNTS: Final = dict.fromkeys(("base", "specific_tax", "vat", "total"), DECIMAL)
TOTALS: Final = record("Totals", _AMOUNTS | {"currency": TEXT})
_RATED: Final = {"rate": COUNT, **_AMOUNTS}
TAX_GROUP: Final = record("TaxGroup", {"group": TEXT, **_RATED}, {"rate"})
_BY_LETTER: Final[Shape] = {
    "title": "TaxGroupsByLetter",
    "type": "object",
    "additionalProperties": record("GroupAmounts", _RATED, {"rate"}),
}
SELLER: Final = record("Seller", **_of_dataclass(Seller))
_BUYER: Final = record("Buyer", **_of_dataclass(Client))
_TAX_OF_LINE: Final = record(
    "SealedSpecificTax", texts("kind", "label") | {"value": DECIMAL, "amount": DECIMAL}
)
_LINE: Final = record(
    "SealedItem",
    {
        **texts("code", "name", "unit", "price_change_reason"),
        "type": one_of("ItemType", sorted(ITEM_TYPES)),
        "tax_group": one_of("TaxGroupLetter", sorted(GROUP_LABELS)),
        **dict.fromkeys(("unit_price", "quantity", "amount", "original_price"), DECIMAL),
        "specific_tax": _TAX_OF_LINE,
        "specific_taxes": list_of(_TAX_OF_LINE),
    },
    {"specific_tax", "specific_taxes", "original_price", "price_change_reason"},
)
_PAID: Final = record(
    "SealedPayment",
    {
        "method": one_of("PaymentMethod", sorted(PAYMENT_METHODS)),
        "currency": one_of("Currency", ("CDF", "USD")),
        **dict.fromkeys(("amount", "tendered", "rate"), DECIMAL),
        "rate_date": DAY,
        **texts("provider", "reference"),
    },
    {"tendered", "rate", "rate_date", "provider", "reference"},
)
_CREDITED: Final = record(
    "SealedCredit", texts("nature", "original", "code_def_dgi"), {"original", "code_def_dgi"}
)
CANONICAL: Final = record(
    "CanonicalInvoice",
    {
        **texts("v", "source", "submitted_by", "sale_id", "outlet_id", "merchant_nif"),
        **texts("pos_terminal_id", "cashier_id", "operator", "tax_table", "replaces"),
        "invoice_type": INVOICE_TYPE,
        "price_mode": one_of("PriceMode", sorted(PRICE_MODES)),
        "timestamp": TIME,
        "seller": SELLER,
        "client": _BUYER,
        "items": list_of(_LINE),
        "payments": list_of(_PAID),
        "tax_groups": _BY_LETTER,
        "totals": TOTALS,
        "comments": {"title": "SealedComments", "type": "object", "additionalProperties": TEXT},
        "credit": _CREDITED,
    },
    {"comments", "credit", "replaces"},
)
SECURITY: Final = record(
    "SecurityElements",
    {
        **texts("fiscal_number", "reference", "authority_id", "auth_code", "qr_payload", "seal"),
        **texts("entry_hash"),
        "timestamp": TIME,
        "position": COUNT,
    },
    {"qr_payload"},
)
NORMALISATION: Final = record(
    "Normalisation",
    texts("module", "code_def_dgi", "nim", "counters", "date_time", "qr_code"),
    {"nim", "counters", "date_time", "qr_code"},
)
REFUSAL: Final = record("Refusal", texts("by", "code", "text"), {"by", "code"})
LINKS: Final = record("Links", dict.fromkeys(("receipt", "pdf", "verify"), ADDRESS))
STATUS: Final = one_of("SaleStatus", words_of(SaleStatus))
_BRIEF: Final[dict[str, Shape]] = {
    **texts("sale_id", "request_hash", "payload_hash"),
    "status": STATUS,
    "security": SECURITY,
    "normalisation": NORMALISATION,
    "refusal": REFUSAL,
    "doubt": record("Doubt", {"since": TIME, "reason": TEXT}),
    "delivery": record("Upload", {"state": one_of("UploadState", words_of(Upload))}),
    "links": LINKS,
}
_FOLLOWING: Final = {"normalisation", "refusal", "doubt", "delivery"}
ISSUED: Final = record(
    "IssuedInvoice",
    _BRIEF | {"invoice": CANONICAL, "tax_groups": list_of(TAX_GROUP), "totals": TOTALS},
    {*_FOLLOWING, "invoice", "tax_groups", "totals"},
)
ISSUED_BRIEFLY: Final = record("IssuedInvoiceBrief", _BRIEF, _FOLLOWING)
INVOICES: Final = page("InvoicePage", ISSUED_BRIEFLY)
PREVIEW: Final = record(
    "Preview", {"tax_table": TEXT, "tax_groups": list_of(TAX_GROUP), "totals": TOTALS}
)
AUTHENTIC: Final = record(
    "AuthenticInvoice",
    {
        "result": TEXT,
        "status": STATUS,
        **texts("outlet_id", "merchant_nif"),
        "seller": SELLER,
        "invoice_type": INVOICE_TYPE,
        "totals": TOTALS,
        "security": SECURITY,
        "normalisation": NORMALISATION,
    },
    {"normalisation"},
)

EXPORT: Final = record(
    "Export",
    {"id": TEXT, "state": one_of("ExportState", ("building", "ready", "failed")), "chunks": COUNT},
)
_MODE: Final = record(
    "SellingMode",
    {
        **texts("name", "title", "words"),
        "may_sell": TRUTH,
        "parts": {"title": "Parts", "type": "object", "additionalProperties": TEXT},
        "since": TIME,
        "deadline": TIME,
    },
    {"since", "deadline"},
)
_OUTAGE: Final = record(
    "Outage", {"part": TEXT, "from": TIME, "to": TIME, "seconds": COUNT}, {"to", "seconds"}
)
OUTAGES: Final = record("Outages", {"outlet_id": TEXT, "mode": _MODE, "items": list_of(_OUTAGE)})
_GROUP: Final = record("TableGroup", {"group": TEXT, "label": TEXT, "rate": COUNT}, {"rate"})
TAX_TABLES: Final = record(
    "TaxTables",
    {
        "in_force": TEXT,
        "items": list_of(
            record("TaxTable", {"name": TEXT, "in_force_from": TEXT, "groups": list_of(_GROUP)})
        ),
    },
)
_ANYWHERE: Final[Shape] = {"anyOf": [TEXT, list_of(TEXT)]}
KEYS: Final = record(
    "PublicKeys",
    {
        "keys": list_of(
            record(
                "PublicKey",
                {
                    **texts("kty", "crv", "x", "y", "kid", "alg", "use", "authority"),
                    "nbf": {"type": ["integer", "string"]},
                    "exp": {"type": ["integer", "string"]},
                    "outlets": _ANYWHERE,
                },
            )
        )
    },
)
HEALTH: Final = record("Health", {"status": TEXT, "time": TIME}, {"time"})
PRINTED: Final = record(
    "PrintedPaper",
    {**texts("sale_id", "copy", "paper", "page"), "number": COUNT, "at": TIME},
)
HEARTBEAT: Final[Shape] = {"title": "OutletState", "type": "object", "additionalProperties": True}
