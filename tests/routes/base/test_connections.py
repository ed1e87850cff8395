"""Slow, broken and rude connections: a sale is sealed once or not at all; others are served."""

import json
import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.given.requests import sale_request
from tests.given.shop_as_process import SENT_AT, RunningShop, new_id


def connected(shop: RunningShop) -> socket.socket:
    """A bare connection to the shop."""
    address = urlsplit(shop.card["url"])
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=30)


def request_bytes(shop: RunningShop, sale_id: str) -> tuple[bytes, bytes]:
    """The head and the body of a sale, as they go over the wire."""
    body = json.dumps(sale_request(timestamp=SENT_AT)).encode()
    head = (
        f"PUT /api/v1/invoices/{sale_id} HTTP/1.1\r\nHost: shop\r\n"
        f"Authorization: Bearer {shop.card['api_key']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode(), body


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_client_that_leaves_after_sending_sends_again_and_has_one_sale(shop: RunningShop) -> None:
    sale_id = new_id()
    with closing(connected(shop)) as connection:
        connection.sendall(b"".join(request_bytes(shop, sale_id)))
    again = shop.put(sale_request(), sale_id)
    assert again.status_code in {200, 201, 202}  # who left so early may not have been heard
    found = shop.wait(f"/api/v1/invoices/{sale_id}", "status", ("normalised",))
    replay = shop.put(sale_request(), sale_id)
    assert (replay.status_code, replay.json()) == (200, found)
    shop.check()


def test_a_client_that_resets_after_sending_finds_its_sale(shop: RunningShop) -> None:
    sale_id = new_id()
    with closing(connected(shop)) as connection:
        hard = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # linger on, no seconds: close by RST
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
        connection.sendall(b"".join(request_bytes(shop, sale_id)))
        _wait_until_read(connection)
    shop.wait(f"/api/v1/invoices/{sale_id}", "status", ("normalised",))


def _wait_until_read(connection: socket.socket) -> None:
    """Return once the answer has begun, so that the reset cannot overtake the request."""
    connection.recv(1, socket.MSG_PEEK)


def test_a_client_that_sends_byte_by_byte_is_served_and_holds_up_nobody(shop: RunningShop) -> None:
    sale_id = new_id()
    head, body = request_bytes(shop, sale_id)
    with closing(connected(shop)) as connection:
        connection.sendall(head)
        for octet in body[:40]:
            connection.sendall(bytes([octet]))
            time.sleep(0.002)
        assert shop.get("/healthz", key=None).status_code == 200
        assert shop.put(sale_request()).status_code == 201
        connection.sendall(body[40:])  # only now: the others were answered meanwhile
        assert read_all(connection).startswith(b"HTTP/1.1 201")


def test_half_a_sale_stores_nothing(shop: RunningShop) -> None:
    before = shop.rows()
    sale_id = new_id()
    head, body = request_bytes(shop, sale_id)
    with closing(connected(shop)) as connection:
        connection.sendall(head + body[: len(body) // 2])
    assert shop.get(f"/api/v1/invoices/{sale_id}").status_code == 404
    assert shop.rows() == before
    assert shop.put(sale_request(), sale_id).status_code == 201


@pytest.mark.parametrize(
    "rude",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS to a plain port
        b"GET / HTTP/9.9\r\n\r\n",
        b"PUT /api/v1/invoices/x HTTP/1.1\r\nHost: shop\r\nContent-Length: -1\r\n\r\n",
        b"PUT /x HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: shop\r\n\r\n",
    ],
    ids=["TLS", "version", "negative length", "two lengths", "a long line"],
)
def test_a_rude_client_hurts_nobody(shop: RunningShop, rude: bytes) -> None:
    before = shop.rows()
    with closing(connected(shop)) as connection:
        connection.settimeout(2)
        try:
            connection.sendall(rude)
            connection.recv(1024)
        except OSError:
            pass
    assert shop.get("/readyz", key=None).status_code == 200
    assert shop.rows() == before
