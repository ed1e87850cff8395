"""The head row of a series is the lock of its outlet."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.fiscal.ledger import Head
from app.store.engine import Engine, reading, writing
from app.store.ledger import entries as rows
from app.store.tenancy import EVERYWHERE
from tests.given.shop_in_process import opened_engine, put_outlet

KEYS = [("KIN01", "1"), ("KIN02", "1")]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = opened_engine(database_url)
    for outlet_id, series in KEYS:
        put_outlet(engine, outlet_id)
        with writing(engine) as session:
            rows.open_series_row(session, "centre", Head(outlet_id, series))
    yield engine
    engine.dispose()


def test_the_heads_come_as_they_were_saved(engine: Engine) -> None:
    head = Head("KIN02", "1", 7, "ab" * 32, 5, 2026, 3, "2026-11-22T10:00:00Z")
    with writing(engine) as session:
        rows.lock_heads(session, KEYS)
        rows.save_heads(session, [head])
    with writing(engine) as session:
        held = rows.lock_heads(session, KEYS)
    assert held["KIN02", "1"] == rows.HeldSeries("centre", head)
    assert held["KIN01", "1"].head == Head("KIN01", "1")


def test_a_series_that_was_never_opened_is_left_out(engine: Engine) -> None:
    with writing(engine) as session:
        assert [*rows.lock_heads(session, [("KIN01", "2"), ("KIN09", "1"), KEYS[0]])] == [KEYS[0]]
        assert rows.lock_heads(session, []) == {}


def test_transactions_that_lock_in_opposite_orders_do_not_block_each_other(engine: Engine) -> None:
    def add_one(keys: list[rows.Key]) -> None:
        for _ in range(20):
            with writing(engine) as session:
                held = rows.lock_heads(session, keys)
                rows.save_heads(
                    session,
                    [Head(h.head.outlet_id, "1", h.head.position + 1) for h in held.values()],
                )

    threads = [threading.Thread(target=add_one, args=(k,)) for k in (KEYS, KEYS[::-1]) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert [row.position for row in rows.series_of(session, EVERYWHERE)] == [80, 80]


def impatiently(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("SET LOCAL lock_timeout = '10ms'"))
        rows.lock_heads(session, KEYS)


def test_on_postgresql_another_outlet_is_not_held_up(postgresql_url: str) -> None:
    engine = opened_engine(postgresql_url)
    for outlet_id, series in KEYS:
        put_outlet(engine, outlet_id)
        with writing(engine) as session:
            rows.open_series_row(session, "centre", Head(outlet_id, series))
    with writing(engine) as session:
        rows.lock_heads(session, KEYS[:1])
        with writing(engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '10ms'"))
            assert [*rows.lock_heads(other, KEYS[1:])] == KEYS[1:]
        with pytest.raises(DBAPIError, match="lock timeout"):
            impatiently(engine)
    engine.dispose()
