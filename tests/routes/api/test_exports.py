"""Exports over the API: asked for, waited for, downloaded whole or chunk by chunk."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.fiscal import audit
from app.server import create_app
from app.services.proof.audit_file import verify_file
from app.settings import Settings
from app.store.engine import open_engine, writing
from app.store.proof import exports as rows
from app.store.tables.proof import Export
from app.wiring import assemble
from tests.given.requests import Document
from tests.given.shop_as_process import (
    NEIGHBOUR,
    RunningShop,
    furnish_neighbour,
    neighbours_sale,
    new_id,
    opened,
    today,
)
from tests.harness.waiting import wait_until

INSECURE = pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning")
KEY = {"Authorization": "Bearer bono_neighbour"}


def entries(zipped: bytes) -> list[Document]:
    """Every entry of an export."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        lines = [
            line
            for name in sorted(archive.namelist())
            if name.startswith("series/")
            for line in archive.read(name).splitlines()
        ]
    return [json.loads(json.loads(line)["entry"]) for line in lines]


def test_an_export_is_accepted_made_and_verifies(shop: RunningShop, tmp_path: Path) -> None:
    number = shop.sell()["security"]["fiscal_number"]
    asked = shop.request("POST", "/api/v1/exports", json={"outlet_id": "KIN01"})
    assert asked.status_code == 202
    document = asked.json()
    assert set(document) == {"id", "state", "chunks"}
    address = asked.headers["location"]
    assert address == f"/api/v1/exports/{document['id']}"
    ready = shop.wait(address, "state", ("ready",))
    assert ready == {"id": document["id"], "state": "ready", "chunks": "1"}
    zipped = shop.get(f"{address}/audit.zip")
    assert zipped.headers["content-type"] == "application/zip"
    assert 'filename="audit-KIN01.zip"' in zipped.headers["content-disposition"]
    file, keys = tmp_path / "audit.zip", tmp_path / "keys.json"
    file.write_bytes(zipped.content)
    keys.write_bytes(shop.get("/.well-known/jwks.json", key=None).content)
    said: list[str] = []
    verified = verify_file(file, keys, said.append)
    assert number in verified.codes
    assert verified.entries == shop_entries(shop)


def shop_entries(shop: RunningShop) -> int:
    """The number of entries of the demo's outlet."""
    return len(entries(shop.export()))


def test_a_day_is_widened_to_whole_positions(shop: RunningShop) -> None:
    shop.sell()
    whole, day = entries(shop.export()), entries(shop.export(**{"from": today(), "to": today()}))
    assert [e["position"] for e in day] == [
        str(int(day[0]["position"]) + n) for n in range(len(day))
    ]
    assert day == whole[len(whole) - len(day) :]


def test_days_without_an_entry_give_no_export(shop: RunningShop) -> None:
    for days in (
        {"to": "2020-01-01"},
        {"from": "2099-01-01"},
        {"from": "2026-02-01", "to": "2026-01-01"},
    ):
        asked = shop.request("POST", "/api/v1/exports", json={"outlet_id": "KIN01", **days})
        address = asked.headers["location"]
        assert shop.wait(address, "state", ("failed", "ready"))["state"] == "failed"
        assert shop.get(f"{address}/audit.zip").status_code == 404
        assert shop.get(f"{address}/chunks/1").status_code == 404


@INSECURE
def test_an_export_that_stopped_half_way_is_made_after_the_restart(tmp_path: Path) -> None:
    with neighbours_app(tmp_path) as client:
        client.put(f"/api/v1/invoices/{new_id()}", json=neighbours_sale(), headers=KEY)
    with opened(tmp_path) as engine, writing(engine) as session:
        row = Export(outlet_id=NEIGHBOUR, id="half-made", created_at="2026-11-22T10:00:00Z")
        rows.add(session, row)
    with neighbours_app(tmp_path) as client:
        wait_for(client, "/api/v1/exports/half-made")
        zipped = client.get("/api/v1/exports/half-made/audit.zip", headers=KEY).content
        assert len(entries(zipped)) == 2


@contextmanager
def neighbours_app(var: Path) -> Iterator[TestClient[Litestar]]:
    """The application of this process over a store with the neighbour's outlet."""
    engine = open_engine(f"sqlite:///{var / 'bono.sqlite'}")
    furnish_neighbour(engine)
    engine.dispose()
    with TestClient(create_app(assemble(Settings(var=var)))) as client:
        yield client


def wait_for(client: TestClient[Litestar], address: str) -> None:
    """Return once the export is ready."""
    wait_until(
        lambda: client.get(address, headers=KEY).json()["state"] == "ready",
        seconds=30,
        otherwise=lambda: client.get(address, headers=KEY).text,
    )


@INSECURE
def test_a_chunk_is_given_once_the_one_before_it_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "CHUNK_LINES", 2)
    with neighbours_app(tmp_path) as client:
        for _ in range(4):
            client.put(f"/api/v1/invoices/{new_id()}", json=neighbours_sale(), headers=KEY)
        asked = client.post("/api/v1/exports", json={"outlet_id": NEIGHBOUR}, headers=KEY)
        address = asked.headers["location"]
        wait_for(client, address)

        def get(number: int) -> int:
            return client.get(f"{address}/chunks/{number}", headers=KEY).status_code

        def acknowledge(number: int) -> int:
            return client.post(f"{address}/chunks/{number}/ack", headers=KEY).status_code

        assert client.get(address, headers=KEY).json()["chunks"] == "3"
        assert (get(0), get(2), get(3), get(4)) == (404, 422, 422, 404)
        assert acknowledge(2) == 404
        assert (get(1), acknowledge(1)) == (200, 200)
        assert (get(1), get(2), get(3)) == (200, 200, 422)  # a chunk may be asked for again
        assert (acknowledge(2), acknowledge(1), get(3), acknowledge(3)) == (200, 200, 200, 200)
        assert acknowledge(4) == 404
        problem = client.get(f"{address}/chunks/9", headers=KEY).json()
        assert problem["rule"] == "unknown"
        chunk = client.get(f"{address}/chunks/3", headers=KEY)
        assert chunk.headers["content-disposition"].startswith("attachment; filename=")
        zipped = client.get(f"{address}/audit.zip", headers=KEY).content
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
            assert archive.read("series/1/000003.jsonl") == chunk.content
        assert [e["position"] for e in entries(zipped)] == ["1", "2", "3", "4", "5"]


def test_an_export_holds_its_outlet_alone(shop: RunningShop) -> None:
    shop.put(neighbours_sale(), key="neighbour")
    zipped = shop.export()
    assert {e["outlet_id"] for e in entries(zipped)} == {"KIN01"}
    assert NEIGHBOUR.encode() not in zipped
