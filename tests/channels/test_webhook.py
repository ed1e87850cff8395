"""The webhook channel over real HTTP and TLS; `standardwebhooks` is the second opinion."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from app.channels.outgoing import Outcome, Outgoing
from app.channels.webhook import LONGEST_WAIT, MOST_ANSWER, WebhookChannel
from tests.harness.certificates import Trust, trust_for
from tests.harness.ports import free_port
from tests.harness.receiver import Receiver, Reply, receiving

OLD: Final = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW: Final = "whsec_" + base64.b64encode(b"n" * 32).decode()
BODY: Final = json.dumps({"type": "invoice.sealed", "data": {"client": "Éve"}}).encode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def outgoing(url: str, *secrets: str, **changes: Any) -> Outgoing:
    members: dict[str, Any] = {
        "message_id": "msg_1",
        "target": url,
        "body": BODY,
        "at": int(time.time()),
        "secrets": secrets or (NEW,),
    }
    return Outgoing(**members | changes)


def sent(receiver: Receiver, *secrets: str, **changes: Any) -> Outcome:
    return WebhookChannel(private=True)(outgoing(receiver.url(), *secrets, **changes))


def test_a_receiver_that_knows_the_secret_verifies_what_it_gets(receiver: Receiver) -> None:
    outcome = sent(receiver)
    assert (outcome.state, outcome.status, outcome.words) == ("sent", 200, "ok")
    (got,) = receiver.received
    assert got.body == BODY
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == "msg_1"
    assert Webhook(NEW).verify(got.body, got.headers) == json.loads(BODY)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_another_id_or_time_makes_the_signature_worthless(receiver: Receiver, name: str) -> None:
    sent(receiver)
    (got,) = receiver.received
    changed = {**got.headers, name: str(int(time.time()) + 1)}
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body, changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body + b" ", got.headers)


def test_while_a_secret_is_replaced_both_verify(receiver: Receiver) -> None:
    sent(receiver, NEW, OLD)
    (got,) = receiver.received
    for secret in (NEW, OLD):
        Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(base64.b64encode(b"x" * 32).decode()).verify(got.body, got.headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_answer_of_the_two_hundreds_is_a_yes(receiver: Receiver, status: int) -> None:
    receiver.usual = Reply(status, b"")
    assert sent(receiver).state == "sent"


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429, 500, 502, 503])
def test_every_other_answer_is_tried_again_and_the_rest_waits(
    receiver: Receiver, status: int
) -> None:
    receiver.usual = Reply(status, b"not\nnow\x00")
    outcome = sent(receiver)
    assert outcome == Outcome("later", "not now", status, blocks="target")


def test_a_message_for_an_address_that_is_gone_has_failed(receiver: Receiver) -> None:
    receiver.usual = Reply(410, b"")
    outcome = sent(receiver)
    assert (outcome.state, outcome.status, outcome.blocks) == ("failed", 410, "nothing")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(receiver: Receiver, status: int) -> None:
    receiver.usual = Reply(status, b"", {"Location": receiver.url("/elsewhere")})
    outcome = sent(receiver)
    assert (outcome.state, outcome.status) == ("later", status)
    assert [request.path for request in receiver.received] == ["/bono"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("0", 0), ("9999999999", LONGEST_WAIT), ("soon", 0), ("-5", 0), ("", 0),
     ("Sun, 22 Nov 2026 10:17:31 GMT", 120), ("Sun, 22 Nov 2026 10:00:00 GMT", 0),
     ("Sun, 22 Nov 9999 10:00:00 GMT", LONGEST_WAIT)],
)  # fmt: skip
def test_the_wait_that_is_asked_for_is_honoured_up_to_a_day(
    receiver: Receiver, text: str, seconds: int
) -> None:
    receiver.usual = Reply(503, b"", {"Retry-After": text})
    assert sent(receiver, at=1795342531).after == seconds  # 2026-11-22T10:15:31Z


def test_of_a_long_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.usual = Reply(500, b"x" * 40 * MOST_ANSWER)
    outcome = sent(receiver)
    assert outcome.status == 500
    assert len(outcome.words) == 300


@pytest.mark.parametrize("held_back", [True, False])
def test_an_answer_that_drips_or_never_comes_ends_the_try(
    receiver: Receiver, *, held_back: bool
) -> None:
    receiver.usual = Reply(drip=True)
    if held_back:
        receiver.open.clear()
    channel = WebhookChannel(private=True, seconds=0.5)
    outcome = channel(outgoing(receiver.url()))
    assert (outcome.state, outcome.status, outcome.blocks) == ("later", None, "target")
    receiver.open.set()


def test_an_address_where_nobody_listens_is_tried_again() -> None:
    outcome = WebhookChannel(private=True)(outgoing(f"http://127.0.0.1:{free_port()}/"))
    assert (outcome.state, outcome.status, outcome.blocks) == ("later", None, "target")
    assert "Injoignable" in outcome.words


def test_a_name_that_leads_nowhere_is_tried_again() -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    outcome = WebhookChannel(resolve=nowhere)(outgoing("https://boutique.example/"))
    assert (outcome.state, outcome.status) == ("later", None)


# --- No private address, whatever the name said before


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["9.9.9.9", "127.0.0.1"], ["::1"]])
def test_a_name_that_means_a_private_address_by_now_is_not_connected_to(
    receiver: Receiver, addresses: list[str]
) -> None:
    channel = WebhookChannel(resolve=lambda _host, _port: addresses)
    outcome = channel(outgoing(f"http://boutique.example:{receiver.port}/bono"))
    assert outcome.state == "later"
    assert "privé" in outcome.words
    assert receiver.received == []


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(
    tmp_path: Path,
) -> None:
    trust = trust_for("boutique.example", tmp_path)
    asked = []

    def resolve(host: str, port: int) -> list[str]:  # rebinds after the first question
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with receiving(trust.server) as receiver:
        channel = WebhookChannel(private=True, context=trust.client, resolve=resolve)
        outcome = channel(outgoing(f"https://boutique.example:{receiver.port}/bono"))
        assert outcome.state == "sent", outcome
        assert asked == [("boutique.example", receiver.port)]
        (got,) = receiver.received
        assert got.headers["host"] == f"boutique.example:{receiver.port}"


def test_the_next_address_of_a_name_is_tried_when_the_first_is_silent(receiver: Receiver) -> None:
    channel = WebhookChannel(private=True, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])
    outcome = channel(outgoing(f"http://boutique.example:{receiver.port}/bono"))
    assert outcome.state == "sent", outcome


# --- TLS


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return trust_for("boutique.example", tmp_path)


def test_a_certificate_that_nobody_vouches_for_ends_the_try(trust: Trust) -> None:
    with receiving(trust.server) as receiver:
        channel = WebhookChannel(private=True, resolve=lambda *_: ["127.0.0.1"])
        outcome = channel(outgoing(f"https://boutique.example:{receiver.port}/bono"))
        assert (outcome.state, outcome.status) == ("later", None)
        assert "certificate" in outcome.words.lower()
        assert receiver.received == []


def test_the_certificate_of_another_name_ends_the_try(trust: Trust) -> None:
    with receiving(trust.server) as receiver:
        channel = WebhookChannel(
            private=True, context=trust.client, resolve=lambda *_: ["127.0.0.1"]
        )
        outcome = channel(outgoing(f"https://voisin.example:{receiver.port}/bono"))
        assert (outcome.state, outcome.status) == ("later", None)
        assert receiver.received == []
