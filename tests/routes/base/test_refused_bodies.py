"""A body that is not our JSON is refused before anything of it is believed; nothing is stored."""

import gzip
import json
from collections.abc import Iterator
from typing import Final

import pytest

from tests.given.requests import changed, sale_request
from tests.given.shop_as_process import SENT_AT, RunningShop, example, new_id
from tests.routes.refused import JSON, refused, send

AMOUNT: Final = "/items/0/unit_price"


def twice(member: str) -> bytes:
    """A sale whose first such member stands twice."""
    text = json.dumps(sale_request(timestamp=SENT_AT))
    return text.replace(f'"{member}":', f'"{member}": "x", "{member}":', 1).encode()


BODIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "half an object": b'{"outlet_id": "KIN01"',
    "an object and more": json.dumps(sale_request(timestamp=SENT_AT)).encode() + b"{}",
    "single quotes": b"{'outlet_id': 'KIN01'}",
    "the word NaN": json.dumps(changed(sale_request(), AMOUNT, float("nan"))).encode(),
    "the word Infinity": json.dumps(changed(sale_request(), AMOUNT, float("inf"))).encode(),
    "Latin-1": json.dumps(example(), ensure_ascii=False).encode("latin-1"),
    "UTF-16": json.dumps(sale_request(timestamp=SENT_AT)).encode("utf-16"),
    "a duplicate member and then no JSON": twice("outlet_id") + b"}",
    "a hundred thousand brackets": b"[" * 100_000,
    "a bare control character": json.dumps(sale_request(timestamp=SENT_AT))
    .encode()
    .replace(b"Farine", b"Fa\x01e"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_not_our_json_is_refused(untouched: RunningShop, case: str) -> None:
    refused(send(untouched, BODIES[case]), 400, "format.json", "")


@pytest.mark.parametrize(
    ("member", "path"), [("outlet_id", "/outlet_id"), ("unit_price", "/items/0/unit_price")]
)
def test_a_member_that_stands_twice_is_refused_by_name(
    untouched: RunningShop, member: str, path: str
) -> None:
    refused(send(untouched, twice(member)), 400, "format.member", path)


@pytest.mark.parametrize("body", [b"[]", b'"sale"', b"null", b"7"])
def test_a_body_that_is_no_object_is_refused(untouched: RunningShop, body: bytes) -> None:
    refused(send(untouched, body), 400, "format.type", "")


def test_a_byte_order_mark_before_the_sale_is_passed_over(shop: RunningShop) -> None:
    sold = send(shop, b"\xef\xbb\xbf" + json.dumps(sale_request(timestamp=SENT_AT)).encode())
    assert sold.status_code == 201, sold.text
    refused(send(shop, b"\xef\xbb\xbf" * 2 + b"{}"), 400, "format.json", "")


def test_a_lone_surrogate_is_refused(untouched: RunningShop) -> None:
    body = json.dumps(changed(sale_request(), "/items/0/name", "\ud800")).encode()
    refused(send(untouched, body), 400, "format.text", "/items/0/name")


def test_a_body_above_256_kib_is_refused(untouched: RunningShop) -> None:
    refused(send(untouched, b" " * 300 * 1024), 413, "format.size", "")


def test_a_body_above_256_kib_is_refused_when_it_comes_in_chunks(untouched: RunningShop) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b" " * 1024] * 300

    answer = untouched.request(
        "PUT", f"/api/v1/invoices/{new_id()}", content=chunks(), headers=JSON
    )
    refused(answer, 413, "format.size", "")


def test_a_compressed_body_is_refused_and_never_unpacked(untouched: RunningShop) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 256 * 1024
    answer = send(untouched, bomb, **{"Content-Encoding": "gzip"})
    refused(answer, 415, "format.json", "")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "text/json", "x"]
)
def test_a_body_of_another_type_is_refused(untouched: RunningShop, kind: str) -> None:
    body = json.dumps(sale_request(timestamp=SENT_AT)).encode()
    answer = send(untouched, body, **{"Content-Type": kind})
    refused(answer, 415, "format.json", "")
