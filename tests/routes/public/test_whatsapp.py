"""`/whatsapp/etats`: Meta subscribes and reports; strangers do neither."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.channels.outgoing import Channels, Outcome
from app.server import create_app
from app.services.messages.log import find, queue_receipt
from app.services.messages.sending import Sender
from app.settings import Settings
from app.store.engine import open_engine, reading, writing
from app.store.tables.outlets import Outlet
from app.wiring import assemble
from tests.given.shop_as_process import NEIGHBOUR, furnish_neighbour, neighbours_sale, new_id
from tests.routes.refused import refused

pytestmark = pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning")

STATES: Final = "/whatsapp/etats"
SECRET: Final = "app-secret"
KEY: Final = {"Authorization": "Bearer bono_neighbour"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    engine = open_engine(f"sqlite:///{tmp_path / 'bono.sqlite'}")
    furnish_neighbour(engine)
    engine.dispose()
    settings = Settings(var=tmp_path, whatsapp_secret=SECRET, whatsapp_verify="mot")
    with TestClient(create_app(assemble(settings))) as client:
        yield client


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header that Meta would send with this body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def test_meta_subscribes_with_our_word_and_nobody_else_does(client: TestClient[Litestar]) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    answer = client.get(STATES, params={**asked, "hub.verify_token": "mot"})
    assert (answer.status_code, answer.text) == (200, "1158201444")
    for word in ({}, {"hub.verify_token": "autre"}):
        refused(client.get(STATES, params={**asked, **word}), 403, "auth.signature", "")


def test_a_report_that_meta_signed_is_noted(client: TestClient[Litestar]) -> None:
    sale = client.put(f"/api/v1/invoices/{new_id()}", json=neighbours_sale(), headers=KEY).json()
    engine = client.app.state.parts.engine
    with writing(engine) as session:
        queued = queue_receipt(
            session, NEIGHBOUR, sale["sale_id"], "whatsapp", "0812345678", datetime.now(UTC)
        )
    assert queued is not None
    with writing(engine) as session:  # the outlet prints by our seal alone
        session.get_one(Outlet, NEIGHBOUR).legal_mode = "platform"
    took = Outcome("sent", "", 200, remote_id="wamid.9")
    Sender(engine, Channels({"whatsapp": lambda _out: took}, host="bono.example")).step()
    status = {"id": "wamid.9", "status": "delivered"}
    body = json.dumps({"entry": [{"changes": [{"value": {"statuses": [status]}}]}]}).encode()
    for headers in ({}, signed(body, "other")):
        answer = client.post(STATES, content=body, headers=headers)
        refused(answer, 403, "auth.signature", "")
    assert client.post(STATES, content=body, headers=signed(body)).status_code == 200
    with reading(engine) as session:
        seen = find(session, NEIGHBOUR, queued.message_id)
    assert seen is not None
    assert (seen.state, seen.reached) == ("sent", "delivered")
    listed = client.get(f"/api/v1/invoices/{sale['sale_id']}/deliveries", headers=KEY).json()
    assert [item["reached"] for item in listed["items"]] == ["delivered"]


def test_a_server_without_whatsapp_has_no_such_address(tmp_path: Path) -> None:
    with TestClient(create_app(assemble(Settings(var=tmp_path)))) as client:
        refused(client.get(STATES), 404, "unknown", "")
        refused(client.post(STATES, content=b"{}"), 404, "unknown", "")
