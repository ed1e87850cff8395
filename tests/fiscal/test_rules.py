"""Each clause: a good sale, one change, and the rule and path of the refusal."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.draft import Payment
from app.fiscal.errors import InvalidInvoice
from app.fiscal.rules import (
    check_draft,
    check_expected,
    check_payments,
)
from app.fiscal.tax import Totals
from tests.given.requests import (
    canonical_invoice,
    cash,
    changed,
    credit_request,
    dollars,
    example_request,
    flour,
    read,
    sale_request,
    tax_of,
    without,
)

NAMED = {"name": "Établissements Exemple", "nif": "A2699999B"}
EXEMPT = {"A": "Réf. Exo. : 12/2026"}


def refused(request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(InvalidInvoice) as refusal:
        check_draft(read(request))
    return refusal.value.rule, refusal.value.path


def item(**changes: Any) -> dict[str, Any]:
    return sale_request(items=[flour(), flour(**changes)])


BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "no item at all": (sale_request(items=[]), "SFE-1.1.6", "/items"),
    "a price of zero": (item(unit_price="0"), "SFE-1.1.22", "/items/1/unit_price"),
    "a quantity of zero": (item(quantity="0.000"), "SFE-1.1.22", "/items/1/quantity"),
    "a former price of zero": (
        item(original_price="0.00"),
        "SFE-1.1.22",
        "/items/1/original_price",
    ),
    "a line that rounds to zero": (
        item(unit_price="0.01", quantity="0.499"),
        "SFE-1.1.22",
        "/items/1",
    ),
    "a specific tax of zero": (
        item(specific_tax=tax_of("percent", "0")),
        "SFE-1.1.13",
        "/items/1/specific_tax/value",
    ),
    "one of several specific taxes is zero": (
        item(specific_taxes=[tax_of("percent", "1"), tax_of("amount", "0")]),
        "SFE-1.1.13",
        "/items/1/specific_taxes/1/value",
    ),
    "out of scope in group B": (item(code="HORSCHAMP"), "tax.out-of-scope", "/items/1/tax_group"),
    "out of scope, as FACNO writes it, in group C": (
        item(code="HORS CHAMP", tax_group="C"),
        "tax.out-of-scope",
        "/items/1/tax_group",
    ),
    "a good in group L": (item(tax_group="L"), "tax.item-type", "/items/1/type"),
    "a service in group N": (item(type="SER", tax_group="N"), "tax.item-type", "/items/1/type"),
    "a levy in group B": (item(type="TAX"), "tax.item-type", "/items/1/type"),
    "an embassy without name": (
        sale_request(client={"type": "AO"}, comments=EXEMPT),
        "SFE-1.1.11",
        "/client/name",
    ),
    "an embassy without the reference of its exemption": (
        sale_request(client={"type": "AO", "name": "Ambassade"}),
        "SFE-1.1.24",
        "/comments/A",
    ),
    "group D without the reference of the exemption": (
        item(tax_group="D"),
        "SFE-1.1.24",
        "/comments/A",
    ),
    "group D with another comment": (
        item(tax_group="D") | {"comments": {"B": "Livraison lundi"}},
        "SFE-1.1.24",
        "/comments/A",
    ),
    "a sale with a nature": (
        sale_request(credit={"nature": "RAM", "original": "KIN01-1-00000105"}),
        "SFE-1.1.25",
        "/credit",
    ),
    "a credit note without nature": (sale_request(invoice_type="FA"), "SFE-1.1.25", "/credit"),
    "an export credit note without nature": (
        sale_request(invoice_type="EA"),
        "SFE-1.1.25",
        "/credit",
    ),
    "a rebate that names an invoice": (
        credit_request("KIN01-1-00000105", "RRR"),
        "SFE-1.1.28",
        "/credit/original",
    ),
}
for _nature in ("COR", "RAN", "RAM"):
    BROKEN[f"a {_nature} without original"] = (
        credit_request(None, _nature),
        "SFE-1.1.26",
        "/credit/original",
    )
for _kind in ("PM", "PC", "PL"):
    for _name in NAMED:
        BROKEN[f"a {_kind} without {_name}"] = (
            sale_request(client=without({"type": _kind} | NAMED, f"/{_name}")),
            "SFE-1.1.11",
            f"/client/{_name}",
        )


@pytest.mark.parametrize("sentence", BROKEN)
def test_a_sale_that_breaks_one_clause_is_refused_with_it(sentence: str) -> None:
    request, rule, path = BROKEN[sentence]
    assert refused(request) == (rule, path)


GOOD: dict[str, dict[str, Any]] = {
    "the smallest sale": sale_request(),
    "the example of the API": example_request(),
    "a passer-by with a name": sale_request(client={"type": "PP", "name": "Marie"}),
    "an embassy with its exemption": sale_request(
        client={"type": "AO", "name": "Ambassade"}, comments=EXEMPT
    ),
    "group D with its exemption": item(tax_group="D") | {"comments": EXEMPT},
    "a levy in group L": item(type="TAX", tax_group="L"),
    "a levy in group N": item(type="TAX", tax_group="N"),
    "a service": item(type="SER"),
    "out of scope in group A": item(code="HORSCHAMP", tax_group="A"),
    "a line of half a centime": item(unit_price="0.01", quantity="0.5"),
    "an advance": sale_request(invoice_type="FT"),
    "an export": sale_request(invoice_type="EV"),
    "a return": credit_request("KIN01-1-00000105"),
    "an export return": credit_request("KIN01-1-00000105", invoice_type="EA"),
    "a correction": credit_request("KIN01-1-00000105", "COR"),
    "a cancellation": credit_request("KIN01-1-00000105", "RAN"),
    "a rebate on no invoice": credit_request(None, "RRR"),
} | {
    f"a client {kind} with name and NIF": sale_request(client={"type": kind} | NAMED)
    for kind in ("PM", "PC", "PL")
}


@pytest.mark.parametrize("sentence", GOOD)
def test_a_sale_that_keeps_every_clause_is_admitted(sentence: str) -> None:
    check_draft(read(GOOD[sentence]))


def every_fault(check: Callable[[], None]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInvoice) as refusal:
        check()
    return [(fault.rule, fault.path) for fault in refusal.value.each()]


def test_every_rule_that_a_sale_breaks_is_named_at_once() -> None:
    request = sale_request(
        items=[flour(unit_price="0"), flour(quantity="0"), flour(type="TAX")],
        client={"type": "PM"},
        credit={"nature": "RAM"},
    )
    assert every_fault(lambda: check_draft(read(request))) == [
        ("SFE-1.1.22", "/items/0/unit_price"),
        ("SFE-1.1.22", "/items/1/quantity"),
        ("tax.item-type", "/items/2/type"),
        ("SFE-1.1.11", "/client/name"),
        ("SFE-1.1.11", "/client/nif"),
        ("SFE-1.1.25", "/credit"),
        ("SFE-1.1.26", "/credit/original"),
    ]


def test_every_payment_at_fault_is_named_at_once() -> None:
    payments = [cash("0"), cash("100", currency="USD"), cash("50", rate="2850", tendered="1")]
    request = sale_request(payments=payments)
    assert every_fault(lambda: check_payments(read(request).payments, HUNDRED)) == [
        ("SFE-1.1.19", "/payments/0/amount"),
        ("SFE-1.1.30", "/payments/1/tendered"),
        ("SFE-1.1.30", "/payments/1/rate"),
        ("SFE-1.1.30", "/payments/1/rate_date"),
        ("SFE-1.1.30", "/payments/2/rate"),
        ("SFE-1.1.19", "/payments/2/tendered"),
    ]


# --- Payments (SFE 1.1.18, 1.1.19, 1.1.30)


def refused_payments(payments: list[dict[str, Any]] | None, total: int) -> tuple[str, str]:
    request = without(sale_request(), "/payments")
    if payments is not None:
        request["payments"] = payments
    with pytest.raises(InvalidInvoice) as refusal:
        check_payments(read(request).payments, total)
    return refusal.value.rule, refusal.value.path


HUNDRED = 10_000
PAYMENTS: dict[str, tuple[list[dict[str, Any]] | None, str, str]] = {
    "none were sent": (None, "format.missing", "/payments"),
    "an empty list": ([], "SFE-1.1.19", "/payments"),
    "a centime too little": ([cash("99.99")], "SFE-1.1.19", "/payments"),
    "a centime too much": ([cash("60"), cash("40.01")], "SFE-1.1.19", "/payments"),
    "a payment of zero": ([cash("100"), cash("0")], "SFE-1.1.19", "/payments/1/amount"),
    "less handed over than paid": (
        [cash("100", tendered="99.99")],
        "SFE-1.1.19",
        "/payments/0/tendered",
    ),
    "change from a card": (
        [cash("100", method="CARTEBANCAIRE", tendered="200")],
        "SFE-1.1.18",
        "/payments/0/tendered",
    ),
    "a rate on francs": ([cash("100", rate="2850")], "SFE-1.1.30", "/payments/0/rate"),
    "a rate day on francs": (
        [cash("100", rate_date="2026-11-22")],
        "SFE-1.1.30",
        "/payments/0/rate_date",
    ),
    "change in dollars from a phone": (
        [dollars("100", method="MOBILEMONEY", tendered="1000")],
        "SFE-1.1.18",
        "/payments/0/tendered",
    ),
    "dollars handed over for a credit": (
        [dollars("100", method="CREDIT")],
        "SFE-1.1.18",
        "/payments/0/tendered",
    ),
    "a card in dollars without a rate": (
        [without(without(dollars("100", method="CARTEBANCAIRE"), "/tendered"), "/rate")],
        "SFE-1.1.30",
        "/payments/0/rate",
    ),
    "dollars that do not cover the payment": (
        [dollars("100", tendered="0.03", rate="2850")],
        "SFE-1.1.30",
        "/payments/0/tendered",
    ),
    "dollars at a rate of zero": ([dollars("100", rate="0")], "SFE-1.1.30", "/payments/0/tendered"),
    "dollars at two rates": (
        [dollars("50"), dollars("50", rate="2851")],
        "SFE-1.1.30",
        "/payments",
    ),
    "dollars at the rates of two days": (
        [dollars("50"), dollars("50", rate_date="2026-11-21")],
        "SFE-1.1.30",
        "/payments",
    ),
} | {
    f"dollars without {name}": (
        [without(dollars("100"), f"/{name}")],
        "SFE-1.1.30",
        f"/payments/0/{name}",
    )
    for name in ("tendered", "rate", "rate_date")
}


@pytest.mark.parametrize("sentence", PAYMENTS)
def test_payments_that_break_one_clause_are_refused_with_it(sentence: str) -> None:
    payments, rule, path = PAYMENTS[sentence]
    assert refused_payments(payments, HUNDRED) == (rule, path)


GOOD_PAYMENTS: dict[str, list[dict[str, Any]]] = {
    "cash": [cash("100")],
    "cash with change": [cash("100", tendered="200")],
    "cash without change": [cash("100", tendered="100")],
    "a credit for the unpaid part": [cash("30"), cash("70", method="CREDIT")],
    "dollars with change in francs": [dollars("100", tendered="0.04")],
    "dollars that cover to the rounded centime": [
        dollars("100", tendered="0.04", rate="2499.9999")
    ],
    "two payments in dollars at one rate": [dollars("50"), dollars("50", tendered="1")],
    "dollars from a phone": [without(dollars("100", method="MOBILEMONEY"), "/tendered")],
}


@pytest.mark.parametrize("sentence", GOOD_PAYMENTS)
def test_payments_that_keep_every_clause_are_admitted(sentence: str) -> None:
    check_payments(read(sale_request(payments=GOOD_PAYMENTS[sentence])).payments, HUNDRED)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=6), st.integers(-(10**6), 10**6))
def test_payments_cover_exactly_their_sum_and_nothing_else(amounts: list[int], off: int) -> None:
    payments = tuple(Payment("ESPECES", amount, "CDF") for amount in amounts)
    total = sum(amounts)
    check_payments(payments, total)
    if off and total + off >= 0:
        with pytest.raises(InvalidInvoice) as refusal:
            check_payments(payments, total + off)
        assert refusal.value.rule == "SFE-1.1.19"


# --- What the client computed

TOTALS = Totals(base=7_758_621, specific_tax=0, vat=1_241_379, total=9_000_000)


def judged(expected: dict[str, str] | None, table: str = "CD-2026-02") -> tuple[str, str] | None:
    request = sale_request() | ({"expected": expected} if expected else {})
    try:
        check_expected(read(request), table, TOTALS)
    except InvalidInvoice as refusal:
        return refusal.rule, refusal.path
    return None


NEW, OLD = {"tax_table": "CD-2026-02"}, {"tax_table": "CD-2025-05"}


@pytest.mark.parametrize(
    "expected",
    [
        None,
        NEW,
        NEW | {"total": "90000"},
        NEW | {"vat": "12413.79"},
        NEW | {"total": "90000.00", "vat": "12413.79"},
        OLD,
        OLD | {"total": "90000.00", "vat": "6666.67"},
        OLD | {"vat": "6666.67"},
    ],
)
def test_a_client_that_computed_the_same_total_is_believed(expected: dict[str, str] | None) -> None:
    assert judged(expected) is None


def test_another_total_with_the_same_table_is_refused() -> None:
    assert judged(NEW | {"total": "90000.01"}) == ("total.expected", "/expected/total")
    assert judged(NEW | {"total": "90000", "vat": "12413.80"}) == (
        "total.expected",
        "/expected/vat",
    )


def test_another_total_with_an_older_table_says_that_the_table_changed() -> None:
    assert judged(OLD | {"total": "92500.00"}) == ("tax.table-changed", "/expected/total")


def test_a_sale_in_ttc_without_specific_tax_keeps_its_total_when_the_table_changes() -> None:
    request = sale_request(
        items=[flour(tax_group="C")], expected=OLD | {"total": "90000.00", "vat": "6666.67"}
    )
    assert canonical_invoice(request)["totals"]["vat"] == "4285.71"


def test_a_sale_in_ht_that_waited_for_the_new_table_is_refused_with_its_rule() -> None:
    request = sale_request(
        price_mode="HT",
        items=[flour(tax_group="C")],
        payments=[cash("97200.00")],
        expected=OLD | {"total": "97200.00", "vat": "7200.00"},
    )
    assert canonical_invoice(request, at="2025-12-31T22:59:59Z")["tax_table"] == "CD-2025-05"
    with pytest.raises(InvalidInvoice) as refusal:
        canonical_invoice(request, at="2025-12-31T23:00:00Z")
    assert refusal.value.rule == "tax.table-changed"
    assert "94500.00" in refusal.value.detail


def test_the_path_names_the_line_that_is_wrong() -> None:
    request = sale_request(items=[flour() for _ in range(11)] + [flour(quantity="0")])
    assert refused(changed(request, "/items/0/name", "x")) == ("SFE-1.1.22", "/items/11/quantity")
