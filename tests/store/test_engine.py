"""What a commit promises, and who waits for whom."""

import sqlite3
import threading

import pytest
from sqlalchemy import text

from app.store.engine import Engine, Taken, migrate, open_engine, reading, writing
from app.store.tables.outlets import Merchant
from tests.given.shop_in_process import opened_engine


def test_every_sqlite_connection_writes_ahead_and_syncs_each_commit(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    for _ in range(2):
        reader = engine.execution_options(reading=True)
        with reader.connect() as first, reader.connect() as second:
            for connection in (first, second):
                pragmas = [
                    connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys")
                ]
                assert pragmas == ["wal", 2, 1]  # 2 is FULL
        engine.dispose()


def test_a_writing_transaction_on_sqlite_locks_at_its_beginning(sqlite_url: str) -> None:
    engine = opened_engine(sqlite_url)
    with writing(engine) as session:
        session.connection()
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0)
        assert other.execute("SELECT count(*) FROM ledger").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    engine.dispose()


def test_what_raises_leaves_nothing_behind(database_url: str) -> None:
    engine = opened_engine(database_url)

    def write_and_fail() -> None:
        with writing(engine) as session:
            session.add(Merchant(nif="A1", name="Personne"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with reading(engine) as session:
        assert session.get(Merchant, "A1") is None
    engine.dispose()


def _keep(engine: Engine, name: str) -> None:
    with writing(engine) as session:
        session.add(Merchant(nif="A1", name=name))


def test_an_error_names_no_value_of_the_row_it_is_about(database_url: str) -> None:
    engine = open_engine(database_url)
    _keep(engine, "Kabeya Tshala")
    with pytest.raises(Taken, match="merchant") as refused:
        _keep(engine, "Mbuyi Ilunga")
    assert "Mbuyi" not in str(refused.value)
    engine.dispose()


def test_a_reader_sees_one_moment_while_others_write(database_url: str) -> None:
    engine = opened_engine(database_url)
    with writing(engine) as session:
        session.add(Merchant(nif="A1", name="Avant"))
    with reading(engine) as session:
        seen = [session.scalar(text("SELECT count(*) FROM merchant"))]
        with writing(engine) as other:
            other.add(Merchant(nif="A2", name="Après"))
        seen.append(session.scalar(text("SELECT count(*) FROM merchant")))
    assert seen == [1, 1]
    engine.dispose()


def test_readers_are_not_held_up_by_a_writer(database_url: str) -> None:
    engine = opened_engine(database_url)
    with writing(engine) as session:
        session.add(Merchant(nif="A1", name="En cours"))
        session.flush()
        with reading(engine) as other:
            assert other.get(Merchant, "A1") is None
    engine.dispose()


def test_writers_of_one_process_take_turns(database_url: str) -> None:
    engine = opened_engine(database_url)

    def write(number: int) -> None:
        with writing(engine) as session:
            session.add(Merchant(nif=f"A{number}", name="Un de plusieurs"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM merchant")) == 20
    engine.dispose()


def test_an_engine_over_an_old_file_keeps_what_it_holds(sqlite_url: str) -> None:
    engine = opened_engine(sqlite_url)
    with writing(engine) as session:
        session.add(Merchant(nif="A1", name="Ancien"))
    engine.dispose()
    again = open_engine(sqlite_url)
    migrate(again)
    with reading(again) as session:
        assert session.get_one(Merchant, "A1").name == "Ancien"
    again.dispose()
