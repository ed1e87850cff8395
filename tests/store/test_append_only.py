"""What was written once, the database itself keeps: no UPDATE, DELETE, TRUNCATE or REPLACE."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, insert, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from app.store import tables
from app.store.engine import migrate, open_engine
from tests.store import one_row_each

TABLES = sorted(tables.APPEND_ONLY)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(insert(SQLModel.metadata.tables[table]), one_row_each.line(table))
    yield engine
    engine.dispose()


@pytest.fixture
def plain(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the same file, without any of our pragmas."""
    engine = open_engine(sqlite_url)
    migrate(engine)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(insert(SQLModel.metadata.tables[table]), one_row_each.line(table))
    engine.dispose()
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    yield other
    other.close()


def stored(engine: Engine, table: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_changed(engine: Engine, table: str) -> None:
    before = stored(engine, table)
    for column in inspect(engine).get_columns(table):
        statement = f"UPDATE {table} SET {column['name']} = {column['name']}"  # noqa: S608
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    assert stored(engine, table) == before


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_deleted(engine: Engine, table: str) -> None:
    key = inspect(engine).get_pk_constraint(table)["constrained_columns"][0]
    one = {key: one_row_each.line(table)[key]}
    for statement in (f"DELETE FROM {table}", f"DELETE FROM {table} WHERE {key} = :{key}"):  # noqa: S608
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement), one)
    assert len(stored(engine, table)) == 1


@pytest.mark.parametrize("table", TABLES)
def test_no_table_can_be_truncated(postgresql_url: str, table: str) -> None:
    engine = open_engine(postgresql_url)
    migrate(engine)
    for statement in (f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(DBAPIError, match=r"append-only|foreign key"), engine.begin() as c:
            c.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("table", TABLES)
def test_an_upsert_changes_nothing(engine: Engine, table: str) -> None:
    before = stored(engine, table)
    names_of_key = inspect(engine).get_pk_constraint(table)["constrained_columns"]
    key = ", ".join(names_of_key)
    line = one_row_each.line(table)
    names, values = ", ".join(line), ", ".join(f":{name}" for name in line)
    statement = (
        f"INSERT INTO {table} ({names}) VALUES ({values}) "  # noqa: S608
        f"ON CONFLICT ({key}) DO UPDATE SET {names_of_key[0]} = :{names_of_key[0]}"
    )
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement), line)
    assert stored(engine, table) == before


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(("table", "names"), [*one_row_each.unique_keys()])
def test_insert_or_replace_replaces_no_row(
    plain: sqlite3.Connection, table: str, names: tuple[str, ...], recursive: str
) -> None:
    plain.execute(f"PRAGMA recursive_triggers={recursive}")
    before = plain.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
    line = one_row_each.line(table, other_than=names)
    columns, marks = ", ".join(line), ", ".join("?" * len(line))
    for verb in ("INSERT OR REPLACE", "REPLACE"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            plain.execute(
                f"{verb} INTO {table} ({columns}) VALUES ({marks})",
                [*line.values()],
            )
    assert plain.execute(f"SELECT * FROM {table}").fetchall() == before  # noqa: S608


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("table", TABLES)
def test_insert_or_replace_by_rowid_replaces_no_row(
    plain: sqlite3.Connection, table: str, recursive: str
) -> None:
    plain.execute(f"PRAGMA recursive_triggers={recursive}")
    before = plain.execute(f"SELECT rowid, * FROM {table}").fetchall()  # noqa: S608
    line = one_row_each.line(table, other_than=()) | {"rowid": before[0][0]}
    columns, marks = ", ".join(line), ", ".join("?" * len(line))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute(
            f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
            [*line.values()],
        )
    assert plain.execute(f"SELECT rowid, * FROM {table}").fetchall() == before  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
def test_another_row_is_welcome(plain: sqlite3.Connection, table: str) -> None:
    line = one_row_each.line(table, other_than=())
    columns, marks = ", ".join(line), ", ".join("?" * len(line))
    plain.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
        [*line.values()],
    )
    assert plain.execute(f"SELECT count(*) FROM {table}").fetchone() == (2,)  # noqa: S608


@pytest.mark.parametrize(("table", "names"), [*one_row_each.unique_keys()])
def test_a_taken_key_is_refused(engine: Engine, table: str, names: tuple[str, ...]) -> None:
    line = one_row_each.line(table, other_than=names)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(insert(SQLModel.metadata.tables[table]), line)
    assert len(stored(engine, table)) == 1
