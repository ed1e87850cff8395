"""One real PostgreSQL for all workers of a test run, and an empty database for each test."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import psycopg
from psycopg import sql

from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 120


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL that answers on 127.0.0.1 to user `postgres`, without a password."""

    port: int

    def url(self, database: str = "postgres") -> str:
        """Return the address of `database` as SQLAlchemy writes it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def fresh_database(self, template: str = "template0") -> Iterator[str]:
        """Give the URL of a copy of `template`; drop it at the end, connected to or not."""
        name = f"t_{uuid.uuid4().hex}"
        with self._connected() as connection:
            _create(connection, name, template)
        try:
            yield self.url(name)
        finally:
            with self._connected() as connection:
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(name)))

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """Give the name of a database that `fill` filled, once for all who share the cluster."""
        with self._connected() as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                _create(connection, f"{name}_unfinished", "template0")
                fill(self.url(f"{name}_unfinished"))
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                connection.execute(
                    rename.format(sql.Identifier(f"{name}_unfinished"), sql.Identifier(name))
                )
        return name

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        plain = self.url().replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as connection:
            yield connection


def _create(connection: psycopg.Connection, name: str, template: str) -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))


@contextmanager
def shared_cluster(shared: Path) -> Iterator[Cluster]:
    """Give the one cluster of all processes that pass the folder `shared`; the first starts it.

    It stops when the last process that is inside this block leaves it or dies.
    """
    with _hold(shared) as folder:
        yield Cluster(int((folder / "port").read_text(encoding="ascii")))


@contextmanager
def _hold(shared: Path) -> Iterator[Path]:
    """Give the folder of a cluster that keeps running for as long as this block."""
    with (shared / "postgres").open("a+", encoding="utf-8") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        gate.seek(0)
        folder = Path(gate.read() or "/nowhere")
        users = _join(folder)
        if users is None:
            folder = _new_folder()
            users = _join(folder)
            gate.truncate(0)
            gate.write(str(folder))
            gate.flush()
            _start_keeper(folder, shared / "postgres.log")
    if users is None:
        raise RuntimeError(f"nobody else knows {folder}, yet it is taken")
    with users:
        yield folder


def _join(folder: Path) -> BinaryIO | None:
    """Return the shared lock on a cluster, or None when there is none or its keeper is leaving."""
    try:
        users = (folder / "users").open("rb")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        users.close()
        return None
    return users


def _new_folder() -> Path:
    """Return an empty folder that the server's own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="bono-postgres-"))
    folder.chmod(0o755)
    (folder / "users").touch()
    return folder


def _start_keeper(folder: Path, log: Path) -> None:
    """Return once the keeper's server answers; it is nobody's child and outlives this process."""
    with log.open("ab") as sink:
        subprocess.run(
            ["setsid", "--fork", sys.executable, "-m", "tests.harness.postgres_keeper", folder],
            check=True,
            cwd=_REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    port = folder / "port"
    wait_until(
        lambda: port.exists() or not folder.exists(),
        seconds=_START_SECONDS,
        otherwise=lambda: log.read_text(encoding="utf-8", errors="replace"),
    )
    if not port.exists():
        raise ChildProcessError(log.read_text(encoding="utf-8", errors="replace"))
