"""The endpoints of integrators: made, seen without their secret, given a new one, removed."""

import base64
from collections.abc import Iterator

import pytest

from app.fiscal.errors import InvalidInvoice
from app.services.messages import endpoints
from app.services.messages.endpoints import MOST_ENDPOINTS, WithSecret, check_address
from app.store.engine import reading, writing
from tests.given.message_sender import Post
from tests.given.shop_in_process import opened_engine, put_outlet
from tests.harness.receiver import Receiver, Reply, receiving

DOWN = Reply(503, b"Plus tard")
ADDRESS = "https://9.9.9.9/bono"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def post(database_url: str) -> Iterator[Post]:
    """Two outlets and their messages."""
    engine = opened_engine(database_url)
    for outlet_id in ("KIN01", "KIN02"):
        put_outlet(engine, outlet_id)
    yield Post(engine)
    engine.dispose()


@pytest.fixture
def endpoint(post: Post, receiver: Receiver) -> str:
    """The id of an endpoint at the receiver."""
    return post.listen(receiver).endpoint.endpoint_id


def registered(post: Post, *events: str, outlet_id: str = "KIN01") -> WithSecret:
    with writing(post.engine) as session:
        return endpoints.register(session, outlet_id, ADDRESS, events or ("*",), post.now)


def test_an_endpoint_has_a_secret_that_nobody_sees_again(post: Post) -> None:
    made = registered(post, "invoice.sealed", "device.*", "invoice.sealed")
    prefix, _, secret = made.secret.partition("_")
    assert (prefix, len(base64.b64decode(secret))) == ("whsec", 32)
    with reading(post.engine) as session:
        (seen,) = endpoints.endpoints(session, "KIN01")
    assert seen == made.endpoint
    assert (seen.url, seen.events) == (ADDRESS, ("invoice.sealed", "device.*"))
    assert (seen.created_at, seen.previous_until) == ("2026-11-22T10:15:31Z", None)
    assert secret not in repr(seen)


def test_an_outlet_has_so_many_endpoints_and_a_removed_one_makes_room(post: Post) -> None:
    first = registered(post).endpoint.endpoint_id
    for _ in range(MOST_ENDPOINTS - 1):
        registered(post)
    with pytest.raises(InvalidInvoice) as refused:
        registered(post)
    assert refused.value.rule == "webhook.many"
    registered(post, outlet_id="KIN02")
    with writing(post.engine) as session:
        assert endpoints.remove(session, "KIN01", first, post.now)
    registered(post)


def test_an_endpoint_of_another_outlet_is_unknown(post: Post) -> None:
    made = registered(post).endpoint.endpoint_id
    with writing(post.engine) as session:
        assert endpoints.endpoint(session, "KIN02", made) is None
        assert endpoints.endpoints(session, "KIN02") == []
        assert endpoints.rotate(session, "KIN02", made, post.now) is None
        assert not endpoints.remove(session, "KIN02", made, post.now)
        assert endpoints.endpoint(session, "KIN01", made) is not None


def test_what_waits_and_what_failed_is_counted_for_each_endpoint(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    other = registered(post).endpoint.endpoint_id
    receiver.script.append(Reply(410, b"parti"))
    post.queue(endpoint)
    post.send_all()
    post.queue(endpoint, 2)
    with reading(post.engine) as session:
        counts = {
            one.endpoint_id: (one.waiting, one.failed)
            for one in endpoints.endpoints(session, "KIN01")
        }
    assert counts == {endpoint: (2, 1), other: (0, 0)}


def test_an_address_inside_the_house_is_refused_unless_it_was_allowed() -> None:
    with pytest.raises(InvalidInvoice) as refused:
        check_address("https://10.0.0.1/", private=False)
    assert (refused.value.rule, refused.value.path) == ("webhook.address", "/url")
    check_address("https://10.0.0.1/", private=True)
    check_address(ADDRESS, private=False)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(post: Post, receiver: Receiver) -> None:
    made = post.listen(receiver)
    endpoint_id = made.endpoint.endpoint_id
    with writing(post.engine) as session:
        rotated = endpoints.rotate(session, "KIN01", endpoint_id, post.now)
    assert rotated is not None
    assert rotated.secret != made.secret
    assert rotated.endpoint.previous_until == "2026-11-23T10:15:31Z"
    for hours, signatures in ((0, 2), (23, 2), (1, 1)):
        post.pass_time(hours=hours)
        post.queue(endpoint_id)
        post.send_all()
        assert len(receiver.received[-1].headers["webhook-signature"].split()) == signatures


def test_nothing_goes_to_an_endpoint_that_was_removed(
    post: Post, receiver: Receiver, endpoint: str
) -> None:
    receiver.script.append(DOWN)
    first = post.queue(endpoint)[0]
    post.send_all()
    with writing(post.engine) as session:
        assert endpoints.remove(session, "KIN01", endpoint, post.now)
        assert not endpoints.remove(session, "KIN01", endpoint, post.now)
        assert endpoints.endpoints(session, "KIN01") == []
    late = post.queue(endpoint)[0]
    assert post.send_everything() == [0]
    assert len(receiver.received) == 1
    for message in (first, late):
        view = post.view(message)
        assert (view.state, view.last_error) == ("failed", "L’adresse a été retirée.")
    assert post.cases() == []
