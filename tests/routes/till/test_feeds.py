"""What a tablet asks while it sells, on both databases, and what one sale costs on the wire."""

import gzip
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.fiscal.tables import TABLES
from app.process import Parts
from app.routes.api import invoices
from app.server import create_app
from app.services.shop import sample
from app.settings import Settings
from app.store.engine import writing
from app.store.shop import articles
from app.store.tables.outlets import Outlet
from app.wiring import assemble
from tests.given.requests import sale_request
from tests.given.shop_as_process import RunningShop, new_id
from tests.given.signing_tablet import SigningTablet
from tests.routes.refused import refused

pytestmark = pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning")

NOBODY = sample.EmcfAddress("http://127.0.0.1:9/edef", "token")
OUTLET = sample.OUTLET
WIRE_BYTES = 1536
"""Of one sale, each way (budget of the till)."""

Client = TestClient[Litestar]


@pytest.fixture
def parts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """The sample shop; nobody delivers to its e-MCF, and a sale does not wait for it."""
    monkeypatch.setattr(invoices, "PATIENCE_SECONDS", 0)
    parts = assemble(Settings(var=tmp_path, database_url=database_url))
    sample.furnish(parts.engine, "TEST_SFE", NOBODY, datetime.now(UTC))
    return parts


@pytest.fixture
def client(parts: Parts) -> Iterator[Client]:
    with TestClient(create_app(parts)) as client:
        yield client


@pytest.fixture
def tablet(parts: Parts) -> SigningTablet:
    return SigningTablet().put_in(parts.engine, OUTLET, "T1")


def read(client: Client, tablet: SigningTablet, path: str) -> Any:
    answer = tablet.ask(client, "GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def pulse(**changes: Any) -> dict[str, Any]:
    return {"last_seq": "4", "head": "ab" * 32, "outbox": "0", "build": "b1"} | changes


def test_a_tablet_learns_where_it_sells_and_by_which_taxes(
    client: Client, tablet: SigningTablet
) -> None:
    context = read(client, tablet, "/caisse/contexte.json")
    assert {
        name: context[name] for name in ("device_id", "outlet_id", "pos_terminal_id", "zone")
    } == {
        "device_id": tablet.device_id,
        "outlet_id": OUTLET,
        "pos_terminal_id": "T1",
        "zone": "Africa/Kinshasa",
    }
    assert (context["control_module"], context["terminal_name"]) == (True, "Caisse 1")
    assert [(table["name"], table["from"]) for table in context["tables"]] == [
        (table.name, table.in_force_from) for table in TABLES
    ]
    assert context["tables"][-1]["rates"]["B"] == "16"
    assert "N" not in context["tables"][-1]["rates"]  # the whole amount is VAT: there is no rate
    assert {"cashier_id": "M1", "name": "Béatrice", "role": "manager"} in context["people"]
    assert "pin" not in str(context)
    assert context["seller"]["nif"] == context["merchant_nif"] == sample.NIF
    assert context["rates"][0] == {
        "currency": "USD",
        "day": datetime.now(UTC).date().isoformat(),
        "rate": "2850.00",
        "source": "démonstration",
    }
    days = [rate["day"] for rate in context["rates"]]
    assert (len(days), days) == (8, sorted(days, reverse=True))


def test_without_written_approval_no_tablet_sells_provisionally(
    client: Client, parts: Parts, tablet: SigningTablet
) -> None:
    def offline(**members: Any) -> Any:
        with writing(parts.engine) as session:
            row = session.get_one(Outlet, OUTLET)
            for name, value in members.items():
                setattr(row, name, value)
        return read(client, tablet, "/caisse/contexte.json")["offline"]

    assert offline() == {"policy": "bloquer", "hours": 48}
    assert offline(offline_policy="provisoire", offline_hours=24) == {
        "policy": "bloquer",
        "hours": 24,
    }
    assert offline(provisional_approval="lettre DGI")["policy"] == "provisoire"


def test_the_catalogue_travels_once_and_then_only_what_changed(
    client: Client, parts: Parts, tablet: SigningTablet
) -> None:
    first = read(client, tablet, "/caisse/articles.json")
    assert len(first["items"]) == len(sample.ARTICLES)
    assert first["shelves"] == ["Boissons", "Épicerie", "Frais", "Maison", "Services"]
    assert (first["gone"], first["more"]) == ([], False)
    sample.furnish(parts.engine, "TEST_SFE", NOBODY, datetime.now(UTC))  # a new start
    path = f"/caisse/articles.json?since={first['cursor']}"
    assert read(client, tablet, path)["items"] == []
    with writing(parts.engine) as session:
        articles.remove_articles(session, OUTLET, ["PAI01"])
    delta = read(client, tablet, path)
    assert (delta["items"], delta["gone"]) == ([], ["PAI01"])


def test_the_sample_clients_are_three_companies_and_an_embassy(
    client: Client, tablet: SigningTablet
) -> None:
    known = read(client, tablet, "/caisse/clients.json")
    assert sorted(item["type"] for item in known["items"]) == ["AO", "PC", "PM", "PM"]
    embassy = next(item for item in known["items"] if item["type"] == "AO")
    assert embassy["exemption"] == sample.EXEMPTION
    assert read(client, tablet, f"/caisse/clients.json?since={known['cursor']}")["items"] == []


def test_a_client_that_a_sale_named_is_known_at_every_till(
    client: Client, parts: Parts, tablet: SigningTablet
) -> None:
    cursor = read(client, tablet, "/caisse/clients.json")["cursor"]
    buyer = {"type": "PM", "name": "Nouvelle Société SARL", "nif": "A2633333E"}
    for sold_to in ({"type": "PP"}, buyer, buyer):
        sale = sale_request(client=sold_to, comments={"A": "EXO-7"} if "nif" in sold_to else {})
        answer = tablet.ask(client, "PUT", f"/api/v1/invoices/{new_id()}", sale)
        assert answer.status_code == 202, answer.text
    other = SigningTablet().put_in(parts.engine, OUTLET, "T2")
    delta = read(client, other, f"/caisse/clients.json?since={cursor}")
    assert delta["items"] == [
        buyer | {"id": "A2633333E", "contact": "", "address": "", "exemption": "EXO-7"}
    ]


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "01", "9" * 16, ""])
@pytest.mark.parametrize("feed", ["articles", "clients"])
def test_a_cursor_that_nobody_gave_is_refused(
    client: Client, tablet: SigningTablet, feed: str, since: str
) -> None:
    answer = tablet.ask(client, "GET", f"/caisse/{feed}.json?since={since}")
    refused(answer, 400, "format.text", "/since")


def test_a_heartbeat_is_kept_and_answered_with_the_state_of_the_outlet(
    client: Client, tablet: SigningTablet
) -> None:
    path = f"/api/v1/devices/{tablet.device_id}/heartbeat"
    for _ in range(2):
        tablet.ask(client, "PUT", f"/api/v1/invoices/{new_id()}", sale_request())
    answer = tablet.ask(client, "PUT", path, pulse())
    state = answer.json()
    assert answer.status_code == 200
    assert [lamp["name"] for lamp in state["lamps"]] == ["fiscal", "dgi", "imprimante"]
    assert (state["waiting"], state["lost"]) == ("2", [])
    assert state["oldest_waiting"] <= state["time"]
    back = tablet.ask(client, "PUT", path, pulse(head="cd" * 32)).json()
    assert [(entry["terminal_id"], entry["why"]) for entry in back["lost"]] == [
        ("T1", "rolled-back")
    ]


def test_a_tablet_tells_only_of_itself(client: Client, parts: Parts, tablet: SigningTablet) -> None:
    other = SigningTablet().put_in(parts.engine, OUTLET, "T2")
    path = f"/api/v1/devices/{other.device_id}/heartbeat"
    refused(tablet.ask(client, "PUT", path, pulse()), 403, "scope.device", "/device_id")
    path = f"/api/v1/devices/{tablet.device_id}/heartbeat"
    refused(tablet.ask(client, "PUT", path, pulse(outbox=3)), 400, "format.member", "/outbox")


def test_a_revoked_tablet_learns_nothing(client: Client, parts: Parts) -> None:
    revoked = SigningTablet().put_in(parts.engine, OUTLET, "T1", revoked_at="2026-11-22T10:00:00Z")
    for path in ("contexte", "articles", "clients"):
        answer = revoked.ask(client, "GET", f"/caisse/{path}.json")
        refused(answer, 403, "auth.revoked", "")
    path = f"/api/v1/devices/{revoked.device_id}/heartbeat"
    refused(revoked.ask(client, "PUT", path, pulse()), 403, "auth.revoked", "")


# --- What one sale costs


BROWSER: Final = {
    "Connection": "keep-alive",
    "sec-ch-ua-platform": '"Android"',
    "User-Agent": (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/139.0.0.0 Mobile Safari/537.36"
    ),
    "sec-ch-ua": '"Not;A=Brand";v="99", "Google Chrome";v="139", "Chromium";v="139"',
    "sec-ch-ua-mobile": "?1",
    "Accept": "application/json",
    "Origin": "http://127.0.0.1:8000",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "fr-FR,fr;q=0.9",
    "Cookie": f"bono_session={'s' * 43}",
}
"""What Chrome on a tablet puts before ours."""


def test_one_sale_is_small_on_the_wire_each_way(shop: RunningShop) -> None:
    tablet = SigningTablet()
    assert tablet.enrol(shop.http).status_code == 201
    place = tablet.ask(shop.http, "GET", "/caisse/contexte.json").json()["pos_terminal_id"]
    body = msgspec.json.encode(sale_request(pos_terminal_id=place))
    url = httpx.URL(f"{shop.card['url']}/api/v1/invoices/{new_id()}")
    headers = {
        "Host": url.netloc.decode(),
        **BROWSER,
        "Content-Length": str(len(body)),
        "Prefer": "return=minimal",
        **tablet.headers("PUT", url, body, 123_456),
    }
    lines = [f"PUT {url.path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    request = "\r\n".join([*lines, "", ""]).encode() + body
    head, answer = _exchanged(url, request)
    assert head.startswith(b"HTTP/1.1 201 ")
    assert b"content-encoding: gzip" in head
    assert msgspec.json.decode(gzip.decompress(answer))["status"] == "normalised"
    assert len(request) <= WIRE_BYTES
    assert len(head) + len(answer) <= WIRE_BYTES, head.decode()


def _exchanged(url: httpx.URL, request: bytes) -> tuple[bytes, bytes]:
    """The head and the body that come back, as they were on the wire."""
    with socket.create_connection((url.host, url.port or 80), timeout=30) as wire:
        wire.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += wire.recv(65536)
        head, end, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: ([0-9]+)", head)
        assert length is not None
        while len(body) < int(length[1]):
            body += wire.recv(65536)
    return head + end, body
