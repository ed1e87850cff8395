"""A sale as a client sends it: the members of the request, and the `Draft` they become."""

import re
from dataclasses import dataclass
from typing import Any, Final

from app.fiscal.canonical import canonical, digest
from app.fiscal.client import CLIENT, Client
from app.fiscal.codes import (
    COMMENT_LINES,
    CREDIT_NATURES,
    CURRENCIES,
    INVOICE_TYPES,
    ITEM_TYPES,
    PAYMENT_METHODS,
    PRICE_MODES,
)
from app.fiscal.errors import InvalidInvoice, NotCanonical
from app.fiscal.numbering import OUTLET_CODE
from app.fiscal.reading import (
    Amount,
    Array,
    Matching,
    Nif,
    Object,
    OneOf,
    Quantity,
    Rate,
    Text,
    wrong_type,
)
from app.fiscal.reading_times import Day, Instant
from app.fiscal.tables import GROUP_LABELS
from app.fiscal.tax import AMOUNT, PER_UNIT, PERCENT, SpecificTax

UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
SALE_ID: Final = Matching(UUID, "un UUID en minuscules (version 7 de préférence)")


@dataclass(frozen=True, slots=True)
class Line:
    """One identified item (SFE 1.1.16); prices in centimes, quantity in thousandths."""

    code: str
    type: str
    name: str
    unit: str
    unit_price: int
    quantity: int
    tax_group: str
    specific_taxes: tuple[SpecificTax, ...] = ()
    original_price: int | None = None
    price_change_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A means of payment: `amount` in centimes of CDF, whatever `currency` was handed over.

    `tendered` is centimes of `currency`, `rate` ten-thousandths of CDF for one USD.
    """

    method: str
    amount: int
    currency: str
    tendered: int | None = None
    rate: int | None = None
    rate_date: str | None = None
    provider: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What a credit note takes back (SFE 1.1.25 to 1.1.28)."""

    nature: str
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What the client computed, and with which table; centimes."""

    tax_table: str
    total: int | None = None
    vat: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A sale that was read but not yet judged. `payments` is None when none were sent."""

    sale_id: str
    request_hash: str
    outlet_id: str
    merchant_nif: str
    pos_terminal_id: str
    cashier_id: str
    operator: str
    invoice_type: str
    price_mode: str
    timestamp: str
    client: Client
    items: tuple[Line, ...]
    payments: tuple[Payment, ...] | None
    comments: dict[str, str]
    credit: Credit | None
    replaces: str | None
    expected: Expected | None


_SPECIFIC_TAX = Object(
    {
        "kind": OneOf(frozenset({AMOUNT, PER_UNIT, PERCENT}), "SFE-1.1.13"),
        "value": Quantity(),
        "label": Text(16, "Nom de la taxe spécifique", word=True),
    },
    name="SpecificTax",
)
"""`value` is read again as an amount unless the kind is `percent`. A paper names the tax by its
label (SFE 1.2.1 t)."""

MOST_SPECIFIC_TAXES: Final = 4

ITEM = Object(
    {
        "code": Text(24, "Code de l'article", word=True),
        "type": OneOf(frozenset(ITEM_TYPES), "SFE-1.1.16"),
        "name": Text(64, "Nom de l'article", word=True),
        "unit": Text(16, "Unité de l'article"),
        "unit_price": Amount(),
        "quantity": Quantity(),
        "tax_group": OneOf(frozenset(GROUP_LABELS), "tax.group"),
        "specific_tax": _SPECIFIC_TAX,
        "specific_taxes": Array(_SPECIFIC_TAX),
        "original_price": Amount(),
        "price_change_reason": Text(24, "Motif du prix changé"),
    },
    frozenset({"specific_tax", "specific_taxes", "original_price", "price_change_reason"}),
    name="Item",
)

_PAYMENT = Object(
    {
        "method": OneOf(frozenset(PAYMENT_METHODS), "SFE-1.1.18"),
        "amount": Amount(),
        "currency": OneOf(CURRENCIES, "SFE-1.1.30"),
        "tendered": Amount(),
        "rate": Rate(),
        "rate_date": Day(),
        "provider": Text(32, "Opérateur du paiement"),
        "reference": Text(64, "Référence du paiement"),
    },
    frozenset({"tendered", "rate", "rate_date", "provider", "reference"}),
    name="Payment",
)

_CREDIT = Object(
    {
        "nature": OneOf(frozenset(CREDIT_NATURES), "SFE-1.1.25"),
        "original": Text(32, "Facture d'origine"),
    },
    frozenset({"original"}),
    name="Credit",
)

_COMMENTS = Object(
    {letter: Text(190, f"Commentaire {letter}") for letter in COMMENT_LINES},
    frozenset(COMMENT_LINES),
    name="Comments",
)

_EXPECTED = Object(
    {"tax_table": Text(16, "Table des taxes"), "total": Amount(), "vat": Amount()},
    frozenset({"total", "vat"}),
    name="Expected",
)

SALE: Final = Object(
    {
        "outlet_id": Matching(OUTLET_CODE, "un code de point de vente : 3 à 5 lettres ou chiffres"),
        "merchant_nif": Nif("NIF du vendeur"),
        "pos_terminal_id": Text(16, "Numéro de la caisse"),
        "cashier_id": Text(16, "Numéro du vendeur"),
        "operator": Text(32, "Nom du vendeur", word=True),
        "invoice_type": OneOf(frozenset(INVOICE_TYPES), "SFE-1.1.7"),
        "price_mode": OneOf(frozenset(PRICE_MODES), "SFE-1.5.3"),
        "timestamp": Instant(),
        "client": CLIENT,
        "items": Array(ITEM),
        "payments": Array(_PAYMENT),
        "comments": _COMMENTS,
        "credit": _CREDIT,
        "replaces": SALE_ID,
        "expected": _EXPECTED,
    },
    frozenset({"comments", "credit", "replaces", "expected", "payments"}),
    name="Sale",
)
"""The request of `PUT /api/v1/invoices/{id}` and of the preview."""


def _specific_tax(read: dict[str, Any], sent: dict[str, Any], path: str) -> SpecificTax:
    value = read["value"]
    if read["kind"] != PERCENT:
        value = Amount().read(sent["value"], f"{path}/value")
    return SpecificTax(read["kind"], value, read["label"])


def _specific_taxes(
    read: dict[str, Any], sent: dict[str, Any], path: str
) -> tuple[SpecificTax, ...]:
    """One tax in `specific_tax`, or up to four in `specific_taxes`."""
    one, several = read.pop("specific_tax", None), read.pop("specific_taxes", None)
    if several is None:
        if one is None:
            return ()
        return (_specific_tax(one, sent["specific_tax"], f"{path}/specific_tax"),)
    path = f"{path}/specific_taxes"
    if one is not None or not 1 <= len(several) <= MOST_SPECIFIC_TAXES:
        raise InvalidInvoice(
            "SFE-1.1.13",
            path,
            f"Un article a une taxe spécifique, ou une liste de {MOST_SPECIFIC_TAXES} au plus.",
        )
    pairs = enumerate(zip(several, sent["specific_taxes"], strict=True))
    return tuple(_specific_tax(tax, said, f"{path}/{n}") for n, (tax, said) in pairs)


def line_of(read: dict[str, Any], sent: dict[str, Any], path: str) -> Line:
    """The line that `ITEM` read at `path` from what was sent.

    Raises:
        InvalidInvoice: a rule of its specific taxes.
    """
    specific_taxes = _specific_taxes(read, sent, path)
    return Line(**read, specific_taxes=specific_taxes)


def request_hash(document: object) -> str:
    """The hash of the canonical form of the request as decoded, nothing defaulted.

    Raises:
        InvalidInvoice: `format.text` for an empty string or a lone surrogate that no member's
            own rule refused.
    """
    try:
        return digest(canonical(document))
    except NotCanonical as error:
        raise InvalidInvoice(
            "format.text", "", f"La demande n'est pas canonique : {error}."
        ) from error


def read_draft(document: Any, sale_id: str) -> Draft:
    """The sale that this decoded request says, under the id of its address.

    Raises:
        InvalidInvoice: a `format.…` rule, a list of codes, or `security.supplied`.
    """
    SALE_ID.read(sale_id, "/sale_id")
    if type(document) is not dict:
        raise wrong_type("", "un objet")
    read = SALE.read(document, "")
    lines = tuple(
        line_of(line, sent, f"/items/{n}")
        for n, (line, sent) in enumerate(zip(read.pop("items"), document["items"], strict=True))
    )
    payments = read.pop("payments", None)
    return Draft(
        sale_id=sale_id,
        request_hash=request_hash(document),
        client=Client(**read.pop("client")),
        items=lines,
        payments=None if payments is None else tuple(Payment(**p) for p in payments),
        comments=read.pop("comments", {}),
        credit=Credit(**read.pop("credit")) if "credit" in read else None,
        expected=Expected(**read.pop("expected")) if "expected" in read else None,
        replaces=read.pop("replaces", None),
        **read,
    )
