"""What runs by itself: by one process, never twice at once, never for ever or in silence."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import structlog.testing

from app.control.emcf import EMcf
from app.scheduler import JOBS, Job, Means, Schedule
from app.services.dgi.modules import Address, Modules
from app.services.rules import policy
from app.services.rules.policy import Policy
from app.store.dgi import modules as module_rows
from app.store.engine import Engine, reading, writing
from app.store.tables.dgi import ControlModuleRow
from app.store.watch.turns import turns_done
from tests.given.shop_in_process import Module, opened, opened_engine, put_outlet
from tests.harness.waiting import wait_until

NOWHERE = Module("CD00000001-1", "http://127.0.0.1:9/edef", "none")


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = opened_engine(sqlite_url)
    yield engine
    engine.dispose()


class NoCalls:
    """Nobody seals here."""

    def call(self, work: Callable[..., Any]) -> Any:
        raise AssertionError(work)

    def write(self, work: Callable[..., Any], key: str = "") -> Any:
        raise AssertionError(work, key)


def means(engine: Engine, opener: Callable[[Address], EMcf] = opened) -> Means:
    return Means(engine, NoCalls(), Modules(engine, opener))


def schedule(engine: Engine, *jobs: Job, **more: Any) -> Schedule:
    return Schedule(means(engine), jobs=jobs, **more)


class Counted:
    """A job that counts, and waits while it is held."""

    def __init__(self, *, held: bool = False) -> None:
        self.times, self.at_once, self.most = 0, 0, 0
        self.go_on = threading.Event()
        if not held:
            self.go_on.set()

    def __call__(self, _means: Means, now: datetime) -> None:
        assert now.tzinfo is not None
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.times += 1
        self.go_on.wait(300)
        self.at_once -= 1


def wait_for(work: Counted, times: int) -> None:
    wait_until(lambda: work.times >= times, seconds=30, otherwise=lambda: str(work.times))


def test_a_job_is_done_at_once_and_again(engine: Engine) -> None:
    work = Counted()
    running = schedule(engine, Job("count", 1, work))
    running.start()
    wait_for(work, 2)
    running.stop()
    assert running.log.last_success().keys() == {"count"}
    assert running.log.ended()["count", "success"] >= 2
    times = work.times
    running.run(Job("count", 1, work))
    assert work.times == times  # nothing begins after the end


def test_a_job_that_takes_long_is_not_begun_a_second_time(engine: Engine) -> None:
    slow, quick = Counted(held=True), Counted()
    running = schedule(engine, Job("slow", 1, slow), Job("quick", 1, quick))
    running.start()
    wait_for(quick, 3)
    assert (slow.times, slow.most) == (1, 1)
    slow.go_on.set()
    wait_for(slow, 2)
    running.stop()
    assert slow.most == 1


def test_a_job_that_hangs_does_not_keep_the_process_from_ending(engine: Engine) -> None:
    work = Counted(held=True)
    running = schedule(engine, Job("hang", 1, work), loops=(lambda _ending: work.go_on.wait(300),))
    running.start()
    wait_for(work, 1)
    begun = time.monotonic()
    running.stop()
    assert time.monotonic() - begun < 150  # of the 300 for which they hang
    work.go_on.set()


def test_a_job_that_fails_is_logged_and_comes_again(engine: Engine) -> None:
    def fails(_means: Means, _now: datetime) -> None:
        raise RuntimeError("no such thing")

    running = schedule(engine)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            running.run(Job("fails", 1, fails))
    assert [(entry["event"], entry["job"]) for entry in logs] == [("scheduler.failed", "fails")] * 2
    assert running.log.ended() == {("fails", "failure"): 2}
    assert running.log.last_success() == {}


def test_a_store_that_is_away_is_no_end_of_anything(tmp_path: Any) -> None:
    away = opened_engine(f"sqlite:///{tmp_path / 'away.sqlite3'}")
    with writing(away) as session:
        session.connection().exec_driver_sql("DROP TABLE turn")
    running = schedule(away)
    with structlog.testing.capture_logs() as logs:
        running.run(Job("count", 1, Counted()))
        running.start()
        running.stop()
    assert {entry["event"] for entry in logs} == {"scheduler.store", "scheduler.turns_kept"}
    away.dispose()


def test_a_job_is_done_by_one_process_until_it_leaves(engine: Engine) -> None:
    first, second = Counted(), Counted()
    one, other = (schedule(engine, owner=name) for name in ("one", "other"))
    one.run(Job("count", 60, first))
    other.run(Job("count", 60, second))
    one.run(Job("count", 60, first))
    assert (first.times, second.times) == (2, 0)
    one.start()
    one.stop()
    third = schedule(engine, owner="third")
    third.run(Job("count", 60, second))
    assert second.times == 1


def test_when_a_job_was_done_is_told_to_the_deployment(engine: Engine) -> None:
    running = schedule(engine)
    job = Job("count", 1, Counted())
    running.run(job)
    assert running.log.last_success()["count"] > 0
    running._turns.clear()  # as half a turn later  # noqa: SLF001
    running.run(job)
    with reading(engine) as session:
        assert turns_done(session).keys() == {"count"}


def test_a_loop_runs_until_the_end(engine: Engine) -> None:
    begun, ended = threading.Event(), threading.Event()

    def loop(ending: threading.Event) -> None:
        begun.set()
        ending.wait(30)
        ended.set()

    running = schedule(engine, loops=(loop,))
    running.start()
    assert begun.wait(30)
    running.stop()
    assert ended.is_set()


def test_a_job_with_a_rule_follows_it(engine: Engine) -> None:
    work = Counted()
    running = schedule(engine)
    job = Job("probes", 5, work, "probe_seconds")
    for _ in range(3):
        running.run(job)
    assert work.times == 1
    running._ran["probes"] -= 10  # noqa: SLF001
    running.run(job)
    assert work.times == 1
    with writing(engine) as session:
        policy.change(session, "*", "probe_seconds", "10", by="x", at="2026-11-22T10:00:00Z")
    running.run(job)
    assert work.times == 2


def test_the_table_is_sound() -> None:
    names = [job.name for job in JOBS]
    assert len(names) == len(set(names))
    for job in JOBS:
        assert job.seconds >= 1
        assert job.rule is None or isinstance(getattr(Policy(), job.rule), int)


def test_every_job_of_the_table_bears_a_deployment_without_outlets(engine: Engine) -> None:
    running = schedule(engine)
    for job in JOBS:
        running.run(job)
    assert running.log.ended() == {(job.name, "success"): 1 for job in JOBS}


def test_a_module_whose_token_changed_is_opened_anew(engine: Engine) -> None:
    put_outlet(engine, module=NOWHERE)
    tokens: list[str] = []

    def opener(address: Address) -> EMcf:
        tokens.append(address.token)
        return opened(address)

    modules = Modules(engine, opener)
    assert modules(NOWHERE.nim) is modules(NOWHERE.nim)
    with writing(engine) as session:
        row = session.get_one(ControlModuleRow, NOWHERE.nim)
        module_rows.put_module(
            session, ControlModuleRow(nim=row.nim, nif=row.nif, url=row.url, token="another")
        )
    modules(NOWHERE.nim)
    assert tokens == ["none", "another"]
    modules.close()
