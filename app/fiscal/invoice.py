"""The canonical invoice (`invoice/1`): what is signed, stored and printed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from app.fiscal.client import Client
from app.fiscal.draft import Draft, Line, Payment
from app.fiscal.money import amount_text, quantity_text, rate_text
from app.fiscal.rules import check_draft, check_expected, check_payments
from app.fiscal.tables import TaxTable
from app.fiscal.tax import (
    PERCENT,
    GroupAmounts,
    LineAmounts,
    SpecificTax,
    Taxed,
    TaxedLine,
    Totals,
    TsOrder,
    compute_tax,
)

INVOICE: Final = "invoice/1"


@dataclass(frozen=True, slots=True)
class Seller:
    """The outlet as its papers name it (SFE 1.2.1 a to d, j, v)."""

    name: str
    address: str
    contact: str
    regime: str
    isf: str
    zone: str
    legal_name: str | None = None
    rccm: str | None = None
    phone: str | None = None
    email: str | None = None

    def document(self) -> dict[str, str]:
        """The member `seller` of the canonical invoice; what nobody entered is absent."""
        return _present(**{field.name: getattr(self, field.name) for field in fields(self)})


def _present(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}


def _amount(centimes: int | None) -> str | None:
    return None if centimes is None else amount_text(centimes)


def tax_draft(draft: Draft, table: TaxTable, ts_order: TsOrder = "total-first") -> Taxed:
    """The amounts of a sale that keeps every rule which needs no ledger, payments apart.

    Raises:
        InvalidInvoice: the rule that does not hold.
    """
    check_draft(draft)
    lines = [
        TaxedLine(i.tax_group, i.unit_price, i.quantity, i.specific_taxes) for i in draft.items
    ]
    taxed = compute_tax(lines, draft.price_mode, table, ts_order)
    amount_text(taxed.totals.total)  # SFE 1.1.21: a line is never zero, so neither is the total
    check_expected(draft, table.name, taxed.totals)
    return taxed


def group_documents(groups: tuple[GroupAmounts, ...]) -> dict[str, dict[str, str]]:
    """The member `tax_groups`, by letter; group N has no rate."""
    return {
        g.group: _present(
            rate=None if g.rate is None else str(g.rate),
            base=amount_text(g.base),
            specific_tax=amount_text(g.specific_tax),
            vat=amount_text(g.vat),
            total=amount_text(g.total),
        )
        for g in groups
    }


def totals_document(totals: Totals) -> dict[str, str]:
    """The member `totals`."""
    return {
        "base": amount_text(totals.base),
        "specific_tax": amount_text(totals.specific_tax),
        "vat": amount_text(totals.vat),
        "total": amount_text(totals.total),
        "currency": "CDF",
    }


def _value(tax: SpecificTax) -> str:
    return quantity_text(tax.value) if tax.kind == PERCENT else amount_text(tax.value)


def _specific_tax(tax: SpecificTax, amount: int) -> dict[str, str]:
    return {
        "kind": tax.kind,
        "value": _value(tax),
        "label": tax.label,
        "amount": amount_text(amount),
    }


def item_document(line: Line, amounts: LineAmounts) -> dict[str, Any]:
    """The line as the canonical invoice says it."""
    item: dict[str, Any] = _present(
        code=line.code,
        type=line.type,
        name=line.name,
        unit=line.unit,
        unit_price=amount_text(line.unit_price),
        quantity=quantity_text(line.quantity),
        tax_group=line.tax_group,
        amount=amount_text(amounts.amount),
        original_price=_amount(line.original_price),
        price_change_reason=line.price_change_reason,
    )
    taxes = [
        _specific_tax(tax, amount)
        for tax, amount in zip(line.specific_taxes, amounts.specific_taxes, strict=True)
    ]
    if len(taxes) == 1:
        item["specific_tax"] = taxes[0]
    elif taxes:
        item["specific_taxes"] = taxes
    return item


def _client(client: Client) -> dict[str, str]:
    return _present(**{field.name: getattr(client, field.name) for field in fields(client)})


def _payment(payment: Payment) -> dict[str, str]:
    return _present(
        method=payment.method,
        amount=amount_text(payment.amount),
        currency=payment.currency,
        tendered=_amount(payment.tendered),
        rate=None if payment.rate is None else rate_text(payment.rate),
        rate_date=payment.rate_date,
        provider=payment.provider,
        reference=payment.reference,
    )


def _credit(draft: Draft, code_def_dgi: str | None) -> dict[str, str]:
    credit = draft.credit
    if credit is None:
        return {}
    return _present(nature=credit.nature, original=credit.original, code_def_dgi=code_def_dgi)


def compose_invoice(
    draft: Draft,
    taxed: Taxed,
    table: TaxTable,
    seller: Mapping[str, str],
    *,
    source: str,
    submitted_by: str,
    code_def_dgi: str | None = None,
) -> dict[str, Any]:
    """The canonical invoice of a sale whose payments cover its total exactly.

    `code_def_dgi` is that of the original of a credit note.

    Raises:
        InvalidInvoice: `SFE-1.1.18`, `SFE-1.1.19` or `SFE-1.1.30`.
    """
    check_payments(draft.payments, taxed.totals.total)
    document: dict[str, Any] = {
        "v": INVOICE,
        "source": source,
        "submitted_by": submitted_by,
        "sale_id": draft.sale_id,
        "outlet_id": draft.outlet_id,
        "merchant_nif": draft.merchant_nif,
        "pos_terminal_id": draft.pos_terminal_id,
        "cashier_id": draft.cashier_id,
        "operator": draft.operator,
        "invoice_type": draft.invoice_type,
        "price_mode": draft.price_mode,
        "timestamp": draft.timestamp,
        "seller": dict(seller),
        "client": _client(draft.client),
        "tax_table": table.name,
        "items": [item_document(i, a) for i, a in zip(draft.items, taxed.lines, strict=True)],
        "payments": [_payment(p) for p in draft.payments or ()],
        "tax_groups": group_documents(taxed.groups),
        "totals": totals_document(taxed.totals),
    }
    return document | _where_given(draft, code_def_dgi)


def _where_given(draft: Draft, code_def_dgi: str | None) -> dict[str, Any]:
    members: dict[str, Any] = {
        "comments": draft.comments,
        "credit": _credit(draft, code_def_dgi),
        "replaces": draft.replaces,
    }
    return {name: value for name, value in members.items() if value}
