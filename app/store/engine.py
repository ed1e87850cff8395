"""The engine: where SQLite and PostgreSQL differ, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlmodel import Session

import app.store.tables  # noqa: F401 - a row of one table may name another: all are known from here on

__all__ = [
    "Engine",
    "NoConnectionLeft",
    "Session",
    "Taken",
    "Unreachable",
    "is_our_fault",
    "migrate",
    "open_engine",
    "reading",
    "writing",
]

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""How long SQLite waits for another writer."""

_ONE_WRITER: "WeakKeyDictionary[Engine, Lock]" = WeakKeyDictionary()
"""SQLite has one writer: threads of a process queue here, which is kinder than its polling."""

Unreachable = DBAPIError
"""What the database raises when it does not answer, or answers no."""

Taken = IntegrityError
"""What it raises when a row contradicts one that stands: a key or a number is taken."""

_OURS = (IntegrityError, DataError, ProgrammingError)
"""What it raises of a statement or a value of ours, while it is in the best of health."""

_MIGRATING = 0xB0_80
"""The advisory lock of a PostgreSQL database whose schema is being changed."""


def is_our_fault(error: DBAPIError) -> bool:
    """Asking again would fail again: the database understood us and said no."""
    return isinstance(error, _OURS) and not error.connection_invalidated


def open_engine(url: str) -> Engine:
    """An engine whose commits are durable and whose writing transactions lock at once.

    `url` is `sqlite:///path` or `postgresql+psycopg://…`. Its errors name no value of a row: what
    is logged holds no client's name and no hash.
    """
    if url.startswith("sqlite"):
        return _open_sqlite(url)
    options = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
    return create_engine(
        url, pool_pre_ping=True, connect_args={"options": options}, hide_parameters=True
    )


def _open_sqlite(url: str) -> Engine:
    arguments = {"timeout": BUSY_SECONDS, "isolation_level": None}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin)
    _ONE_WRITER[engine] = Lock()
    return engine


def _make_durable(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A deferred transaction that writes later can fail half-way: writers lock at once.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A transaction that is durable when the block ends, or never was when it raises."""
    with _ONE_WRITER.get(engine, nullcontext()), Session(engine) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A consistent view that locks nobody out."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":  # else each statement would see another moment
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection:
        yield Session(connection)
        connection.rollback()


def migrate(engine: Engine, revision: str = "head") -> None:
    """The schema is that of the revision, the newest when none is named; what was stored stays."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # processes start together; SQLite locks at BEGIN
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
