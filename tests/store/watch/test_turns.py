"""Turns: one process at a time, another when its time is over or it has left."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.store.engine import Engine, Taken, migrate, open_engine, reading, writing
from app.store.watch.turns import claim_turn, leave_turns, turns_done


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def claimed(engine: Engine, owner: str, now: int, done_at: int = 0, name: str = "publish") -> bool:
    with writing(engine) as session:
        return claim_turn(session, name, owner, now, now + 10, done_at)


def done(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return turns_done(session)


def test_a_turn_is_its_owners_until_its_time_is_over(engine: Engine) -> None:
    assert claimed(engine, "a", 100)
    assert not claimed(engine, "b", 109)
    assert claimed(engine, "a", 109)
    assert not claimed(engine, "b", 118)
    assert claimed(engine, "b", 119)
    assert not claimed(engine, "a", 120)


def test_each_piece_of_work_has_its_own_turn(engine: Engine) -> None:
    assert claimed(engine, "a", 100)
    assert claimed(engine, "b", 100, name="probes")


def test_who_leaves_gives_all_its_turns_away_and_nobody_elses(engine: Engine) -> None:
    for owner, name in (("a", "publish"), ("a", "probes"), ("b", "telemetry")):
        assert claimed(engine, owner, 100, name=name)
    with writing(engine) as session:
        leave_turns(session, "a")
    assert claimed(engine, "b", 101)
    assert claimed(engine, "b", 101, name="probes")
    assert not claimed(engine, "a", 101, name="telemetry")


def test_when_the_work_was_last_done_is_never_forgotten(engine: Engine) -> None:
    claimed(engine, "a", 100)
    assert done(engine) == {}
    claimed(engine, "a", 105, done_at=104)
    claimed(engine, "b", 120)
    assert done(engine) == {"publish": 104}
    claimed(engine, "b", 125, done_at=124)
    assert done(engine) == {"publish": 124}


def test_of_many_that_ask_first_one_has_the_turn(engine: Engine) -> None:
    def ask(number: int) -> bool:
        try:
            return claimed(engine, f"process {number}", 100)
        except Taken:  # another's first row stands
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(6))) == 1
