"""What a sale that was made would come to under another tax table."""

from collections.abc import Mapping
from typing import Any

from app.fiscal.money import parse_amount, parse_quantity
from app.fiscal.tables import TaxTable
from app.fiscal.tax import PERCENT, SpecificTax, TaxedLine, Totals, TsOrder, compute_tax


def totals_under(invoice: Mapping[str, Any], table: TaxTable, ts_order: TsOrder) -> Totals:
    """The totals of that canonical invoice's lines under that table.

    Raises:
        InvalidInvoice: `tax.group` when the table has no longer one of its groups.
    """
    lines = [_line(item) for item in invoice["items"]]
    return compute_tax(lines, invoice["price_mode"], table, ts_order).totals


def _line(item: Mapping[str, Any]) -> TaxedLine:
    one = item.get("specific_tax")
    taxes = item.get("specific_taxes", [one] if one else [])
    return TaxedLine(
        item["tax_group"],
        parse_amount(item["unit_price"], "/unit_price"),
        parse_quantity(item["quantity"], "/quantity"),
        tuple(_tax(tax) for tax in taxes),
    )


def _tax(tax: Mapping[str, Any]) -> SpecificTax:
    read = parse_quantity if tax["kind"] == PERCENT else parse_amount
    return SpecificTax(tax["kind"], read(tax["value"], "/value"), tax["label"])
