"""The bodies sent to the e-MCF, from a canonical invoice. Numbers are exact decimals."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from app.control.module import SealedInvoice

CREDIT_NOTES = ("FA", "EA")
NATURES = {
    "COR": "Correction",
    "RAN": "Annulation",
    "RAM": "Avoir suite reprise",
    "RRR": "Remise, ristourne, rabais",
}

ENCODED = msgspec.json.Encoder(decimal_format="number").encode


def post_body(sealed: SealedInvoice) -> bytes:
    """The invoice as `POST /api/invoice` wants it."""
    invoice = sealed.invoice
    body = {
        "nif": invoice["merchant_nif"],
        "rn": sealed.reference,
        "mode": invoice["price_mode"].lower(),  # upper case is refused (code 33)
        "isf": invoice["seller"]["isf"],
        "type": invoice["invoice_type"],
        "items": [_item(item) for item in invoice["items"]],
        "client": _client(invoice["client"]),
        "operator": {"id": invoice["cashier_id"], "name": invoice["operator"]},
        "payment": [_payment(payment) for payment in invoice["payments"]],
        **_reference(invoice),
        **_comments(invoice),
        **_currency(invoice),
    }
    return ENCODED(body)


def confirm_body(total: Decimal, vat: Decimal) -> bytes:
    """The numbers of the POST answer, echoed: any other is code 50."""
    return ENCODED({"total": total, "vtotal": vat})


CANCEL_BODY = b"{}"
"""A PUT needs a body: without a length it is 411, with length 0 it is 400."""


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": item["code"],
        "type": item["type"],
        "name": item["name"],
        "price": Decimal(item["unit_price"]),
        "quantity": Decimal(item["quantity"]),
        "taxGroup": item["tax_group"],
        **_specific_tax(item),
        **_price_change(item),
    }


def _specific_tax(item: Mapping[str, Any]) -> dict[str, Any]:
    tax = item.get("specific_tax")
    if tax is None:
        return {}
    value = tax["value"] + ("%" if tax["kind"] == "percent" else "")
    return {"taxSpecificValue": value, "taxSpecificAmount": Decimal(tax["amount"])}


def _price_change(item: Mapping[str, Any]) -> dict[str, Any]:
    """A discount shows only if the price before it is sent; the total is of the net price."""
    if "original_price" not in item:
        return {}
    changed: dict[str, Any] = {"originalPrice": Decimal(item["original_price"])}
    if "price_change_reason" in item:
        changed["priceModification"] = item["price_change_reason"]
    return changed


def _client(client: Mapping[str, Any]) -> dict[str, Any]:
    names = ("type", "nif", "name", "contact", "address")
    return {name: client[name] for name in names if name in client}


def _payment(payment: Mapping[str, Any]) -> dict[str, Any]:
    """Always CDF, so no currency: the sources disagree on the names of those members."""
    return {"name": payment["method"], "amount": Decimal(payment["amount"])}


def _reference(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """SFE 1.1.26, 1.1.28: a credit note names its original by its 24 symbols, or says RRR."""
    if invoice["invoice_type"] not in CREDIT_NOTES:
        return {}
    credit = invoice["credit"]
    nature = credit["nature"]
    code = "RRR" if nature == "RRR" else credit["code_def_dgi"].replace("-", "").upper()
    return {"reference": code, "referenceType": nature, "referenceDesc": NATURES[nature]}


def _comments(invoice: Mapping[str, Any]) -> dict[str, str]:
    comments: Mapping[str, str] = invoice.get("comments", {})
    return {f"cmt{letter.lower()}": words for letter, words in comments.items()}


def _currency(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """SFE 1.1.30: the rate of an invoice paid in dollars, for display; one rate per invoice."""
    for payment in invoice["payments"]:
        if payment["currency"] == "USD":
            return {
                "curCode": "USD",
                "curRate": Decimal(payment["rate"]),
                "curDate": f"{payment['rate_date']}T00:00:00.000",
            }
    return {}
