"""Stores for histories: migrated once, then fresh for each in a moment."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from app.store.engine import Engine, migrate, open_engine
from tests.simulation.crash_points import Fuses, watched
from tests.simulation.furnished import furnish


class SqliteStores:
    """One SQLite file, fresh for each history; one engine, which remembers its statements."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        self._file = folder / "history.sqlite3"
        first = open_engine(f"sqlite:///{self._template}")
        migrate(first)
        furnish(first)
        first.dispose()
        self.fuses = Fuses()
        self._engine = open_engine(f"sqlite:///{self._file}")
        event.listen(self._engine, "connect", _forgetful)

    def fresh(self) -> Engine:
        """The shops on their first morning: nothing was sold yet."""
        self._engine.dispose()
        for rest in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + rest).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)
        return self._engine

    @contextmanager
    def watched(self) -> Iterator["SqliteStores"]:
        """Inside, processes may end at the writes of this store."""
        with watched(self._engine, self.fuses):
            yield self
        self._engine.dispose()


def _forgetful(connection: Any, _record: Any) -> None:
    """No history cuts the power: what a commit wrote is there for the next one to read."""
    connection.execute("PRAGMA synchronous=OFF")


class OneStore:
    """A database for one history only, such as one of PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        migrate(self._engine)
        furnish(self._engine)
        self.fuses = Fuses()

    def fresh(self) -> Engine:
        """The shops on their first morning: nothing was sold yet."""
        return self._engine

    @contextmanager
    def watched(self) -> Iterator["OneStore"]:
        """Inside, processes may end at the writes of this store."""
        with watched(self._engine, self.fuses):
            yield self
        self._engine.dispose()


Stores = SqliteStores | OneStore
