"""The HTTP around the authority's API: paths, tokens, bodies, lists."""

import re
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app.control.simulator import (
    make_token,
)
from tests.control.conftest import DgiShop, MovableClock
from tests.control.invoices_and_diary import NIF
from tests.control.plain_client import INVOICE, posted, settled


def test_status_names_the_token_and_what_waits(shop: DgiShop) -> None:
    uid = posted(shop)["uid"]
    answer = shop.ask("GET", INVOICE + "/").json()
    assert (answer["status"], answer["nif"], answer["nim"]) == (True, NIF, shop.nim)
    assert [request["uid"] for request in answer["pendingRequestsList"]] == [uid]
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+01:00"
    assert re.fullmatch(moment, answer["serverDateTime"])


@pytest.mark.parametrize("action", ["confirm", "CONFIRM", "Confirm/", "cancel", "CANCEL"])
def test_the_action_word_is_read_in_any_case(shop: DgiShop, action: str) -> None:
    uid = posted(shop)["uid"]
    totals = {"total": "102900.00", "vtotal": "12813.79"}
    assert "errorCode" not in settled(shop, uid, action, totals)


def test_a_confirm_is_a_put(shop: DgiShop) -> None:
    assert shop.ask("POST", f"{INVOICE}/{posted(shop)['uid']}/confirm", {}).status_code == 405


def test_the_test_base_is_part_of_every_path(shop: DgiShop) -> None:
    bare = shop.address.url.removesuffix("/edef") + INVOICE
    assert shop.web.get(bare).status_code == 404


LIST_EXPECTED = b'{"rn": "1", "mode": "ttc", "type": "FV", "items": {"a": 1}}'


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"rn": 1}', LIST_EXPECTED, b"NaN"])
def test_a_post_that_is_no_json_object_is_http_400(shop: DgiShop, body: bytes) -> None:
    assert shop.ask("POST", INVOICE, content=body).status_code == 400


def test_a_bare_token_is_taken_too(shop: DgiShop) -> None:
    headers = {"Authorization": shop.token}
    assert shop.ask("GET", INVOICE, headers=headers).status_code == 200


def test_a_missing_garbled_or_expired_token_is_http_401(shop: DgiShop, clock: MovableClock) -> None:
    expired = make_token(NIF, shop.nim, clock.now - timedelta(seconds=1))
    header, payload, _ = shop.token.split(".")
    for token in ["x", f"{header}.{payload}.x", shop.token[:-2], expired]:
        headers = {"Authorization": f"Bearer {token}"}
        assert shop.ask("GET", INVOICE, headers=headers).status_code == 401
        assert shop.ask("POST", INVOICE, content=b"{", headers=headers).status_code == 401
    assert shop.ask("GET", INVOICE, headers={}).status_code == 401


def spoken(shop: DgiShop, head: str) -> bytes:
    """The status line that a PUT with those header lines gets, on a raw socket."""
    uid = posted(shop)["uid"]
    url = urlsplit(shop.address.url)
    request = f"PUT /edef/api/invoice/{uid}/confirm HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    request += f"Authorization: Bearer {shop.token}\r\n{head}\r\n"
    with socket.create_connection((url.hostname, url.port)) as line:
        line.sendall(request.encode())
        with line.makefile("rb") as answer:
            return answer.readline()


def test_a_put_without_length_is_http_411_and_with_length_zero_400(shop: DgiShop) -> None:
    assert spoken(shop, "").startswith(b"HTTP/1.1 411 ")
    assert spoken(shop, "Content-Length: 0\r\n").startswith(b"HTTP/1.1 400 ")
    assert spoken(shop, "Content-Length: 2\r\n\r\n{}").startswith(b"HTTP/1.1 200 ")


def test_the_eight_reference_lists_answer(shop: DgiShop) -> None:
    lists = {name: shop.ask("GET", f"/api/info/{name}").json() for name in INFO}
    assert lists["taxGroups"]["c"] == 5
    assert lists["status"]["emcfList"][0]["nim"] == shop.nim
    assert lists["currencyRates"][0]["rate"] == 2850
    assert [entry["type"] for entry in lists["itemTypes"]] == ["BIE", "SER", "TAX"]
    assert {name: len(lists[name]) for name in list(INFO)[3:]} == {
        "invoiceTypes": 6,
        "paymentTypes": 7,
        "clientTypes": 5,
        "referenceTypes": 4,
        "itemTypes": 3,
    }
    assert shop.ask("GET", "/api/info/nothing").status_code == 404


INFO = (
    "status",
    "taxGroups",
    "currencyRates",
    "invoiceTypes",
    "paymentTypes",
    "clientTypes",
    "referenceTypes",
    "itemTypes",
)
