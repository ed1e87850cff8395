"""An address, a method, a filter or an id that is wrong is refused; nothing is stored."""

from typing import Any, Final

import pytest

from tests.given.requests import changed, sale_request
from tests.given.shop_as_process import RunningShop, new_id
from tests.routes.refused import refused, send


@pytest.mark.parametrize(
    "sale_id",
    [
        "1", "0199A6A2-7B1E-7C55-9D5E-3F1F0A1B2C3D", "0199a6a27b1e7c559d5e3f1f0a1b2c3d",
        "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3", "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3dd",
        "KIN01-1-00000001", "%00", "..", "a" * 4000, "%F0%9F%92%A9",
        "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d%0A",
    ],
)  # fmt: skip
def test_an_id_that_is_no_uuid_is_refused(untouched: RunningShop, sale_id: str) -> None:
    if sale_id == "..":
        sale_id = "%2E%2E"
    refused(send(untouched, b"{}", sale_id), 400, "format.text", "/sale_id")


def test_a_post_needs_its_key(untouched: RunningShop) -> None:
    answer = untouched.request("POST", "/api/v1/invoices", json=sale_request())
    refused(answer, 400, "format.missing", "/Idempotency-Key")
    headers = {"Idempotency-Key": "my-sale"}
    answer = untouched.request("POST", "/api/v1/invoices", json=sale_request(), headers=headers)
    refused(answer, 400, "format.text", "/sale_id")


def test_the_same_id_with_another_content_is_refused(shop: RunningShop) -> None:
    sale_id = new_id()
    sold = shop.put(sale_request(), sale_id)
    before = shop.rows()
    answer = shop.put(changed(sale_request(), "/operator", "Paul"), sale_id)
    refused(answer, 422, "id.conflict", "/sale_id")
    assert shop.rows() == before
    assert shop.get(f"/api/v1/invoices/{sale_id}").content == sold.content


def test_a_refused_sale_may_come_again_corrected(shop: RunningShop) -> None:
    sale_id = new_id()
    wrong = shop.put(changed(sale_request(), "/payments/0/amount", "1.00"), sale_id)
    assert wrong.status_code == 422
    assert shop.put(sale_request(), sale_id).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/invoices/..%2F..%2Fhealthz", "/api/v1/invoices/%2e%2e/%2e%2e/healthz",
        "/API/V1/invoices", "/api/v1/nowhere", "/api",
        "/a/%2e%2e/%2e%2e/pyproject.toml", "/a/..%2F..%2Fpyproject.toml",
        "/a/css/%00", "/a/", "/.env", "/recus/..%2F..%2Fvar",
    ],
)  # fmt: skip
def test_a_trick_with_the_path_finds_nothing(untouched: RunningShop, path: str) -> None:
    answer = untouched.get(path)
    assert answer.status_code in {400, 404}
    assert "[project]" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
def test_a_method_that_an_address_does_not_know_is_refused(
    untouched: RunningShop, method: str
) -> None:
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
def test_a_filter_that_is_wrong_is_refused(untouched: RunningShop, case: str) -> None:
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
def test_an_export_that_is_asked_wrongly_is_refused(untouched: RunningShop, case: str) -> None:
    document, status, rule, path = EXPORTS[case]
    refused(untouched.request("POST", "/api/v1/exports", json=document), status, rule, path)
