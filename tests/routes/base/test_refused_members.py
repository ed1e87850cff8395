"""Every bad request is a clear problem document with its rule and its member; nothing is stored."""

from typing import Any, Final

import pytest

from tests.given.requests import changed, sale_request, without
from tests.given.shop_as_process import RunningShop, example
from tests.routes.refused import refused

Wrong = tuple[str, Any, str, int, str]
"""The member, what it says, then the member that is named, the status and the rule."""

AMOUNT: Final = "/items/0/unit_price"
CLIENT: Final = {"type": "PM", "name": "Client SARL", "nif": "A2699999B"}


# --- One member is wrong

DECIMALS: Final = (
    "1e3", "1E3", "NaN", "Infinity", "-1.00", "+1.00", "1.234", "01.00", ".50", "1.", "1,00",
    " 1.00", "1.00 ", "1 000.00", "0x10", "12345678901234.00", "1_000", "", "١.00",
)  # fmt: skip

WRONG: Final[dict[str, Wrong]] = {
    **{
        f"a unit price that says {text!r}": (AMOUNT, text, AMOUNT, 400, "format.decimal")
        for text in DECIMALS
    },
    "a quantity with four decimals": (
        "/items/0/quantity", "1.2345", "/items/0/quantity", 400, "format.decimal",
    ),
    "a negative payment": (
        "/payments/0/amount", "-90000.00", "/payments/0/amount", 400, "format.decimal",
    ),
    "a number instead of a decimal string": (AMOUNT, 45000, AMOUNT, 400, "format.type"),
    "a float instead of a decimal string": (AMOUNT, 45000.5, AMOUNT, 400, "format.type"),
    "a boolean quantity": (
        "/items/0/quantity", True, "/items/0/quantity", 400, "format.type",
    ),
    "a null name": ("/items/0/name", None, "/items/0/name", 400, "format.type"),
    "null comments": ("/comments", None, "/comments", 400, "format.type"),
    "items that are no array": ("/items", {}, "/items", 400, "format.type"),
    "an item that is no object": ("/items/0", "FAR25", "/items/0", 400, "format.type"),
    "a client that is an array": ("/client", [], "/client", 400, "format.type"),
    "an unknown member": ("/colour", "red", "/colour", 400, "format.member"),
    "an unknown member of an item": (
        "/items/0/colour", "red", "/items/0/colour", 400, "format.member",
    ),
    "an unknown member of a client": (
        "/client/vip", "1", "/client/vip", 400, "format.member",
    ),
    "a member whose name needs escaping in a pointer": (
        "/a~b", "1", "/a~0b", 400, "format.member",
    ),
    "NUL in a name": (
        "/items/0/name", "Far\x00ine", "/items/0/name", 400, "format.text",
    ),
    "a line break in a name": (
        "/items/0/name", "Far\nine", "/items/0/name", 400, "format.text",
    ),
    "an escape character in a comment": (
        "/comments", {"B": "\x1b[2J"}, "/comments/B", 400, "format.text",
    ),
    "a line separator in an operator": (
        "/operator", "Ma\u2028rie", "/operator", 400, "format.text",
    ),
    "a name that is not NFC": (
        "/items/0/name", "Cafe\u0301", "/items/0/name", 400, "format.text",
    ),
    "a blank at the end of a name": (
        "/items/0/name", "Farine ", "/items/0/name", 400, "format.text",
    ),
    "an empty name": ("/items/0/name", "", "/items/0/name", 400, "format.text"),
    "a name of 65 bytes": (
        "/items/0/name", "x" * 63 + "é", "/items/0/name", 400, "format.text",
    ),
    "an outlet code in small letters": (
        "/outlet_id", "kin01", "/outlet_id", 400, "format.text",
    ),
    "a day that no calendar knows": (
        "/timestamp", "2026-02-30T10:00:00Z", "/timestamp", 400, "format.time",
    ),
    "a time without zone": (
        "/timestamp", "2026-11-22T10:15:30", "/timestamp", 400, "format.time",
    ),
    "an unknown group": (
        "/items/0/tax_group", "Q", "/items/0/tax_group", 422, "tax.group",
    ),
    "a levy that is a good": (
        "/items/0/tax_group", "L", "/items/0/type", 422, "tax.item-type",
    ),
    "no item": ("/items", [], "/items", 422, "SFE-1.1.6"),
    "a price of zero": (AMOUNT, "0.00", AMOUNT, 422, "SFE-1.1.22"),
    "an unknown type of invoice": (
        "/invoice_type", "XX", "/invoice_type", 422, "SFE-1.1.7",
    ),
    "an unknown type of client": (
        "/client/type", "XX", "/client/type", 422, "SFE-1.1.11",
    ),
    "an unknown type of item": ("/items/0/type", "XX", "/items/0/type", 422, "SFE-1.1.16"),
    "an unknown means of payment": (
        "/payments/0/method", "OR", "/payments/0/method", 422, "SFE-1.1.18",
    ),
    "a currency that is not used here": (
        "/payments/0/currency", "EUR", "/payments/0/currency", 422, "SFE-1.1.30",
    ),
    "an unknown price mode": ("/price_mode", "TVAC", "/price_mode", 422, "SFE-1.5.3"),
    "payments above the total": (
        "/payments/0/amount", "90000.01", "/payments", 422, "SFE-1.1.19",
    ),
    "payments below the total": (
        "/payments/0/amount", "89999.99", "/payments", 422, "SFE-1.1.19",
    ),
    "a company without a NIF": (
        "/client", without(CLIENT, "/nif"), "/client/nif", 422, "SFE-1.1.11",
    ),
    "a derogation without its document": (
        "/items/0/tax_group", "D", "/comments/A", 422, "SFE-1.1.24",
    ),
    "a sale that takes something back": (
        "/credit", {"nature": "RAM", "original": "KIN01-1-00000001"}, "/credit", 422, "SFE-1.1.25",
    ),
    "another total expected": (
        "/expected",
        {"tax_table": "CD-2026-02", "total": "1.00"},
        "/expected/total",
        422,
        "total.expected",
    ),
    "another VAT expected": (
        "/expected",
        {"tax_table": "CD-2026-02", "vat": "1.00"},
        "/expected/vat",
        422,
        "total.expected",
    ),
    "another total expected by an older table": (
        "/expected",
        {"tax_table": "CD-2025-05", "total": "1.00"},
        "/expected/total",
        422,
        "tax.table-changed",
    ),
    "a total of fourteen digits": (
        "/items/0", sale_request()["items"][0]
        | {"unit_price": "9999999999999.99", "quantity": "9999999999999"}, "", 422, "tax.range",
    ),
    "a sale that replaces one that was not refused": (
        "/replaces", "0199a6a2-7b1e-7c55-9d5e-000000000000", "/replaces", 422, "SFE-1.1.5",
    ),
    "a terminal that is not known": (
        "/pos_terminal_id", "T9", "/pos_terminal_id", 403, "scope.terminal",
    ),
    "a seller who is nobody here": ("/cashier_id", "P1", "/cashier_id", 403, "scope.person"),
    "a name that is not the seller's": (
        "/operator", "Président", "/operator", 403, "scope.person",
    ),
    "a NIF that the DGI never gave": ("/client/nif", "abc", "/client/nif", 422, "SFE-1.1.11"),
    "an outlet that is not known": ("/outlet_id", "NUL99", "/outlet_id", 403, "scope.outlet"),
    "the outlet of another merchant": (
        "/outlet_id", "LUB01", "/outlet_id", 403, "scope.outlet",
    ),
    "another merchant's NIF": (
        "/merchant_nif", "A7700001Y", "/merchant_nif", 403, "scope.merchant",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_member_is_refused_by_name(untouched: RunningShop, case: str) -> None:
    member, value, path, status, rule = WRONG[case]
    refused(untouched.put(changed(sale_request(), member, value)), status, rule, path)


@pytest.mark.parametrize(
    "name",
    [
        "seal", "security", "seller", "fiscal_number", "auth_code", "qr_payload", "signature",
        "trusted_timestamp", "normalisation", "code_def_dgi", "entry_hash", "payload_hash",
    ],
)  # fmt: skip
def test_what_only_a_sealing_party_may_say_is_refused(untouched: RunningShop, name: str) -> None:
    sale = changed(sale_request(), f"/{name}", "KIN01-1-00000001")
    refused(untouched.put(sale), 422, "security.supplied", f"/{name}")


@pytest.mark.parametrize("member", sorted(set(sale_request()) - {"payments"}))
def test_a_missing_member_is_refused_by_name(untouched: RunningShop, member: str) -> None:
    refused(
        untouched.put(without(sale_request(), f"/{member}")), 400, "format.missing", f"/{member}"
    )


def test_a_sale_without_payments_is_refused(untouched: RunningShop) -> None:
    answer = untouched.put(without(sale_request(), "/payments"))
    refused(answer, 400, "format.missing", "/payments")


DOLLARS: Final[dict[str, tuple[str, str, str]]] = {
    "a rate far from the mean": ("/payments/1/rate", "3000.00", "/payments/1/rate"),
    "a day without a mean": ("/payments/1/rate_date", "2020-01-01", "/payments/1/rate_date"),
    "too few dollars": ("/payments/1/tendered", "65.00", "/payments/1/tendered"),
}


@pytest.mark.parametrize("case", DOLLARS)
def test_dollars_are_refused_by_name(untouched: RunningShop, case: str) -> None:
    member, value, path = DOLLARS[case]
    refused(untouched.put(changed(example(), member, value)), 422, "SFE-1.1.30", path)
