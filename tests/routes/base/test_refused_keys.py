"""Without a good key with the right nobody is served; nothing is stored."""

from collections.abc import Callable
from typing import Final

import httpx
import pytest

from tests.given.requests import sale_request
from tests.given.shop_as_process import RunningShop
from tests.routes.refused import refused

Ask = Callable[[RunningShop, str | None], httpx.Response]


def put_sale(shop: RunningShop, key: str | None) -> httpx.Response:
    """A good sale under that key."""
    return shop.put(sale_request(), key=key)


def preview(shop: RunningShop, key: str | None) -> httpx.Response:
    """A good preview under that key."""
    answer: httpx.Response = shop.request(
        "POST", "/api/v1/invoices/preview", key, json=sale_request()
    )
    return answer


def list_sales(shop: RunningShop, key: str | None) -> httpx.Response:
    """A list under that key."""
    return shop.get("/api/v1/invoices", key)


def ask_export(shop: RunningShop, key: str | None) -> httpx.Response:
    """An export under that key."""
    answer: httpx.Response = shop.request(
        "POST", "/api/v1/exports", key, json={"outlet_id": "KIN01"}
    )
    return answer


ASKS: Final[list[Ask]] = [put_sale, preview, list_sales, ask_export]


@pytest.mark.parametrize("key", [None, "revoked", "unknown", "", "x" * 5000])
@pytest.mark.parametrize("ask", ASKS)
def test_without_a_good_key_nobody_is_served(
    untouched: RunningShop, ask: Ask, key: str | None
) -> None:
    answer = ask(untouched, key)
    refused(answer, 401, "auth.key", "")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("octets", [b"\xc3\xa9", b"\xff", b"a b"])
def test_a_key_that_is_no_text_is_unknown(untouched: RunningShop, octets: bytes) -> None:
    headers = [(b"authorization", b"Bearer " + octets)]
    refused(untouched.http.get("/api/v1/invoices", headers=headers), 401, "auth.key", "")


@pytest.mark.parametrize("scheme", ["Basic", "bearerx", "Token"])
def test_another_scheme_is_no_key(untouched: RunningShop, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {untouched.card['api_key']}"}
    refused(untouched.get("/api/v1/invoices", None, headers=headers), 401, "auth.key", "")


@pytest.mark.parametrize(
    ("key", "ask"),
    [
        ("reader", put_sale), ("reader", preview), ("reader", ask_export),
        ("writer", list_sales), ("writer", ask_export),
    ],
)  # fmt: skip
def test_a_key_without_the_right_is_refused(untouched: RunningShop, key: str, ask: Ask) -> None:
    refused(ask(untouched, key), 403, "scope.operation", "")
