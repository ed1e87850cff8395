"""One worker at a time on a control module, and none of them lost for long."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.services.dgi.agent import Agent
from app.services.dgi.commits import OwnCommits
from app.store.dgi import leases
from app.store.dgi.deliveries import Exchange
from app.store.dgi.leases import LEASE_SECONDS, Lease, LeaseLost
from app.store.dgi.write_ahead import Intent, Intention
from app.store.engine import reading, writing
from app.store.tables.dgi import ControlCall, ControlModuleRow
from tests.given.clocks import NOON
from tests.given.shop_in_process import InProcessShop, opened_engine, put_outlet
from tests.given.simulated_dgi import SimulatedDgi, check_agreement
from tests.given.what_was_delivered import (
    calls,
    delivery,
    module_row,
    restarted,
    sold,
    steps,
    wait_for,
)
from tests.harness import forks, in_other_processes
from tests.harness.waiting import wait_until

HOUR = 3600


def claim(shop: InProcessShop, nim: str, owner: str, now: int, *, dead: str = "") -> Lease | None:
    with writing(shop.engine) as session:
        return leases.claim(session, nim, owner, now, LEASE_SECONDS, lambda other: other == dead)


def take_away(shop: InProcessShop, nim: str) -> None:
    """Another worker holds the module now, for an hour."""
    with writing(shop.engine) as session:
        row = session.get_one(ControlModuleRow, nim)
        row.owner, row.epoch, row.expires_at = "elsewhere", row.epoch + 1, int(time.time()) + HOUR


def give_back(shop: InProcessShop, nim: str) -> None:
    with writing(shop.engine) as session:
        session.get_one(ControlModuleRow, nim).expires_at = 0


def other_place(shop: InProcessShop) -> Agent:
    """A worker on another machine, over the same store."""
    assert shop.locks is not None
    here, shop.locks = shop.locks, shop.locks / "of-another-machine"
    try:
        return shop.deliverer()
    finally:
        shop.locks = here


# --- The row


def test_a_module_has_one_owner_until_the_lease_expires(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    nim = dgi.module.nim
    assert claim(shop, nim, "a", 1000) == Lease(nim, "a", 1)
    assert claim(shop, nim, "b", 1000 + LEASE_SECONDS - 1) is None
    assert claim(shop, nim, "b", 1000 + LEASE_SECONDS) == Lease(nim, "b", 2)


def test_the_owner_renews_without_moving_the_epoch(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    nim = dgi.module.nim
    first = claim(shop, nim, "a", 1000)
    assert claim(shop, nim, "a", 1050) == first
    assert claim(shop, nim, "b", 1050 + LEASE_SECONDS - 1) is None


def test_an_owner_that_is_certainly_dead_is_replaced_at_once(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    nim = dgi.module.nim
    claim(shop, nim, "a", 1000)
    assert claim(shop, nim, "b", 1001, dead="a") == Lease(nim, "b", 2)


def test_a_lease_that_was_given_back_is_free(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    nim = dgi.module.nim
    lease = claim(shop, nim, "a", 1000)
    assert lease is not None
    with writing(shop.engine) as session:
        leases.release(session, lease)
    assert claim(shop, nim, "b", 1001) == Lease(nim, "b", 2)
    with writing(shop.engine) as session:
        leases.release(session, lease)  # the old one gives nothing back any more
    assert claim(shop, nim, "c", 1002) is None


def test_nothing_is_held_with_an_old_epoch(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    lease = claim(shop, dgi.module.nim, "a", 1000)
    assert lease is not None
    claim(shop, dgi.module.nim, "b", 1000 + LEASE_SECONDS)
    with writing(shop.engine) as session, pytest.raises(LeaseLost):
        leases.held_module(session, lease)


def test_of_many_that_claim_at_once_one_wins(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    won: list[Lease | None] = []
    threads = [
        threading.Thread(target=lambda n=n: won.append(claim(shop, dgi.module.nim, f"w{n}", 1000)))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([lease for lease in won if lease is not None]) == 1


def test_another_uid_of_the_sale_can_never_be_confirmed(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    (one,) = sold(shop)
    lease = claim(shop, dgi.module.nim, "a", NOON)
    assert lease is not None
    commits = OwnCommits(shop.engine)

    def confirm(uid: str) -> int:
        intent = Intent("confirm", uid, b"{}", None, NOON)
        return commits.write_ahead(
            Intention(lease, "KIN01", one, "2026-11-22T11:00:00Z", (), intent=intent)
        )

    assert [confirm("uid-1"), confirm("uid-1")] == [1, 2]
    with pytest.raises(LeaseLost, match="another request"):
        confirm("uid-2")
    assert steps(shop, one) == ["confirm", "confirm"]


# --- Two workers


def test_only_the_holder_of_the_lease_delivers(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sold(shop, 6)
    before = dgi.requests()
    first, second = shop.deliverer(), other_place(shop)
    for thread in (first, second):
        thread.start()
    (last,) = sold(shop)
    wait_for(shop, last, state="done")
    after = dgi.requests()
    assert after["post"] - before.get("post", 0) == 7
    assert after["confirm"] - before.get("confirm", 0) == 7
    assert module_row(shop, dgi.module).epoch == 1
    for thread in (first, second):
        thread.stop()


def test_the_second_takes_over_when_the_first_ends(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    first, second = shop.deliverer(), other_place(shop)
    first.start()
    (one,) = sold(shop)
    first.wake(dgi.module.nim)
    wait_for(shop, one, state="done")
    second.start()
    first.stop()
    (two,) = sold(shop)
    wait_for(shop, two, state="done")
    assert module_row(shop, dgi.module).epoch == 2
    second.stop()


# --- The lease is lost while a call is on its way


def during(shop: InProcessShop, dgi: SimulatedDgi, step: str, act: Callable[[], None]) -> str:
    """A sale is being delivered, the call of that step stalls at the authority, and `act` runs."""
    dgi.break_with({"on": step, "fault": "stall", "seconds": 1.5, "times": 1})
    (one,) = sold(shop)
    shop.delivering()
    wait_for_calls(shop, one, lambda made: [e.call.step for e in made][-1:] == [step])
    act()
    return one


def wait_for_calls(shop: InProcessShop, sale_id: str, so: Callable[[list[Exchange]], bool]) -> None:
    """Returns once the calls about that sale are so."""
    wait_until(
        lambda: so(calls(shop, sale_id)),
        seconds=30,
        otherwise=lambda: repr(calls(shop, sale_id)),
    )


def heard(exchanges: list[Exchange]) -> int:
    """How many of them have an answer."""
    return sum(exchange.answer is not None for exchange in exchanges)


@pytest.mark.parametrize(
    ("step", "answers", "state"), [("post", 1, "submitted"), ("confirm", 2, "confirming")]
)
def test_an_answer_after_the_lease_was_lost_is_stored_and_changes_nothing(
    shop: InProcessShop, dgi: SimulatedDgi, step: str, answers: int, state: str
) -> None:
    one = during(shop, dgi, step, lambda: take_away(shop, dgi.module.nim))
    wait_for_calls(shop, one, lambda made: heard(made) == answers)
    restarted(shop)  # the thread has ended by itself
    assert delivery(shop, one).state == state
    assert shop.state(one).frozen is None
    give_back(shop, dgi.module.nim)
    shop.delivering()
    wait_for(shop, one, state="done")
    assert len(dgi.invoices()) == 1


def test_a_stored_answer_to_a_confirm_settles_the_sale_without_asking_again(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    one = during(shop, dgi, "confirm", lambda: take_away(shop, dgi.module.nim))
    wait_for_calls(shop, one, lambda made: heard(made) == 2)
    restarted(shop)
    before = dgi.requests()
    give_back(shop, dgi.module.nim)
    dgi.break_with({"on": "any", "fault": "drop_before_commit"})
    shop.delivering()
    wait_for(shop, one, state="done")
    assert shop.state(one).frozen_status == "normalised"
    assert dgi.requests() == before
    assert steps(shop, one) == ["post", "confirm"]


def test_a_worker_that_takes_over_during_a_confirm_doubles_nothing(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    second = other_place(shop)

    def overtake() -> None:
        give_back(shop, dgi.module.nim)  # the first one's lease has expired
        second.start()

    one = during(shop, dgi, "confirm", overtake)
    wait_for(shop, one, state="done")
    wait_for_calls(shop, one, lambda made: heard(made) == len(made))
    assert shop.state(one).frozen_status == "normalised"
    assert len(dgi.invoices()) == 1
    second.stop()


# --- kill -9


def test_a_process_that_was_killed_is_replaced_at_once(
    database_url: str, dgi: SimulatedDgi, tmp_path: Path
) -> None:
    engine = opened_engine(database_url)
    put_outlet(engine, "KIN01", dgi.module)
    dgi.break_with({"on": "post", "fault": "stall", "seconds": 3, "times": 1})
    process = forks.CONTEXT.Process(
        target=in_other_processes.delivers_until_killed,
        args=(database_url, str(tmp_path)),
        daemon=True,
    )
    process.start()

    def posting() -> bool:
        with reading(engine) as session:
            return session.scalar(select(func.count()).select_from(ControlCall)) == 1

    wait_until(posting, seconds=60, otherwise=lambda: "no call was made")
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    shop = InProcessShop(
        engine, in_other_processes.sealing(engine, str(tmp_path)), locks=tmp_path / "locks"
    )
    assert module_row(shop, dgi.module).expires_at > time.time() + LEASE_SECONDS / 2
    stranger = other_place(shop)
    assert stranger.claim(dgi.module.nim) is None  # to another machine the owner may be alive
    shop.delivering()
    (one,) = sold(shop)
    wait_for(shop, one, state="done")
    assert module_row(shop, dgi.module).epoch == 2
    assert len(dgi.invoices()) == 2
    shop.end()
    check_agreement(engine, dgi.invoices())
    engine.dispose()


def test_a_living_process_of_the_same_place_is_not_replaced(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    another = shop.deliverer()
    one = during(shop, dgi, "post", lambda: refused_claim(another, dgi))
    wait_for(shop, one, state="done")


def refused_claim(agent: Agent, dgi: SimulatedDgi) -> None:
    assert agent.claim(dgi.module.nim) is None


def test_a_crowd_of_restarts_loses_and_doubles_nothing(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with(
        {"on": "confirm", "fault": "drop_before_commit", "nth": 2},
        {"on": "post", "fault": "html_502", "nth": 3},
        {"on": "post", "fault": "drop_after_commit", "nth": 5},
    )
    ids = sold(shop, 8)
    shop.delivering()
    wait_for(shop, ids[-1], state="done")
    for _ in range(4):
        shop.delivering()
        restarted(shop)
    shop.delivering()
    for sale_id in ids:
        wait_for(shop, sale_id, state="done")
    assert len(dgi.invoices()) == 8
