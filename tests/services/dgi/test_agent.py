"""Many modules, many workers: everybody gets a turn, in order, and nothing is done twice."""

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from app.control.emcf import EMcf
from app.control.module import Normalised, Refused, Unknown
from app.services.dgi import agent as agents
from app.services.ledger.opening import open_all
from app.services.proof.fsck import check_store
from app.services.watch.figures import figures
from app.store.dgi import deliveries
from app.store.dgi import modules as module_rows
from app.store.engine import reading, writing
from app.store.tables.dgi import ControlModuleRow, Delivery
from tests.given import simulated_dgi
from tests.given.shop_in_process import (
    InProcessShop,
    Module,
    opened,
    opened_engine,
    put_outlet,
    started_shop,
    submitted,
)
from tests.given.simulated_dgi import SimulatedDgi, check_agreement
from tests.given.what_was_delivered import SIGNER, wait_for
from tests.harness import forks, in_other_processes
from tests.harness.waiting import wait_until


def chain(
    url: str, dgi: SimulatedDgi, outlets: int, locks: Path
) -> tuple[InProcessShop, dict[str, Module]]:
    """A chain of outlets, each with an e-MCF of its own."""
    engine = opened_engine(url)
    modules = {f"K{n:02}": simulated_dgi.new_module(dgi.address) for n in range(outlets)}
    for outlet_id, module in modules.items():
        put_outlet(engine, outlet_id, module)
    return started_shop(engine, signer=SIGNER, locks=locks), modules


def sell(shop: InProcessShop, outlet_ids: list[str]) -> None:
    facts = {outlet_id: shop.facts(outlet_id) for outlet_id in set(outlet_ids)}
    for outcome in shop.settle_all([submitted(facts[outlet_id]) for outlet_id in outlet_ids]):
        assert not isinstance(outcome, BaseException), outcome


def unfinished(shop: InProcessShop) -> int:
    with reading(shop.engine) as session:
        return deliveries.unfinished(session)


def all_done(shop: InProcessShop) -> None:
    wait_until(lambda: unfinished(shop) == 0, seconds=120, otherwise=lambda: str(unfinished(shop)))


def recorded(dgi: SimulatedDgi, modules: dict[str, Module]) -> list[tuple[str, int]]:
    """What the authority recorded of those, as it recorded it: outlet, number."""
    outlets = {module.nim: outlet_id for outlet_id, module in modules.items()}
    every = dgi.web.get(dgi.address.own + "/invoices").json()
    return [(outlets[i["nim"]], int(i["rn"][-6:])) for i in every if i["nim"] in outlets]


def end(shop: InProcessShop, dgi: SimulatedDgi, modules: dict[str, Module]) -> None:
    """Nothing runs any more; the ledger and the authority agree."""
    shop.end()
    counts = Counter(outlet_id for outlet_id, _ in recorded(dgi, modules))
    for checked in check_store(shop.engine):
        assert (checked.verified.normalised, checked.waiting) == (counts[checked.outlet_id], 0)
    outlet_id, module = next(iter(modules.items()))
    check_agreement(shop.engine, dgi.recorded(module.nim), outlet_id)
    shop.engine.dispose()


def test_fifty_outlets_drain_in_turn_and_each_in_its_order(
    database_url: str, dgi: SimulatedDgi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents, "SLICE_ACTS", 2)
    shop, modules = chain(database_url, dgi, 50, tmp_path / "locks")
    sell(shop, [outlet_id for outlet_id in modules for _ in range(4)])
    working = agents.Agent(
        shop.engine, shop.sealing, opened, tmp_path / "locks", lambda *_: None, threads=4
    )
    working.start()
    all_done(shop)
    working.stop()
    made = recorded(dgi, modules)
    for outlet_id in modules:
        assert [number for who, number in made if who == outlet_id] == [1, 2, 3, 4]
    first_turns = [at for at, (_, number) in enumerate(made) if number == 1]
    second_turns = [at for at, (_, number) in enumerate(made) if number == 3]
    assert len(first_turns) == len(second_turns) == 50
    assert first_turns[-1] < second_turns[8]  # but for the last ones, which nobody waits behind
    end(shop, dgi, modules)


def test_a_long_queue_keeps_no_short_one_waiting(
    database_url: str, dgi: SimulatedDgi, tmp_path: Path
) -> None:
    shop, modules = chain(database_url, dgi, 4, tmp_path / "locks")
    sell(shop, ["K00"] * 80 + ["K01", "K02", "K03"] * 2)
    working = agents.Agent(
        shop.engine, shop.sealing, opened, tmp_path / "locks", lambda *_: None, threads=1
    )
    working.start()
    all_done(shop)
    working.stop()
    made = [outlet_id for outlet_id, _ in recorded(dgi, modules)]
    ends = {outlet_id: len(made) - made[::-1].index(outlet_id) for outlet_id in modules}
    assert all(ends[outlet_id] <= agents.SLICE_ACTS + 6 for outlet_id in ("K01", "K02", "K03"))
    end(shop, dgi, modules)


def test_three_processes_share_the_modules_of_one_store(
    database_url: str, dgi: SimulatedDgi, tmp_path: Path
) -> None:
    shop, modules = chain(database_url, dgi, 6, tmp_path / "locks")
    dgi.web.put(
        dgi.address.own + "/faults",
        json=[
            {"on": "post", "fault": "drop_after_commit", "nth": 7},
            {"on": "post", "fault": "html_502", "nth": 17},
            {"on": "confirm", "fault": "drop_before_commit", "nth": 11},
        ],
    ).raise_for_status()
    sell(shop, list(modules) * 6)
    in_other_processes.software(str(tmp_path))
    forks.at_once(in_other_processes.delivered, *[(database_url, str(tmp_path))] * 3)
    made = recorded(dgi, modules)
    for outlet_id in modules:
        assert [number for who, number in made if who == outlet_id] == [1, 2, 3, 4, 5, 6]
    with reading(shop.engine) as session:
        owners = session.exec(select(ControlModuleRow.owner)).all()
    assert set(owners) == {None}
    end(shop, dgi, modules)


def test_a_module_that_appears_later_is_found_without_a_restart(
    database_url: str, dgi: SimulatedDgi, tmp_path: Path
) -> None:
    shop, modules = chain(database_url, dgi, 1, tmp_path / "locks")
    shop.delivering()
    modules["K99"] = simulated_dgi.new_module(dgi.address)
    put_outlet(shop.engine, "K99", modules["K99"])
    open_all(shop.engine, shop.sealing)
    sell(shop, ["K00", "K99"])
    all_done(shop)
    end(shop, dgi, modules)


def test_a_new_token_is_spoken_with_from_then_on(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    good = dgi.module.token
    with writing(shop.engine) as session:
        session.get_one(ControlModuleRow, dgi.module.nim).token = "expired"
    sale_id = shop.sell().sale.sale_id
    shop.delivering()
    wait_until(
        lambda: _row(shop, dgi).failures > 0, seconds=30, otherwise=lambda: repr(_row(shop, dgi))
    )
    put_outlet(shop.engine, "KIN01", Module(dgi.module.nim, dgi.module.url, good))
    wait_for(shop, sale_id, state="done")


def _row(shop: InProcessShop, dgi: SimulatedDgi) -> ControlModuleRow:
    with reading(shop.engine) as session:
        return session.get_one(ControlModuleRow, dgi.module.nim)


def test_a_paused_module_is_left_alone_until_somebody_resumes(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    with writing(shop.engine) as session:
        module_rows.pause(session, dgi.module.nim, "Marie", "2026-11-22T11:00:00Z")
    sale_id = shop.sell().sale.sale_id
    working = shop.delivering()
    working.wake(dgi.module.nim)
    before = dgi.requests()
    time.sleep(0.2)  # decides nothing: a module that is not left alone fails the next line
    assert dgi.requests() == before
    with writing(shop.engine) as session:
        module_rows.resume(session, dgi.module.nim)
    working.wake(dgi.module.nim)
    wait_for(shop, sale_id, state="done")


class Broken(EMcf):
    """A module whose own code fails before anything is sent."""

    def normalise(self, *asked: object, **more: object) -> Normalised | Refused | Unknown:
        raise ZeroDivisionError(asked, more)


def test_a_fault_of_ours_is_told_to_people_and_loses_nothing(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = shop.sell().sale.sale_id
    assert shop.locks is not None
    agent = agents.Agent(
        shop.engine,
        shop.sealing,
        lambda place: Broken(place.url, place.token, place.nif, place.nim),
        shop.locks,
        lambda *_: None,
    )
    agent.start()
    wait_until(
        lambda: _row(shop, dgi).last_error == agents.OUR_FAULT,
        seconds=30,
        otherwise=lambda: repr(_row(shop, dgi)),
    )
    agent.stop()
    with reading(shop.engine) as session:
        assert figures(session, "KIN01", datetime.now(UTC)).last_error == agents.OUR_FAULT
    shop.delivering()
    wait_for(shop, sale_id, state="done")
    assert len(dgi.invoices()) == 1
    with reading(shop.engine) as session:
        assert figures(session, "KIN01", datetime.now(UTC)).last_error is None


def test_a_stopped_agent_holds_no_module_and_leaves_no_trace(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = shop.sell().sale.sale_id
    working = shop.delivering()
    wait_for(shop, sale_id, state="done")
    working.stop()
    assert _row(shop, dgi).owner is None
    assert shop.locks is not None
    assert list(shop.locks.iterdir()) == []
    with reading(shop.engine) as session:
        assert session.exec(select(Delivery.state)).all() == ["done"]
