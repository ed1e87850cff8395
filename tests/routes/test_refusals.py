"""Every bad request is a clear problem document with its rule and its member; nothing is stored."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import pytest

from tests.builders import changed, sale_request, without
from tests.routes.shops import Shop, example, new_id

PROBLEM: Final = {"type", "title", "status", "rule", "path", "detail"}
JSON: Final = {"Content-Type": "application/json"}

Wrong = tuple[str, Any, str, int, str]
"""The member, what it says, then the member that is named, the status and the rule."""

AMOUNT: Final = "/items/0/unit_price"
CLIENT: Final = {"type": "PM", "name": "Client SARL", "nif": "A2699999B"}


def refused(answer: httpx.Response, status: int, rule: str, path: str) -> dict[str, Any]:
    """The problem document that says so."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert set(document) == PROBLEM
    assert (answer.status_code, document["rule"], document["path"]) == (status, rule, path)
    assert document["status"] == status
    assert document["type"] == f"/regles/{rule}"
    assert document["title"].endswith(".")
    assert document["title"][0].isupper() or document["title"][0] == "«"
    return document


@pytest.fixture
def untouched(shop: Shop) -> Iterator[Shop]:
    """A shop whose store the test leaves as it was, row by row, and sound."""
    before = shop.rows()
    yield shop
    assert shop.rows() == before
    shop.check()


def send(shop: Shop, body: bytes, sale_id: str | None = None, **headers: str) -> httpx.Response:
    """Put these bytes as a sale."""
    answer: httpx.Response = shop.request(
        "PUT", f"/api/v1/invoices/{sale_id or new_id()}", content=body, headers=JSON | headers
    )
    return answer


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
    "an outlet that is not known": ("/outlet_id", "NUL99", "/outlet_id", 403, "scope.outlet"),
    "the outlet of another merchant": (
        "/outlet_id", "LUB01", "/outlet_id", 403, "scope.outlet",
    ),
    "another merchant's NIF": (
        "/merchant_nif", "A7700001Y", "/merchant_nif", 403, "scope.merchant",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_member_is_refused_by_name(untouched: Shop, case: str) -> None:
    member, value, path, status, rule = WRONG[case]
    refused(untouched.put(changed(sale_request(), member, value)), status, rule, path)


@pytest.mark.parametrize(
    "name",
    [
        "seal", "security", "seller", "fiscal_number", "auth_code", "qr_payload", "signature",
        "trusted_timestamp", "normalisation", "code_def_dgi", "entry_hash", "payload_hash",
    ],
)  # fmt: skip
def test_what_only_a_sealing_party_may_say_is_refused(untouched: Shop, name: str) -> None:
    sale = changed(sale_request(), f"/{name}", "KIN01-1-00000001")
    refused(untouched.put(sale), 422, "security.supplied", f"/{name}")


@pytest.mark.parametrize("member", sorted(set(sale_request()) - {"payments"}))
def test_a_missing_member_is_refused_by_name(untouched: Shop, member: str) -> None:
    refused(
        untouched.put(without(sale_request(), f"/{member}")), 400, "format.missing", f"/{member}"
    )


def test_a_sale_without_payments_is_refused(untouched: Shop) -> None:
    answer = untouched.put(without(sale_request(), "/payments"))
    refused(answer, 400, "format.missing", "/payments")


DOLLARS: Final[dict[str, tuple[str, str, str]]] = {
    "a rate far from the mean": ("/payments/1/rate", "3000.00", "/payments/1/rate"),
    "a day without a mean": ("/payments/1/rate_date", "2020-01-01", "/payments/1/rate_date"),
    "too few dollars": ("/payments/1/tendered", "65.00", "/payments/1/tendered"),
}


@pytest.mark.parametrize("case", DOLLARS)
def test_dollars_are_refused_by_name(untouched: Shop, case: str) -> None:
    member, value, path = DOLLARS[case]
    refused(untouched.put(changed(example(), member, value)), 422, "SFE-1.1.30", path)


# --- The body is wrong


def twice(member: str) -> bytes:
    """A sale whose first such member stands twice."""
    text = json.dumps(sale_request())
    return text.replace(f'"{member}":', f'"{member}": "x", "{member}":', 1).encode()


BODIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "half an object": b'{"outlet_id": "KIN01"',
    "an object and more": json.dumps(sale_request()).encode() + b"{}",
    "single quotes": b"{'outlet_id': 'KIN01'}",
    "the word NaN": json.dumps(changed(sale_request(), AMOUNT, float("nan"))).encode(),
    "the word Infinity": json.dumps(changed(sale_request(), AMOUNT, float("inf"))).encode(),
    "Latin-1": json.dumps(example(), ensure_ascii=False).encode("latin-1"),
    "UTF-16": json.dumps(sale_request()).encode("utf-16"),
    "a duplicate member": twice("outlet_id"),
    "a duplicate member of an item": twice("unit_price"),
    "a hundred thousand brackets": b"[" * 100_000,
    "a bare control character": json.dumps(sale_request()).encode().replace(b"Farine", b"Fa\x01e"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_not_our_json_is_refused(untouched: Shop, case: str) -> None:
    refused(send(untouched, BODIES[case]), 400, "format.json", "")


@pytest.mark.parametrize("body", [b"[]", b'"sale"', b"null", b"7"])
def test_a_body_that_is_no_object_is_refused(untouched: Shop, body: bytes) -> None:
    refused(send(untouched, body), 400, "format.type", "")


def test_a_lone_surrogate_is_refused(untouched: Shop) -> None:
    body = json.dumps(changed(sale_request(), "/items/0/name", "\ud800")).encode()
    refused(send(untouched, body), 400, "format.text", "/items/0/name")


def test_a_body_above_256_kib_is_refused(untouched: Shop) -> None:
    refused(send(untouched, b" " * 300 * 1024), 413, "format.size", "")


def test_a_body_above_256_kib_is_refused_when_it_comes_in_chunks(untouched: Shop) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b" " * 1024] * 300

    answer = untouched.request(
        "PUT", f"/api/v1/invoices/{new_id()}", content=chunks(), headers=JSON
    )
    refused(answer, 413, "format.size", "")


def test_a_compressed_body_is_refused_and_never_unpacked(untouched: Shop) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 256 * 1024
    answer = send(untouched, bomb, **{"Content-Encoding": "gzip"})
    refused(answer, 415, "format.json", "")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "text/json", "x"]
)
def test_a_body_of_another_type_is_refused(untouched: Shop, kind: str) -> None:
    body = json.dumps(sale_request()).encode()
    answer = send(untouched, body, **{"Content-Type": kind})
    refused(answer, 415, "format.json", "")


# --- The address or the id is wrong


@pytest.mark.parametrize(
    "sale_id",
    [
        "1", "0199A6A2-7B1E-7C55-9D5E-3F1F0A1B2C3D", "0199a6a27b1e7c559d5e3f1f0a1b2c3d",
        "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3", "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3dd",
        "KIN01-1-00000001", "%00", "..", "a" * 4000, "%F0%9F%92%A9",
        "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d%0A",
    ],
)  # fmt: skip
def test_an_id_that_is_no_uuid_is_refused(untouched: Shop, sale_id: str) -> None:
    if sale_id == "..":
        sale_id = "%2E%2E"
    refused(send(untouched, b"{}", sale_id), 400, "format.text", "/sale_id")


def test_a_post_needs_its_key(untouched: Shop) -> None:
    answer = untouched.request("POST", "/api/v1/invoices", json=sale_request())
    refused(answer, 400, "format.missing", "/Idempotency-Key")
    headers = {"Idempotency-Key": "my-sale"}
    answer = untouched.request("POST", "/api/v1/invoices", json=sale_request(), headers=headers)
    refused(answer, 400, "format.text", "/sale_id")


def test_the_same_id_with_another_content_is_refused(shop: Shop) -> None:
    sale_id = new_id()
    sold = shop.put(sale_request(), sale_id)
    before = shop.rows()
    answer = shop.put(changed(sale_request(), "/operator", "Paul"), sale_id)
    refused(answer, 422, "id.conflict", "/sale_id")
    assert shop.rows() == before
    assert shop.get(f"/api/v1/invoices/{sale_id}").content == sold.content


def test_a_refused_sale_may_come_again_corrected(shop: Shop) -> None:
    sale_id = new_id()
    wrong = shop.put(changed(sale_request(), "/payments/0/amount", "1.00"), sale_id)
    assert wrong.status_code == 422
    assert shop.put(sale_request(), sale_id).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/invoices/..%2F..%2Fhealthz", "/api/v1/invoices/%2e%2e/%2e%2e/healthz",
        "/API/V1/invoices", "/api/v1/nowhere", "/api",
        "/static/%2e%2e/%2e%2e/pyproject.toml", "/static/..%2F..%2Fpyproject.toml",
        "/static/css/%00", "/static/", "/.env", "/recus/..%2F..%2Fvar",
    ],
)  # fmt: skip
def test_a_trick_with_the_path_finds_nothing(untouched: Shop, path: str) -> None:
    answer = untouched.get(path)
    assert answer.status_code in {400, 404}
    assert "[project]" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
def test_a_method_that_an_address_does_not_know_is_refused(untouched: Shop, method: str) -> None:
    answer = untouched.request(method, f"/api/v1/invoices/{new_id()}")
    refused(answer, 405, "method", "")
    assert {"GET", "PUT"} <= set(answer.headers["allow"].split(", "))


QUERIES: Final[dict[str, tuple[str, str]]] = {
    "/status": ("status=lost", "format.text"),
    "/cursor": ("cursor=../../x", "format.text"),
    "/per_page": ("per_page=101", "format.decimal"),
    "/colour": ("colour=red", "format.member"),
}
ODD_QUERIES: Final = {
    "a page of none": ("per_page=0", "/per_page", "format.decimal"),
    "a page of Arabic digits": ("per_page=%D9%A1", "/per_page", "format.decimal"),
    "a page of a billion": ("per_page=1000000000", "/per_page", "format.decimal"),
    "a position beyond any integer": (
        "cursor=1.99999999999999999999", "/cursor", "format.text",
    ),
    "a negative position": ("cursor=1.-1", "/cursor", "format.text"),
    **{f"{path} that is wrong": (query, path, rule) for path, (query, rule) in QUERIES.items()},
}  # fmt: skip


@pytest.mark.parametrize("case", ODD_QUERIES)
def test_a_filter_that_is_wrong_is_refused(untouched: Shop, case: str) -> None:
    query, path, rule = ODD_QUERIES[case]
    refused(untouched.get(f"/api/v1/invoices?{query}"), 400, rule, path)


# --- Exports

EXPORTS: Final[dict[str, tuple[Any, int, str, str]]] = {
    "no outlet": ({}, 400, "format.missing", "/outlet_id"),
    "an unknown member": ({"outlet_id": "KIN01", "x": "1"}, 400, "format.member", "/x"),
    "a day that is none": ({"outlet_id": "KIN01", "from": "hier"}, 400, "format.time", "/from"),
    "another outlet": ({"outlet_id": "LUB01"}, 403, "scope.outlet", "/outlet_id"),
    "an outlet that is no code": ({"outlet_id": "../x"}, 400, "format.text", "/outlet_id"),
    "an array": ([], 400, "format.type", ""),
}


@pytest.mark.parametrize("case", EXPORTS)
def test_an_export_that_is_asked_wrongly_is_refused(untouched: Shop, case: str) -> None:
    document, status, rule, path = EXPORTS[case]
    refused(untouched.request("POST", "/api/v1/exports", json=document), status, rule, path)


# --- The key is wrong

Ask = Callable[[Shop, str | None], httpx.Response]


def put_sale(shop: Shop, key: str | None) -> httpx.Response:
    """A good sale under that key."""
    return shop.put(sale_request(), key=key)


def preview(shop: Shop, key: str | None) -> httpx.Response:
    """A good preview under that key."""
    answer: httpx.Response = shop.request(
        "POST", "/api/v1/invoices/preview", key, json=sale_request()
    )
    return answer


def list_sales(shop: Shop, key: str | None) -> httpx.Response:
    """A list under that key."""
    return shop.get("/api/v1/invoices", key)


def ask_export(shop: Shop, key: str | None) -> httpx.Response:
    """An export under that key."""
    answer: httpx.Response = shop.request(
        "POST", "/api/v1/exports", key, json={"outlet_id": "KIN01"}
    )
    return answer


ASKS: Final[list[Ask]] = [put_sale, preview, list_sales, ask_export]


@pytest.mark.parametrize("key", [None, "revoked", "unknown", "", "x" * 5000])
@pytest.mark.parametrize("ask", ASKS)
def test_without_a_good_key_nobody_is_served(untouched: Shop, ask: Ask, key: str | None) -> None:
    answer = ask(untouched, key)
    refused(answer, 401, "auth.key", "")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("octets", [b"\xc3\xa9", b"\xff", b"a b"])
def test_a_key_that_is_no_text_is_unknown(untouched: Shop, octets: bytes) -> None:
    headers = [(b"authorization", b"Bearer " + octets)]
    refused(untouched.http.get("/api/v1/invoices", headers=headers), 401, "auth.key", "")


@pytest.mark.parametrize("scheme", ["Basic", "bearerx", "Token"])
def test_another_scheme_is_no_key(untouched: Shop, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {untouched.card['api_key']}"}
    refused(untouched.get("/api/v1/invoices", None, headers=headers), 401, "auth.key", "")


@pytest.mark.parametrize(
    ("key", "ask"),
    [
        ("reader", put_sale), ("reader", preview), ("reader", ask_export),
        ("writer", list_sales), ("writer", ask_export),
    ],
)  # fmt: skip
def test_a_key_without_the_right_is_refused(untouched: Shop, key: str, ask: Ask) -> None:
    refused(ask(untouched, key), 403, "scope.operation", "")
