"""A sale computed again under another table says what it said, or what it would have said."""

from typing import Any

import pytest

from app.fiscal.errors import InvalidInvoice
from app.fiscal.rehearsal import totals_under
from app.fiscal.tables import table_named

NEW, OLD = table_named("CD-2026-02"), table_named("CD-2025-05")
AMOUNT = {"kind": "amount", "value": "10.00", "label": "a"}
SHARE = {"kind": "percent", "value": "2.5", "label": "b"}


def invoice(**members: Any) -> dict[str, Any]:
    """A sale of one line of 100.00 without VAT."""
    item = {"unit_price": "100.00", "quantity": "1", "tax_group": "C"} | members
    return {"price_mode": "HT", "items": [item]}


def test_the_rate_of_the_table_counts() -> None:
    assert totals_under(invoice(), NEW, "total-first").total == 105_00
    assert totals_under(invoice(), OLD, "total-first").total == 108_00


def test_specific_taxes_count_once_or_several_times() -> None:
    one = totals_under(invoice(specific_tax=AMOUNT), NEW, "total-first")
    assert (one.specific_tax, one.vat, one.total) == (10_00, 5_50, 115_50)
    two = totals_under(invoice(specific_taxes=[AMOUNT, SHARE]), NEW, "total-first")
    assert (two.specific_tax, two.total) == (12_50, 118_13)


def test_a_group_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        totals_under(invoice(tax_group="O"), OLD, "total-first")
    assert refusal.value.rule == "tax.group"
