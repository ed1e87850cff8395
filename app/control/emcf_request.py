"""The bodies sent to the e-MCF, from a canonical invoice. Numbers are exact decimals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.control.module import SealedInvoice
from app.fiscal.codes import COMMENT_LINES, CREDIT_NATURES, CREDIT_TYPES, EXEMPTION_LABEL
from app.fiscal.tax import specific_taxes_of

COMMENT_BYTES = 190
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
    """The tax of the whole line; its value only where one rate or amount per unit says it all."""
    taxes = specific_taxes_of(item)
    if not taxes:
        return {}
    amount = {"taxSpecificAmount": sum(Decimal(tax["amount"]) for tax in taxes)}
    if not _said_by_value(taxes):
        return amount
    value = taxes[0]["value"] + ("%" if taxes[0]["kind"] == "percent" else "")
    return {"taxSpecificValue": value, **amount}


def _said_by_value(taxes: Sequence[Mapping[str, str]]) -> bool:
    return len(taxes) == 1 and taxes[0]["kind"] != "amount"


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
    said = {name: client[name] for name in names if name in client}
    reached = client.get("phone") or client.get("email")  # the API has one member for both
    return {"contact": reached, **said} if reached else said


def _payment(payment: Mapping[str, Any]) -> dict[str, Any]:
    """Always CDF, so no currency: the sources disagree on the names of those members."""
    return {"name": payment["method"], "amount": Decimal(payment["amount"])}


def _reference(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """SFE 1.1.26, 1.1.28: a credit note names its original by its 24 symbols, or says RRR."""
    if invoice["invoice_type"] not in CREDIT_TYPES:
        return {}
    credit = invoice["credit"]
    nature = credit["nature"]
    code = "RRR" if nature == "RRR" else credit["code_def_dgi"].replace("-", "").upper()
    return {"reference": code, "referenceType": nature, "referenceDesc": CREDIT_NATURES[nature]}


def _comments(invoice: Mapping[str, Any]) -> dict[str, str]:
    """The comments under the labels of the annex, then taxes that have no other place."""
    comments = dict(invoice.get("comments", {}))
    if "A" in comments:  # SFE 1.1.24
        label = f"{EXEMPTION_LABEL} :"
        comments["A"] = f"{label} {comments['A'].removeprefix(label).strip()}"
    free = [letter for letter in COMMENT_LINES if letter != "A" and letter not in comments]
    comments.update(zip(free, _detail(invoice["items"]), strict=False))
    return {
        f"cmt{letter.lower()}": comments[letter] for letter in COMMENT_LINES if letter in comments
    }


def _detail(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each label adds up to, for the lines whose taxes one value does not say (SFE 1.1.13)."""
    sums: dict[str, Decimal] = {}
    for taxes in map(specific_taxes_of, items):
        for tax in () if _said_by_value(taxes) else taxes:
            sums[tax["label"]] = sums.get(tax["label"], Decimal(0)) + Decimal(tax["amount"])
    lines: list[str] = []
    for label, amount in sums.items():
        words = f"{label} {amount}"
        longer = f"{lines[-1]} ; {words}" if lines else ""
        if longer and len(longer.encode()) <= COMMENT_BYTES:
            lines[-1] = longer
        else:
            lines.append(f"TS : {words}")
    return lines


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
