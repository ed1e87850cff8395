"""`/api/v1/webhooks`: asked for, told, rotated, replayed, removed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from app.server import create_app
from app.services.messages.publishing import publish
from app.services.messages.sending import Sender
from app.settings import Settings
from app.store.engine import open_engine
from app.wiring import assemble
from tests.given.shop_as_process import furnish_neighbour, neighbours_sale, new_id
from tests.harness.receiver import Receiver, Reply, receiving
from tests.routes.refused import refused

pytestmark = pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning")

KEY: Final = {"Authorization": "Bearer bono_neighbour"}
HOOKS: Final = "/api/v1/webhooks"


@contextmanager
def neighbours_app(var: Path, *, private: bool = True) -> Iterator[TestClient[Litestar]]:
    """The application of this process over a store with the neighbour's outlet."""
    engine = open_engine(f"sqlite:///{var / 'bono.sqlite'}")
    furnish_neighbour(engine)
    engine.dispose()
    settings = Settings(var=var, webhook_private=private)
    with TestClient(create_app(assemble(settings))) as client:
        client.headers.update(KEY)
        yield client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with neighbours_app(tmp_path) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def register(client: TestClient[Litestar], url: str, *events: str) -> dict[str, Any]:
    """An endpoint as it was answered when it was made."""
    answer = client.post(HOOKS, json={"url": url, "events": events or ["*"]})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{HOOKS}/{made['id']}"
    return made


def sell(client: TestClient[Litestar]) -> dict[str, Any]:
    """A sale of the neighbour."""
    answer = client.put(f"/api/v1/invoices/{new_id()}", json=neighbours_sale())
    assert answer.status_code == 201, answer.text
    sale: dict[str, Any] = answer.json()
    return sale


def tell(client: TestClient[Litestar]) -> None:
    """What stands is told, and everything due is tried once."""
    parts = client.app.state.parts
    publish(parts.engine, datetime.now(UTC))
    sender = Sender(parts.engine, parts.channels)
    while sender.step() == 0:
        pass


def items(answer: httpx.Response) -> list[dict[str, Any]]:
    """The items of a list."""
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_an_integrator_is_told_of_a_sale_and_verifies_it(
    client: TestClient[Litestar], receiver: Receiver
) -> None:
    made = register(client, receiver.url(), "invoice.sealed")
    assert made["events"] == ["invoice.sealed"]
    sale = sell(client)
    tell(client)
    (got,) = receiver.received
    event = Webhook(made["secret"]).verify(got.body, got.headers)
    assert event["type"] == "invoice.sealed"
    data = event["data"]
    assert data["fiscal_number"] == sale["security"]["fiscal_number"]
    assert data["reference"] == sale["security"]["reference"]
    assert data["totals"] == sale["totals"]
    assert data["links"] == sale["links"]
    (message,) = items(client.get(f"{HOOKS}/{made['id']}/messages"))
    assert (message["state"], message["event"]) == ("sent", "invoice.sealed")
    assert message["id"] == got.headers["webhook-id"]
    assert [(one["number"], one["status"]) for one in message["tries"]] == [("1", "200")]


def test_the_secret_is_shown_when_it_is_made_and_never_again(
    client: TestClient[Litestar], receiver: Receiver
) -> None:
    made = register(client, receiver.url())
    sell(client)
    tell(client)
    hook = f"{HOOKS}/{made['id']}"
    for path in (HOOKS, hook, f"{hook}/messages"):
        answer = client.get(path)
        assert "secret" not in answer.text
        assert made["secret"].removeprefix("whsec_") not in answer.text
    rotated = client.post(f"{hook}/rotate").json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_until"]
    assert rotated["secret"] not in client.get(hook).text
    (kept,) = {k for k in items(client.get(HOOKS))[0] if k not in {*made} - {"secret"}}
    assert kept == "previous_until"


def test_after_a_rotation_both_secrets_verify(
    client: TestClient[Litestar], receiver: Receiver
) -> None:
    made = register(client, receiver.url())
    rotated = client.post(f"{HOOKS}/{made['id']}/rotate").json()
    sell(client)
    tell(client)
    (got,) = receiver.received
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(got.body, got.headers)
    twice = client.post(f"{HOOKS}/{made['id']}/rotate").json()
    sell(client)
    tell(client)
    got = receiver.received[-1]
    for secret in (rotated["secret"], twice["secret"]):
        Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(got.body, got.headers)


def test_a_message_that_failed_is_seen_and_replayed(
    client: TestClient[Litestar], receiver: Receiver
) -> None:
    made = register(client, receiver.url(), "invoice.sealed")
    receiver.script.append(Reply(410, b"parti"))
    sell(client)
    tell(client)
    hook = f"{HOOKS}/{made['id']}"
    (message,) = items(client.get(f"{hook}/messages"))
    assert (message["state"], message["last_error"]) == ("failed", "parti")
    assert items(client.get(HOOKS))[0]["failed"] == "1"
    answer = client.post(f"{hook}/messages/{message['id']}/replay")
    assert answer.status_code == 202
    assert answer.json()["state"] == "pending"
    tell(client)
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    (message,) = items(client.get(f"{hook}/messages"))
    assert [one["status"] for one in message["tries"]] == ["410", "200"]
    for path in (f"{hook}/messages/msg_x/replay", f"{HOOKS}/ep_x/messages/{message['id']}/replay"):
        refused(client.post(path), 404, "unknown", "")


def test_the_delivery_log_has_pages(client: TestClient[Litestar], receiver: Receiver) -> None:
    made = register(client, receiver.url(), "invoice.sealed")
    for _ in range(5):
        sell(client)
    tell(client)
    path = f"{HOOKS}/{made['id']}/messages?per_page=2"
    seen: list[str] = []
    answer = client.get(path).json()
    while "next" in answer:
        seen += [item["id"] for item in answer["items"]]
        answer = client.get(f"{path}&cursor={answer['next']}").json()
    seen += [item["id"] for item in answer["items"]]
    assert len(seen) == len(set(seen)) == 5
    refused(client.get(f"{path}&cursor=x"), 400, "format.text", "/cursor")
    refused(client.get(f"{path}&colour=red"), 400, "format.member", "/colour")


def test_a_removed_endpoint_is_told_nothing_more(
    client: TestClient[Litestar], receiver: Receiver
) -> None:
    made = register(client, receiver.url())
    hook = f"{HOOKS}/{made['id']}"
    assert client.delete(hook).status_code == 204
    sell(client)
    tell(client)
    assert receiver.received == []
    assert items(client.get(HOOKS)) == []
    for answer in (
        client.get(hook), client.delete(hook), client.post(f"{hook}/rotate"),
        client.get(f"{hook}/messages"),
    ):  # fmt: skip
        refused(answer, 404, "unknown", "")


@pytest.mark.parametrize(
    ("body", "rule", "path"),
    [
        ({"events": ["*"]}, "format.missing", "/url"),
        ({"url": "https://9.9.9.9/"}, "format.missing", "/events"),
        ({"url": "https://9.9.9.9/", "events": []}, "format.text", "/events"),
        ({"url": "https://9.9.9.9/", "events": ["invoice.*"]}, "format.text", "/events/0"),
        ({"url": "https://9.9.9.9/", "events": "*"}, "format.type", "/events"),
        ({"url": "https://9.9.9.9/", "events": ["*"], "secret": "x"}, "format.member", "/secret"),
        ({"url": "", "events": ["*"]}, "format.text", "/url"),
        ({"url": None, "events": ["*"]}, "format.type", "/url"),
    ],
)
def test_what_cannot_be_read_is_refused(
    client: TestClient[Litestar], body: dict[str, Any], rule: str, path: str
) -> None:
    refused(client.post(HOOKS, json=body), 400, rule, path)


@pytest.mark.parametrize(
    "url",
    [
        "http://9.9.9.9/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://user:secret@9.9.9.9/", "https://2130706433/", "ftp://9.9.9.9/", "9.9.9.9",
    ],
)  # fmt: skip
def test_no_private_address_is_told_anything(tmp_path: Path, url: str) -> None:
    with neighbours_app(tmp_path, private=False) as client:
        answer = client.post(HOOKS, json={"url": url, "events": ["*"]})
        refused(answer, 422, "webhook.address", "/url")
        assert items(client.get(HOOKS)) == []


def test_an_outlet_has_a_bounded_number_of_endpoints(
    client: TestClient[Litestar], receiver: Receiver
) -> None:
    for number in range(20):
        register(client, receiver.url(f"/{number}"))
    answer = client.post(HOOKS, json={"url": receiver.url(), "events": ["*"]})
    refused(answer, 422, "webhook.many", "")


def test_a_key_without_that_right_sees_nothing(client: TestClient[Litestar]) -> None:
    answer = client.get(HOOKS, headers={"Authorization": "Bearer bono_reader"})
    refused(answer, 403, "scope.operation", "")
