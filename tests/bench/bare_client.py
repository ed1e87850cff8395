"""The barest client of the e-MCF: POST, then confirm, on so many connections; nothing is kept.

`python -m tests.bench.bare_client URL PAIRS TOKEN…` prints the pairs per second. It is the floor of
the drain: what the simulator answers when the client costs next to nothing.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit

from tests.bench.sale import SALE

AMOUNT = re.compile(rb'"(total|vtotal)":([0-9.]+)')
UID = re.compile(rb'"uid":"([^"]+)"')
LENGTH = re.compile(rb"content-length: ([0-9]+)", re.IGNORECASE)


def body(number: int) -> bytes:
    """An invoice as the product posts it."""
    items = [
        {
            "code": item["code"],
            "type": item["type"],
            "name": item["name"],
            "price": float(item["unit_price"]),
            "quantity": 1,
            "taxGroup": item["tax_group"],
        }
        for item in SALE["items"]
    ]
    return json.dumps(
        {
            "nif": SALE["merchant_nif"],
            "rn": f"BARE-{number:08}",
            "mode": "ttc",
            "isf": "TEST_SFE",
            "type": "FV",
            "items": items,
            "client": {"type": "PP"},
            "operator": {"id": "C1", "name": "Marie"},
            "payment": [{"name": "ESPECES", "amount": 4800.00}],
        }
    ).encode()


async def ask(
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], line: str, head: str, content: bytes
) -> bytes:
    """The body of the answer."""
    reader, writer = streams
    writer.write(f"{line} HTTP/1.1\r\n{head}Content-Length: {len(content)}\r\n\r\n".encode())
    writer.write(content)
    headers = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(headers)
    assert b" 200 " in headers[:20], headers
    return await reader.readexactly(int(length[1]) if length else 0)


async def client(url: str, token: str, numbers: Iterator[int], pairs: int) -> None:
    """Pair after pair on one connection until all are made."""
    where = urlsplit(url)
    streams = await asyncio.open_connection(where.hostname, where.port)
    head = (
        f"Host: {where.netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
    )
    path = f"{where.path}/api/invoice"
    while (number := next(numbers)) <= pairs:
        posted = await ask(streams, f"POST {path}", head, body(number))
        uid = UID.search(posted)
        assert uid is not None, posted
        amounts = {name.decode(): value.decode() for name, value in AMOUNT.findall(posted)}
        echo = f'{{"total":{amounts["total"]},"vtotal":{amounts["vtotal"]}}}'.encode()
        confirm = f"PUT {path}/{uid[1].decode()}/confirm"
        assert b"codeDEFDGI" in await ask(streams, confirm, head, echo)
    streams[1].close()


async def run(url: str, pairs: int, tokens: list[str]) -> float:
    """Pairs per second over that many connections, one a token."""
    numbers = count(1)
    started = time.perf_counter()
    await asyncio.gather(*(client(url, token, numbers, pairs) for token in tokens))
    return pairs / (time.perf_counter() - started)


if __name__ == "__main__":
    print(asyncio.run(run(sys.argv[1], int(sys.argv[2]), sys.argv[3:])))
