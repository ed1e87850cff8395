"""Messages leave: tried, tried again, given up, sent again; never lost and never switched off."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.channels.outgoing import Outcome, Outgoing
from app.fiscal.ledger import utc_text
from app.services.messages import endpoints
from app.services.messages.sending import (
    FIRST_SECONDS,
    LEASE_SECONDS,
    LONGEST_SECONDS,
    REST_SECONDS,
)
from app.services.rules.policy import change
from app.store.engine import reading, writing
from app.store.tables.messages import Message, WebhookEndpoint
from tests.given import message_sender
from tests.given.message_sender import Post
from tests.given.shop_in_process import opened_engine, put_outlet
from tests.harness import forks
from tests.harness.receiver import Receiver, Reply, receiving

DOWN = Reply(503, b"Plus tard")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def post(database_url: str) -> Iterator[Post]:
    engine = opened_engine(database_url)
    put_outlet(engine)
    yield Post(engine)
    engine.dispose()


@pytest.fixture
def endpoint(post: Post, receiver: Receiver) -> str:
    """The id of an endpoint at the receiver."""
    return post.listen(receiver).endpoint.endpoint_id


def attempts(post: Post, most: int) -> None:
    """A message is given up after so many tries."""
    with writing(post.engine) as session:
        change(session, "*", "message_max_attempts", str(most), by="M1", at=utc_text(post.now))


def ids(receiver: Receiver) -> list[str]:
    """The ids that came in, in order."""
    return [request.headers["webhook-id"] for request in receiver.received]


def test_a_message_is_sent_and_its_try_is_written(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    (message,) = post.queue(endpoint)
    assert post.sender().step() == 0
    assert post.sender().step() is None
    view = post.view(message)
    assert (view.state, view.attempts, view.last_error) == ("sent", 1, None)
    assert view.done_at == utc_text(post.now)
    (one,) = view.tries
    assert (one.number, one.status, one.words) == (1, 200, "ok")
    assert one.begun_at == one.ended_at == utc_text(post.now)
    assert ids(receiver) == [message]


def test_nothing_waits_nothing_happens(post: Post) -> None:
    assert post.sender().step() is None


def test_every_try_has_the_same_id_and_bytes_and_a_signature_of_its_own_time(
    post: Post, receiver: Receiver
) -> None:
    made = post.listen(receiver)
    receiver.script.extend([DOWN] * 3)
    post.queue(made.endpoint.endpoint_id, body=b'{"type":"x"}')
    post.send_everything()
    assert len(receiver.received) == 4
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert {request.body for request in receiver.received} == {b'{"type":"x"}'}
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) == 4
    signer = Webhook(made.secret)
    for request in receiver.received:
        message_id, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{message_id}.{at}.{request.body.decode()}"
        assert request.headers["webhook-signature"] == _signed(signer, signed)


def _signed(signer: Webhook, text: str) -> str:
    key = signer._whsecret  # noqa: SLF001 - its own check wants the time of today
    return "v1," + base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()


def test_the_waits_are_drawn_below_a_bound_that_doubles(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    receiver.usual = DOWN
    attempts(post, 100)
    waits = []
    (message,) = post.queue(endpoint)
    for tried in range(1, 13):
        while post.view(message).attempts < tried:
            post.pass_time(seconds=post.sender().step() or 0)
        waits.append(_wait_of(post, message))
    for number, wait in enumerate(waits):
        assert 1 <= wait <= min(FIRST_SECONDS * 2**number, LONGEST_SECONDS) + 1, (number, wait)
    assert len(set(waits)) > 6  # drawn, not fixed
    assert max(waits) > 600


def _wait_of(post: Post, message: str) -> int:
    with reading(post.engine) as session:
        row = session.get_one(Message, ("KIN01", message))
        return row.next_try - int(post.clock())


def test_the_wait_that_is_asked_for_is_the_least(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    receiver.script.append(Reply(429, b"", {"Retry-After": "7200"}))
    post.queue(endpoint, 2)
    assert post.sender().step() == 0
    wait = post.sender().step()
    assert wait is not None
    assert wait >= 7200
    assert len(receiver.received) == 1  # the other message waits as well
    post.pass_time(seconds=wait)
    post.send_everything()
    assert len(receiver.received) == 3


def test_after_its_last_try_a_message_has_failed_and_somebody_is_called(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    receiver.usual = DOWN
    attempts(post, 3)
    (message,) = post.queue(endpoint)
    post.send_everything()
    view = post.view(message)
    assert (view.state, view.attempts, view.last_error) == ("failed", 3, "Plus tard")
    assert [one.status for one in view.tries] == [503] * 3
    (case,) = post.cases()
    assert (case.kind, case.about, case.fix) == ("message", endpoint, "operator")
    assert "3 essais" in case.text
    assert post.publish() == 0  # nobody is told by a message that messages fail


def test_an_endpoint_is_never_switched_off(post: Post, receiver: Receiver, endpoint: str) -> None:
    receiver.usual = Reply(410, b"")
    attempts(post, 1)
    post.queue(endpoint, 50)
    post.send_everything()
    receiver.usual = DOWN
    post.queue(endpoint, 10)
    post.send_everything()
    with reading(post.engine) as session:
        row = session.get_one(WebhookEndpoint, ("KIN01", endpoint))
        assert row.removed_at is None
        assert [e.failed for e in endpoints.endpoints(session, "KIN01")] == [60]
    assert len(post.cases()) == 1  # one case, however many messages
    receiver.usual = Reply()
    (message,) = post.queue(endpoint)
    post.send_everything()
    assert post.view(message).state == "sent"
    assert post.cases() == []  # it answers again


def test_a_failed_message_is_sent_again_by_hand(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    receiver.script.extend([DOWN] * 2)
    attempts(post, 2)
    (message,) = post.queue(endpoint)
    post.send_everything()
    assert post.view(message).state == "failed"
    replayed = post.replay(message)
    assert replayed is not None
    assert (replayed.state, replayed.attempts, len(replayed.tries)) == ("pending", 0, 2)
    post.send_everything()
    view = post.view(message)
    assert (view.state, view.attempts) == ("sent", 1)
    assert [(one.number, one.status) for one in view.tries] == [(1, 503), (2, 503), (3, 200)]
    assert len(set(ids(receiver))) == 1


def test_a_message_that_was_sent_may_be_sent_again(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    (message,) = post.queue(endpoint)
    post.send_all()
    assert post.replay(message)
    post.send_all()
    assert ids(receiver) == [message, message]
    assert len({request.body for request in receiver.received}) == 1


def test_a_message_that_waits_is_tried_at_once_by_hand(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    receiver.script.append(DOWN)
    (message,) = post.queue(endpoint)
    post.send_all()
    assert post.replay(message)
    post.send_all()
    assert post.view(message).state == "sent"


def test_a_message_of_another_outlet_is_not_sent_again(post: Post, endpoint: str) -> None:
    (message,) = post.queue(endpoint)
    assert post.replay(message, "KIN02") is None
    assert post.replay("msg_unknown") is None


def test_a_silent_endpoint_does_not_hold_up_the_others(post: Post, receiver: Receiver) -> None:
    with receiving() as silent:
        silent.usual = DOWN
        bad = post.listen(silent).endpoint.endpoint_id
        good = post.listen(receiver).endpoint.endpoint_id
        post.queue(bad, 30)
        post.pass_time(seconds=1)
        post.queue(good, 30)
        post.send_all()
        assert len(receiver.received) == 30
        assert len(silent.received) <= 3
        silent.usual = Reply()
        waits = post.send_everything()
        assert max(waits) <= REST_SECONDS + 1
        assert len(set(ids(silent))) == 30  # and all of its own came through


def test_what_no_channel_is_set_up_for_waits_and_says_so(post: Post) -> None:
    (message,) = post.queue("243812345678", channel="whatsapp")
    post.send_all()
    view = post.view(message)
    assert view.state == "pending"
    assert "pas réglé" in (view.last_error or "")


def test_a_channel_that_breaks_loses_nothing(post: Post) -> None:
    calls = itertools.count()

    def broken(_out: Outgoing) -> Outcome:
        if next(calls) == 0:
            raise ZeroDivisionError
        return Outcome("sent", "")

    post.by_name["whatsapp"] = broken
    (message,) = post.queue("243812345678", channel="whatsapp")
    post.send_everything()
    view = post.view(message)
    assert view.state == "sent"
    assert "ZeroDivisionError" in view.tries[0].words


# --- Several senders, and senders that die


def test_a_message_is_tried_by_one_sender_at_a_time(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    post.queue(endpoint, 40)
    url = post.engine.url.render_as_string(hide_password=False)
    forks.at_once(message_sender.sent_all, *[(url, post.clock())] * 3)
    assert Counter(ids(receiver)).most_common(1)[0][1] == 1
    assert len(receiver.received) == 40


def test_a_killed_senders_message_is_tried_again_with_the_same_id_and_bytes(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    (message,) = post.queue(endpoint, body=b'{"type":"invoice.sealed"}')
    receiver.open.clear()
    url = post.engine.url.render_as_string(hide_password=False)
    process = forks.CONTEXT.Process(
        target=message_sender.sent_once, args=(url, post.clock()), daemon=True
    )
    process.start()
    assert receiver.came.wait(60)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)  # between begun and ended
    process.join(30)
    receiver.open.set()
    (begun,) = post.view(message).tries
    assert (begun.ended_at, begun.status) == (None, None)
    wait = post.sender().step()
    assert wait == LEASE_SECONDS  # until it is certain that nobody sends it
    post.pass_time(seconds=wait)
    post.send_all()
    view = post.view(message)
    assert view.state == "sent"
    assert [(one.number, one.status) for one in view.tries] == [(1, None), (2, 200)]
    assert ids(receiver) == [message] * 2
    assert len({request.body for request in receiver.received}) == 1


def test_a_sender_that_wakes_after_another_took_over_changes_nothing(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    late: list[Any] = []

    def stalls(out: Outgoing) -> Outcome:
        if not late:
            late.append(out)
            post.pass_time(seconds=message_sender.AFTER_LEASE)
            assert post.sender(2).step() == 0  # sends it meanwhile
            return Outcome("failed", "Trop tard.", 500)
        return Outcome("sent", "", 200)

    post.by_name["webhook"] = stalls
    (message,) = post.queue(endpoint)
    post.sender(1).step()
    view = post.view(message)
    assert (view.state, view.attempts, view.last_error) == ("sent", 2, None)
    assert [(one.number, one.status) for one in view.tries] == [(1, 500), (2, 200)]
    assert post.cases() == []
    assert receiver.received == []


def test_what_was_published_arrives_whole_and_verifies(post: Post, receiver: Receiver) -> None:
    made = post.listen(receiver)
    post.announce("outlet.status", colour="red", reason="La DGI ne répond pas.")
    post.publish()
    post.send_all()
    (got,) = receiver.received
    assert json.loads(got.body) == {
        "type": "outlet.status",
        "timestamp": utc_text(post.now),
        "data": {"outlet_id": "KIN01", "colour": "red", "reason": "La DGI ne répond pas."},
    }
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.{got.body.decode()}"
    assert got.headers["webhook-signature"] == _signed(Webhook(made.secret), signed)
