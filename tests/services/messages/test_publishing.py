"""What an outlet does is told to each who listens, exactly once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.fiscal.ledger import utc_text
from app.services.ledger.facts import append_event
from app.services.messages import endpoints
from app.services.rules.policy import change
from app.store.engine import reading, writing
from app.store.messages import listeners
from tests.given import ledgers, message_sender
from tests.given.answered_sales import fact, normalise, refuse
from tests.given.message_sender import NOW, Post, names
from tests.given.shop_in_process import InProcessShop, opened_shop, put_outlet
from tests.harness import forks
from tests.harness.receiver import Receiver, receiving

KEY = ("KIN01", "1")


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    shop = opened_shop(database_url, ("KIN01", "KIN02"))
    yield shop
    shop.end()


@pytest.fixture
def post(shop: InProcessShop) -> Post:
    return Post(shop.engine)


def event(shop: InProcessShop, name: str, **more: str) -> None:
    """An event stands in the ledger."""
    with writing(shop.engine) as session:
        append_event(session, KEY, name, "Il s'est passé ceci.", more, "2026-01-01T00:00:00Z")


def alert(shop: InProcessShop, addresses: str, outlet_id: str = "*") -> None:
    """The alerts go to these addresses."""
    with writing(shop.engine) as session:
        change(session, outlet_id, "alert_emails", addresses, by="M1", at=utc_text(NOW))


def test_each_fact_of_the_ledger_is_told_with_its_sale(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    post.listen(receiver)
    first, second = shop.sell(), shop.sell()
    normalise(shop, first)
    refuse(shop, second)
    fact(shop, "report", {"v": "report/1", "kind": "X", "total": "90000.00"})
    event(shop, "tablet.replaced", terminal_id="T1")
    event(shop, "clock.stepped")
    assert post.publish() == 6
    payloads = post.payloads()
    assert Counter(names(payloads)) == {
        "invoice.sealed": 2, "invoice.normalised": 1, "invoice.refused": 1, "report.sealed": 1,
        "device.replaced": 1,
    }  # fmt: skip
    by_name = {document["type"]: document for document in reversed(payloads)}
    sealed = by_name["invoice.sealed"]["data"]
    assert sealed["status"] == "sealed"
    assert sealed["sale_id"] == first.sale.sale_id
    assert sealed["fiscal_number"] == first.sale.fiscal_number
    assert sealed["reference"].startswith("KIN01-1/")
    assert sealed["totals"]["total"] == "90000.00"
    assert sealed["links"]["receipt"] == f"/recus/{first.sale.receipt_token}"
    normalised = by_name["invoice.normalised"]["data"]
    assert (normalised["status"], normalised["code_def_dgi"]) == (
        "normalised", ledgers.code_def_dgi(),
    )  # fmt: skip
    assert normalised["sale_id"] == first.sale.sale_id
    refused = by_name["invoice.refused"]["data"]
    assert refused["refusal"] == {"by": "emcf", "code": "150", "text": "Taux inconnu."}
    assert refused["sale_id"] == second.sale.sale_id
    assert by_name["report.sealed"]["data"]["total"] == "90000.00"
    assert by_name["device.replaced"]["data"]["terminal_id"] == "T1"


def test_a_payload_is_made_of_text_and_names_its_time(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    post.listen(receiver)
    normalise(shop, shop.sell())
    post.publish()
    for document in post.payloads():
        assert set(document) == {"type", "timestamp", "data"}
        assert document["timestamp"].endswith("Z")
        _check_text(document)
    (bodies,) = {tuple(names(post.payloads()))}
    assert bodies == ("invoice.sealed", "invoice.normalised")


def _check_text(value: object) -> None:
    if isinstance(value, dict):
        for member in value.values():
            _check_text(member)
    else:
        assert isinstance(value, str), value


def test_what_was_told_is_not_told_again(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    post.listen(receiver)
    shop.sell()
    post.announce("outlet.status", colour="red")
    assert (post.publish(), post.publish(), post.publish()) == (2, 0, 0)
    shop.sell()
    assert (post.publish(), post.publish()) == (1, 0)


def test_who_begins_to_listen_is_not_told_of_the_past(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    shop.sell()
    post.announce("outlet.status", colour="yellow")
    post.listen(receiver, path="/first")
    assert post.publish() == 0
    later = shop.sell()
    second = post.listen(receiver, path="/second")  # the first is told before the second listens
    third = shop.sell()
    assert post.publish() == 2
    of_first = {m.target for m in post.log()} - {second.endpoint.endpoint_id}
    assert len(of_first) == 1
    payloads = [document["data"]["sale_id"] for document in post.payloads()]
    assert sorted(payloads) == sorted([later.sale.sale_id, third.sale.sale_id, third.sale.sale_id])


def test_a_series_that_is_opened_later_is_told_from_its_beginning(
    database_url: str, receiver: Receiver
) -> None:
    shop = opened_shop(database_url, ())
    put_outlet(shop.engine)  # nobody has opened its series
    post = Post(shop.engine)
    post.listen(receiver)
    shop.end()
    shop = opened_shop(database_url)
    shop.sell()
    assert Post(shop.engine).publish() == 1
    shop.end()


def test_after_nobody_listened_for_a_while_only_what_is_new_is_told(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    first = post.listen(receiver)
    with writing(shop.engine) as session:
        assert endpoints.remove(session, "KIN01", first.endpoint.endpoint_id, NOW)
    shop.sell()
    post.announce("outlet.status", colour="red")
    assert post.publish() == 0
    shop.sell()
    post.listen(receiver)
    assert post.publish() == 0
    shop.sell()
    assert post.publish() == 1


@pytest.mark.parametrize(
    ("asked", "payloads"),
    [
        (("*",), ["invoice.sealed", "invoice.refused", "device.token", "outlet.status"]),
        (("invoice.refused",), ["invoice.refused"]),
        (("device.*", "outlet.status"), ["device.token", "outlet.status"]),
        (("report.sealed",), []),
    ],
)
def test_an_endpoint_is_told_of_what_it_asked_for(
    shop: InProcessShop, post: Post, receiver: Receiver, asked: tuple[str, ...], payloads: list[str]
) -> None:
    post.listen(receiver, *asked)
    refuse(shop, shop.sell())
    post.announce("device.token", text="Le jeton finit.")
    post.announce("outlet.status", colour="red")
    post.publish()
    assert sorted(names(post.payloads())) == sorted(payloads)


def test_an_endpoint_is_told_of_its_own_outlet_only(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    post.listen(receiver, outlet_id="KIN02")
    shop.sell()
    post.announce("outlet.status", colour="red")
    assert post.publish() == 0
    shop.sell("KIN02")
    assert post.publish() == 1
    assert [d["data"]["outlet_id"] for d in post.payloads("KIN02")] == ["KIN02"]


def test_a_sale_in_doubt_is_announced_with_what_is_known_of_it(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    post.listen(receiver, "invoice.in_doubt")
    sale = shop.sell().sale
    post.announce(
        "invoice.in_doubt", sale_id=sale.sale_id, fiscal_number=sale.fiscal_number, reason="Coupé."
    )
    assert post.publish() == 1
    (document,) = post.payloads()
    data = document["data"]
    assert (data["status"], data["reason"], data["outlet_id"]) == ("in_doubt", "Coupé.", "KIN01")
    assert data["totals"]["total"] == "90000.00"


def test_alerts_go_to_the_addresses_of_the_rule_and_news_do_not(
    shop: InProcessShop, post: Post
) -> None:
    alert(shop, "a@example.com b@example.com")
    assert post.publish() == 0  # from now on
    refuse(shop, shop.sell())
    post.announce("outlet.status", colour="red", reason="Rien ne part.")
    post.announce("outlet.status", "KIN02", colour="red", reason="Rien ne part.")
    assert post.publish() == 6
    assert Counter((m.channel, m.event, m.target) for m in post.log()) == Counter(
        ("email", event, address)
        for event in ("invoice.refused", "outlet.status")
        for address in ("a@example.com", "b@example.com")
    )
    assert post.publish() == 0


def test_an_outlet_may_have_addresses_of_its_own_or_none(shop: InProcessShop, post: Post) -> None:
    alert(shop, "all@example.com")
    alert(shop, "own@example.com", "KIN01")
    alert(shop, "", "KIN02")
    post.publish()
    for outlet_id in ("KIN01", "KIN02"):
        post.announce("outlet.status", outlet_id, colour="red")
    assert post.publish() == 1
    assert [m.target for m in post.log()] == ["own@example.com"]


def test_what_is_announced_while_nobody_listens_is_told_to_nobody(
    shop: InProcessShop, post: Post
) -> None:
    post.announce("outlet.status", colour="red")
    assert post.publish() == 0
    with reading(shop.engine) as session:
        assert listeners.untold_announcements(session, "KIN01") == []


def test_a_long_ledger_is_told_whole_and_in_pieces(
    shop: InProcessShop, post: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.messages.publishing.ENTRIES", 3)
    post.listen(receiver)
    sales = {shop.sell().sale.sale_id for _ in range(10)}
    assert post.publish() == 10
    assert {document["data"]["sale_id"] for document in post.payloads()} == sales


def test_publishers_that_work_at_once_tell_everything_once(
    database_url: str, shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    post.listen(receiver, path="/a")
    post.listen(receiver, path="/b")
    sales = [shop.sell().sale.sale_id for _ in range(12)]
    for number in range(6):
        post.announce("outlet.status", number=str(number))
    at = utc_text(NOW + timedelta(seconds=5))
    assert sum(forks.at_once(message_sender.published, *[(database_url, at)] * 4)) == 36
    payloads = Counter(
        document["data"].get("sale_id") or document["data"]["number"]
        for document in post.payloads()
    )
    assert payloads == Counter([*sales, *map(str, range(6))] * 2)


def test_publishing_while_sales_are_made_tells_each_once(
    shop: InProcessShop, post: Post, receiver: Receiver
) -> None:
    post.listen(receiver)
    with ThreadPoolExecutor(3) as threads:
        sales = [threads.submit(shop.sell) for _ in range(20)]
        for _ in range(5):
            threads.submit(post.publish)
        sold = Counter(future.result().sale.sale_id for future in sales)
    post.publish()
    assert Counter(document["data"]["sale_id"] for document in post.payloads()) == sold
