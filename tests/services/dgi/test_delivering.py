"""From the seal to the authority and back: each invoice at most once, whatever the line does."""

from datetime import timedelta

import msgspec
import pytest

from app.services.dgi.agent import Agent
from app.services.ledger.answers import current_answer
from app.store.dgi import modules, queues
from app.store.engine import reading, writing
from app.store.tables.dgi import Delivery, DeliveryState
from tests.given import shop_in_process
from tests.given.module_work_by_hand import HandWork, rule
from tests.given.shop_in_process import InProcessShop
from tests.given.simulated_dgi import SimulatedDgi
from tests.given.what_was_delivered import (
    calls,
    changes,
    delivery,
    module_row,
    restarted,
    sold,
    steps,
    wait_for,
)
from tests.harness.waiting import wait_until

# --- A lost POST: nothing was recorded

STATES: tuple[DeliveryState, ...] = (
    "pending", "submitted", "confirming", "in_doubt", "done", "failed",
)  # fmt: skip


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "html_502"])
def test_a_lost_post_is_tried_again_and_nobody_overtakes_it(
    shop: InProcessShop, dgi: SimulatedDgi, fault: str
) -> None:
    dgi.break_with({"on": "post", "fault": fault, "times": 2})
    rule(shop, retry_max_seconds=1)
    ids = sold(shop, 3)
    shop.delivering()
    wait_for(shop, ids[-1], state="done")
    assert steps(shop, ids[0]) == ["post", "post", "post", "confirm"]
    assert [invoice["rn"][-1] for invoice in dgi.invoices()] == ["1", "2", "3"]
    assert changes(shop, ids[0]) == [
        *("submitted", "pending") * 2,
        *("submitted", "confirming", "normalised"),
    ]


# --- A lost confirm


def test_a_confirm_that_never_arrived_is_recovered_from_the_waiting_list(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "confirm", "fault": "drop_before_commit", "times": 1})
    (one,) = sold(shop)
    shop.delivering()
    wait_for(shop, one, state="done")
    assert shop.state(one).frozen_status == "normalised"
    assert steps(shop, one) == ["post", "confirm", "status", "confirm"]
    assert len(dgi.invoices()) == 1


def test_a_confirm_whose_answer_was_lost_leaves_the_sale_in_doubt(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "confirm", "fault": "drop_after_commit", "times": 1})
    (one,) = sold(shop)
    shop.delivering()
    wait_for(shop, one, state="in_doubt")
    answer = msgspec.json.decode(current_answer(shop.state(one), shop_in_process.HOST))
    assert answer["status"] == "in_doubt"
    assert "presque sûrement enregistrée" in answer["doubt"]["reason"]
    assert answer["delivery"] == {"state": "submitted"}
    assert len(dgi.invoices()) == 1


def test_after_a_doubt_the_next_invoice_tells_that_it_was_recorded(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "confirm", "fault": "drop_after_commit", "nth": 2})
    _, doubted, third, fourth = sold(shop, 4)
    shop.delivering()
    wait_for(shop, fourth, state="done")
    wait_for(shop, doubted, state="in_doubt", evidence="all recorded")
    assert shop.state(third).frozen_status == "normalised"
    assert len(dgi.invoices()) == 4
    assert module_row(shop, dgi.module).last_total_counter == 4


def test_after_a_doubt_the_next_invoice_tells_that_it_was_not_recorded(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with(
        {"on": "confirm", "fault": "drop_before_commit", "nth": 2},
        {"on": "status", "fault": "html_502", "times": 1},
    )
    _, doubted, third, fourth = sold(shop, 4)
    by_hand = HandWork(shop, dgi.module)
    by_hand.one()
    by_hand.one()
    assert delivery(shop, doubted).state == "in_doubt"
    dgi.clock.ahead += timedelta(minutes=3)
    by_hand.now += 3
    asked_later(shop, doubted, by_hand.now + 60)
    assert by_hand.run() == 60
    wait_for(shop, doubted, state="in_doubt", evidence="none recorded")
    assert shop.state(third).frozen_status == shop.state(fourth).frozen_status == "normalised"
    assert len(dgi.invoices()) == 3


def asked_later(shop: InProcessShop, sale_id: str, moment: float) -> None:
    with writing(shop.engine) as session:
        session.get_one(Delivery, ("KIN01", sale_id)).next_try = int(moment)


def test_without_a_counter_from_before_the_doubt_nothing_more_is_sent(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "confirm", "fault": "drop_after_commit", "times": 1})
    doubted, second, third = sold(shop, 3)
    agent = shop.delivering()
    wait_for(shop, second, state="done")
    wait_for(shop, doubted, state="in_doubt", evidence="undecided")
    looked_again(shop, agent)
    assert (delivery(shop, third).state, steps(shop, third)) == ("pending", [])


def test_two_doubts_in_a_row_stop_the_queue(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    dgi.break_with({"on": "confirm", "fault": "drop_after_commit", "after": 1})
    first, second, third, fourth = sold(shop, 4)
    agent = shop.delivering()
    wait_for(shop, third, state="in_doubt")
    looked_again(shop, agent)
    assert shop.state(first).frozen_status == "normalised"
    assert delivery(shop, second).state == "in_doubt"
    assert (delivery(shop, fourth).state, steps(shop, fourth)) == ("pending", [])
    looked_again(shop, restarted(shop).delivering())
    assert steps(shop, fourth) == []
    assert len(dgi.invoices()) == 3  # nothing twice


def deliveries_of(shop: InProcessShop) -> list[Delivery]:
    """Every delivery of the shop's module, in order."""
    with reading(shop.engine) as session:
        return queues.queue(session, modules.modules(session)[-1].nim, STATES)


def looked_again(shop: InProcessShop, agent: Agent) -> None:
    """The agent looked at its queue after it settled the last sale, and let go of its module."""
    settled = len([row for row in deliveries_of(shop) if row.state != "pending"])
    wait_until(  # the state is stored a moment before it is told
        lambda: len(shop.notified) >= settled, seconds=10, otherwise=lambda: repr(shop.notified)
    )
    notified = len(shop.notified)
    with reading(shop.engine) as session:
        agent.wake(modules.modules(session)[-1].nim)
    agent.stop()
    with reading(shop.engine) as session:
        assert modules.modules(session)[-1].owner is None
    assert len(shop.notified) == notified


def test_a_doubt_of_which_the_authority_knows_nothing_more_is_asked_about_when_someone_says_so(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "confirm", "fault": "drop_after_commit", "times": 1})
    (one,) = sold(shop)
    by_hand = HandWork(shop, dgi.module)
    assert by_hand.run() is None
    before = steps(shop, one)
    assert before == ["post", "confirm", "status", "read", "confirm"]
    by_hand.now += 100_000
    assert by_hand.run() is None
    assert steps(shop, one) == before
    with writing(shop.engine) as session:
        assert modules.try_now(session, dgi.module.nim)
    assert by_hand.run() is None
    assert steps(shop, one) == [*before, "status", "read", "confirm"]
    assert delivery(shop, one).state == "in_doubt"
    assert len(dgi.invoices()) == 1


def test_a_doubt_that_the_authority_still_holds_is_settled_at_the_next_try(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with(
        {"on": "confirm", "fault": "drop_before_commit", "times": 1},
        {"on": "status", "fault": "html_502", "times": 2},
    )
    (one,) = sold(shop)
    rule(shop, retry_max_seconds=1)
    shop.delivering()
    wait_for(shop, one, state="done")
    assert steps(shop, one) == ["post", "confirm", "status", "status", "status", "confirm"]
    assert changes(shop, one) == ["submitted", "confirming", "in_doubt", "normalised"]
    assert len(dgi.invoices()) == 1


def test_a_doubt_that_expired_at_the_authority_stays_one(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with(
        {"on": "confirm", "fault": "drop_before_commit", "times": 1},
        {"on": "status", "fault": "html_502", "times": 1},
    )
    (one,) = sold(shop)
    by_hand = HandWork(shop, dgi.module)
    by_hand.one()
    assert delivery(shop, one).state == "in_doubt"
    dgi.clock.ahead += timedelta(minutes=3)
    by_hand.later()
    assert by_hand.run() is None
    assert "a pu expirer" in (delivery(shop, one).doubt_reason or "")
    assert delivery(shop, one).state == "in_doubt"
    assert dgi.invoices() == []


def test_one_uid_of_a_sale_is_ever_confirmed(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    dgi.break_with(
        {"on": "post", "fault": "drop_after_commit", "nth": 2},
        {"on": "confirm", "fault": "drop_before_commit", "nth": 3},
        {"on": "confirm", "fault": "drop_after_commit", "nth": 5},
    )
    ids = sold(shop, 5)
    shop.delivering()
    wait_for(shop, ids[3], state="in_doubt")
    restarted(shop).delivering()
    wait_for(shop, ids[4], state="done")
    for sale_id in ids:
        uids = {e.call.uid for e in calls(shop, sale_id) if e.call.step == "confirm"}
        assert len(uids) == 1
    assert len(dgi.invoices()) == 5
