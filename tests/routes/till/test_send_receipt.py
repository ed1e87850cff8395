"""A till sends a receipt by e-mail, and knows how far it is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.process import Parts
from app.server import create_app
from app.services.shop import sample
from app.settings import Settings
from app.store.engine import reading, writing
from app.store.messages import messages
from app.store.tables.messages import MessageState
from app.store.tables.outlets import Outlet
from app.store.tables.tills import Device
from app.wiring import assemble
from tests.given.requests import sale_request
from tests.given.shop_as_process import new_id
from tests.given.signing_tablet import SigningTablet
from tests.routes.refused import refused

pytestmark = pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning")

NOBODY = sample.EmcfAddress("http://127.0.0.1:9/edef", "token")
OUTLET = sample.OUTLET
TO = "nom@exemple.cd"

Client = TestClient[Litestar]


def opened(database_url: str, folder: Path, smtp_url: str) -> Parts:
    """The sample shop, its invoices complete once they are sealed."""
    settings = Settings(
        var=folder, database_url=database_url, smtp_url=smtp_url, mail_from="caisse@exemple.cd"
    )
    parts = assemble(settings)
    sample.furnish(parts.engine, "TEST_SFE", NOBODY, datetime.now(UTC))
    with writing(parts.engine) as session:
        session.get_one(Outlet, OUTLET).control_module = None
    return parts


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Parts:
    return opened(database_url, tmp_path, "smtp://127.0.0.1:9")


@pytest.fixture
def client(parts: Parts) -> Iterator[Client]:
    with TestClient(create_app(parts)) as client:
        yield client


@pytest.fixture
def tablet(parts: Parts) -> SigningTablet:
    return SigningTablet().put_in(parts.engine, OUTLET, "T1")


def sold(client: Client, tablet: SigningTablet) -> str:
    """The id of a sale that is sealed."""
    sale_id = new_id()
    answer = tablet.ask(client, "PUT", f"/api/v1/invoices/{sale_id}", sale_request())
    assert answer.status_code == 201, answer.text
    return sale_id


def send(client: Client, tablet: SigningTablet, sale_id: str, **asked: str) -> Any:
    document = {"channel": "email", "to": TO} | asked
    return tablet.ask(client, "POST", f"/caisse/ventes/{sale_id}/envoyer", document)


def test_a_receipt_is_on_its_way_and_asking_twice_sends_one(
    client: Client, tablet: SigningTablet, parts: Parts
) -> None:
    sale_id = sold(client, tablet)
    for _ in range(2):
        answer = send(client, tablet, sale_id)
        assert answer.status_code == 202, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["to"] == TO
    with reading(parts.engine) as session:
        assert len(messages.of_sale(session, OUTLET, sale_id)) == 1
    items = tablet.ask(client, "GET", f"/caisse/ventes/{sale_id}/envois").json()["items"]
    assert [(item["channel"], item["to"], item["state"]) for item in items] == [
        ("email", TO, "queued")
    ]


@pytest.mark.parametrize(
    ("state", "shown"),
    [("pending", "queued"), ("sending", "queued"), ("sent", "sent"), ("failed", "failed")],
)
def test_a_till_knows_three_words_for_a_receipt(
    client: Client, tablet: SigningTablet, parts: Parts, state: MessageState, shown: str
) -> None:
    sale_id = sold(client, tablet)
    send(client, tablet, sale_id)
    with writing(parts.engine) as session:
        [row] = messages.of_sale(session, OUTLET, sale_id)
        row.state, row.last_error, row.owner = state, "Boîte pleine.", "another"
        row.next_try = row.expires_at = 2**33
    [item] = tablet.ask(client, "GET", f"/caisse/ventes/{sale_id}/envois").json()["items"]
    assert (item["state"], item["reason"]) == (shown, "Boîte pleine.")


def test_a_receipt_needs_a_sale_of_the_outlet_an_address_and_a_channel(
    client: Client, tablet: SigningTablet, parts: Parts
) -> None:
    refused(send(client, tablet, new_id()), 404, "unknown", "")
    sale_id = sold(client, tablet)
    refused(send(client, tablet, sale_id, to="nom"), 400, "format.text", "/to")
    refused(send(client, tablet, sale_id, channel="whatsapp"), 422, "delivery.channel", "/channel")
    stranger = SigningTablet()
    refused(send(client, stranger, sale_id), 401, "auth.device", "")
    with writing(parts.engine) as session:
        row = session.get_one(Device, (OUTLET, tablet.device_id))
        row.replaced_at = "2026-11-22T11:00:00Z"
    parts.directory.forget(("device", tablet.device_id))
    refused(send(client, tablet, sale_id), 403, "auth.replaced", "")


def test_a_till_knows_whether_the_server_sends_e_mails(
    client: Client, tablet: SigningTablet, database_url: str, tmp_path: Path
) -> None:
    assert tablet.ask(client, "GET", "/caisse/contexte.json").json()["channels"] == ["email"]
    plain = opened(database_url, tmp_path / "plain", "")
    with TestClient(create_app(plain)) as other:
        assert tablet.ask(other, "GET", "/caisse/contexte.json").json()["channels"] == []
        answer = send(other, tablet, new_id())
        refused(answer, 422, "delivery.channel", "/channel")
        assert answer.json()["title"] == "Ce canal n’est pas réglé sur ce serveur."
