"""The canonical invoice: its exact bytes, what it must and must not contain, what it refuses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from app.fiscal.canonical import canonical, digest
from app.fiscal.draft import read_draft
from app.fiscal.errors import InvalidInvoice
from app.fiscal.invoice import (
    Seller,
    compose_invoice,
    group_documents,
    tax_draft,
    totals_document,
)
from app.fiscal.tables import TABLES
from tests.given.requests import (
    NIF,
    SALE_ID,
    SELLER,
    canonical_invoice,
    cash,
    changed,
    credit_request,
    example_request,
    flour,
    read,
    sale_id,
    sale_request,
    tax_of,
    wine,
    without,
)

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "invoice-1.json").read_text()
)
TABLE = TABLES[-1]


def test_the_example_of_the_api_becomes_exactly_these_bytes() -> None:
    given = VECTOR["given"]
    draft = read_draft(given["request"], given["sale_id"])
    table = next(table for table in TABLES if table.name == given["tax_table"])
    invoice = compose_invoice(
        draft,
        tax_draft(draft, table),
        table,
        given["seller"],
        source=given["source"],
        submitted_by=given["submitted_by"],
    )
    expected = VECTOR["expected"]
    assert canonical(invoice).decode() == expected["canonical"]
    assert digest(canonical(invoice)) == expected["payload_hash"]
    assert draft.request_hash == expected["request_hash"]


def test_the_vector_agrees_with_a_second_canonicaliser() -> None:
    expected, given = VECTOR["expected"], VECTOR["given"]
    assert rfc8785.dumps(json.loads(expected["canonical"])).decode() == expected["canonical"]
    assert digest(rfc8785.dumps(given["request"])) == expected["request_hash"]
    assert digest(expected["canonical"].encode()) == expected["payload_hash"]


def test_the_vector_holds_the_amounts_of_the_example() -> None:
    totals = json.loads(VECTOR["expected"]["canonical"])["totals"]
    assert totals == {
        "base": "232758.62",
        "specific_tax": "15517.24",
        "vat": "39724.14",
        "total": "288000.00",
        "currency": "CDF",
    }


def test_the_smallest_invoice_has_the_required_members_and_no_other() -> None:
    invoice = canonical_invoice(sale_request())
    assert set(invoice) == {
        *("v", "source", "submitted_by", "sale_id", "outlet_id", "merchant_nif"),
        *("pos_terminal_id", "cashier_id", "operator", "invoice_type", "price_mode", "timestamp"),
        *("seller", "client", "tax_table", "items", "payments", "tax_groups", "totals"),
    }
    assert invoice["v"] == "invoice/1"
    assert (invoice["sale_id"], invoice["merchant_nif"]) == (SALE_ID, NIF)
    assert invoice["client"] == {"type": "PP"}
    assert invoice["items"] == [
        {
            "code": "FAR25",
            "type": "BIE",
            "name": "Farine 25 kg",
            "unit": "sac",
            "unit_price": "45000.00",
            "quantity": "2",
            "tax_group": "B",
            "amount": "90000.00",
        }
    ]
    assert invoice["payments"] == [{"method": "ESPECES", "amount": "90000.00", "currency": "CDF"}]
    assert invoice["seller"] == {
        "name": "Boutique Exemple SARL",
        "address": "12 av. Fictive, Gombe, Kinshasa",
        "contact": "+243000000001",
        "regime": "Régime réel",
        "isf": "TEST_SFE",
        "zone": "Africa/Kinshasa",
    }


def test_optional_members_are_kept_when_they_were_sent() -> None:
    request = credit_request("KIN01-1-00000105") | {
        "comments": {"B": "Sac percé"},
        "replaces": sale_id(9),
    }
    invoice = canonical_invoice(request, code_def_dgi="TEST-FACT-URES-QK4M-7ZPD-2XWA")
    assert invoice["comments"] == {"B": "Sac percé"}
    assert invoice["replaces"] == sale_id(9)
    assert invoice["credit"] == {
        "nature": "RAM",
        "original": "KIN01-1-00000105",
        "code_def_dgi": "TEST-FACT-URES-QK4M-7ZPD-2XWA",
    }


def test_a_rebate_names_its_nature_alone() -> None:
    assert canonical_invoice(credit_request(None, "RRR"))["credit"] == {"nature": "RRR"}


def test_empty_comments_leave_no_member() -> None:
    assert "comments" not in canonical_invoice(sale_request(comments={}))


def test_expected_amounts_are_compared_and_never_kept() -> None:
    assert "expected" not in canonical_invoice(example_request())


def test_amounts_and_quantities_have_one_spelling_however_they_were_sent() -> None:
    terse = sale_request(
        items=[flour(unit_price="45000", quantity="2.000")], payments=[cash("90000.0")]
    )
    assert canonical(canonical_invoice(terse)) == canonical(canonical_invoice(sale_request()))


def test_lines_and_payments_keep_the_order_they_were_sent_in() -> None:
    payments = [cash("1.00", method="AUTRE"), cash("287999.00")]
    request = sale_request(items=[wine(), flour()], payments=payments)
    invoice = canonical_invoice(request)
    assert [item["code"] for item in invoice["items"]] == ["VIN1", "FAR25"]
    assert [payment["method"] for payment in invoice["payments"]] == ["AUTRE", "ESPECES"]


def test_a_specific_tax_shows_its_value_its_kind_and_its_amount() -> None:
    per_unit = {"kind": "per_unit", "value": "75.5", "label": "Accise"}
    request = sale_request(items=[flour(specific_tax=per_unit)], payments=[cash("90175.16")])
    (item,) = canonical_invoice(request)["items"]
    assert item["specific_tax"] == per_unit | {"value": "75.50", "amount": "151.00"}


def test_group_n_has_no_rate_and_the_others_have() -> None:
    items = [
        flour(tax_group="M", unit_price="2310.55", quantity="40"),
        flour(tax_group="N", type="TAX", unit_price="310.25", quantity="40"),
    ]
    request = sale_request(items=items, price_mode="HT", payments=[cash("104832.00")])
    groups = canonical_invoice(request)["tax_groups"]
    assert groups["M"]["rate"] == "0"
    assert groups["N"] == {
        "base": "0.00",
        "specific_tax": "0.00",
        "vat": "12410.00",
        "total": "12410.00",
    }


def test_several_specific_taxes_stand_in_a_list_and_their_sum_counts() -> None:
    taxes = [tax_of("amount", "75.5"), tax_of("per_unit", "10", "FPI")]
    request = sale_request(items=[flour(specific_taxes=taxes)], payments=[cash("90110.78")])
    invoice = canonical_invoice(request)
    (item,) = invoice["items"]
    assert item["specific_taxes"] == [
        tax_of("amount", "75.50") | {"amount": "75.50"},
        tax_of("per_unit", "10.00", "FPI") | {"amount": "20.00"},
    ]
    assert (invoice["totals"]["specific_tax"], "specific_tax" in item) == ("95.50", False)
    alone = sale_request(items=[flour(specific_taxes=taxes[:1])], payments=[cash("90087.58")])
    assert canonical_invoice(alone)["items"][0]["specific_tax"]["amount"] == "75.50"


def test_the_order_of_a_specific_tax_follows_the_setting() -> None:
    line = flour(unit_price="10.02", quantity="1", specific_tax=tax_of("per_unit", "0.33"))
    first = sale_request(items=[line], payments=[cash("10.40")])
    second = sale_request(items=[line], payments=[cash("10.41")])
    assert canonical_invoice(first)["totals"]["total"] == "10.40"
    assert canonical_invoice(second, ts_order="vat-first")["totals"]["total"] == "10.41"


def test_the_preview_shows_the_same_groups_and_totals_as_the_invoice() -> None:
    taxed = tax_draft(read(without(example_request(), "/payments")), TABLE)
    invoice = canonical_invoice(example_request())
    assert group_documents(taxed.groups) == invoice["tax_groups"]
    assert totals_document(taxed.totals) == invoice["totals"]


def test_the_table_is_the_one_in_force_where_the_outlet_stands() -> None:
    east = Seller(**SELLER.document() | {"zone": "Africa/Lubumbashi"})
    at = "2025-12-31T22:30:00Z"
    assert canonical_invoice(at=at)["tax_table"] == "CD-2025-05"
    assert canonical_invoice(at=at, seller=east)["tax_table"] == "CD-2026-02"


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a line of zero": (
        sale_request(items=[flour(quantity="0")]),
        "SFE-1.1.22",
        "/items/0/quantity",
    ),
    "an unknown group": (
        sale_request(items=[flour(type="TAX", tax_group="L", specific_tax=tax_of("percent", "1"))]),
        "tax.specific",
        "/items/0/specific_tax",
    ),
    "a total of fourteen digits": (
        sale_request(items=[flour(unit_price="9999999999999", quantity="2")]),
        "tax.range",
        "",
    ),
    "a total that is not the client's": (
        changed(example_request(), "/expected/total", "288000.01"),
        "total.expected",
        "/expected/total",
    ),
    "payments that do not cover it": (
        sale_request(payments=[cash("89999.99")]),
        "SFE-1.1.19",
        "/payments",
    ),
    "no payments": (without(sale_request(), "/payments"), "format.missing", "/payments"),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_no_invoice_is_composed_of(sentence: str) -> None:
    request, rule, path = REFUSED[sentence]
    with pytest.raises(InvalidInvoice) as refusal:
        canonical_invoice(request)
    assert (refusal.value.rule, refusal.value.path) == (rule, path)


def test_the_largest_total_has_thirteen_digits() -> None:
    line = flour(unit_price="9999999999999.99", quantity="1")
    request = sale_request(items=[line], payments=[cash("9999999999999.99")])
    assert canonical_invoice(request)["totals"]["total"] == "9999999999999.99"


def test_who_sells_and_who_buys_have_members_of_their_own_absent_when_nobody_said() -> None:
    known = {"rccm": "CD/KIN/RCCM/24-B-0001", "phone": "+243000000009", "email": "a@b.example"}
    seller = replace(SELLER, legal_name="Exemple SARL", **known)
    client = {"type": "PP", "trade_name": "Chez Exemple", **known}
    invoice = canonical_invoice(sale_request(client=client), seller=seller)
    assert invoice["client"] == client
    assert invoice["seller"] == SELLER.document() | known | {"legal_name": "Exemple SARL"}
    plain = canonical_invoice()
    assert set(plain["seller"]) == {"name", "address", "contact", "regime", "isf", "zone"}
    assert plain["client"] == {"type": "PP"}
