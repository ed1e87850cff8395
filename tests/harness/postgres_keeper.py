"""Keeps one throw-away PostgreSQL cluster alive for as long as a test process uses it.

Each user holds a shared lock on the file `users`; the keeper waits for the exclusive one. The
kernel drops a lock with its process, however that dies: the cluster never outlives its last user.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.harness.ports import free_port
from tests.harness.waiting import wait_until

_START_SECONDS = 60
# A scratch cluster need not survive a power cut: no fsync, and room for many small pools.
_HASTY = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_OPTIONS = ("max_connections=300", "listen_addresses=127.0.0.1", "timezone=UTC")
DURABLE = "BONO_TEST_POSTGRES_DURABLE"
"""Set in the environment of a benchmark: commits cost what they cost a shop."""


def binaries() -> Path:
    """Return the folder of the newest installed PostgreSQL server."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise FileNotFoundError("no PostgreSQL server: apt-get install postgresql")
    return max(found, key=lambda path: int(path.parts[-3])).parent


def _as_owner(*command: str | Path) -> list[str | Path]:
    """Return `command` run by `postgres` when we are root, whom PostgreSQL refuses.

    Should the keeper be killed, the kernel tells the server to quit.
    """
    user = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *user, "--pdeathsig", "QUIT", *command]


def _initialise(folder: Path) -> Path:
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(cluster, "postgres", "postgres")
    initdb = _as_owner(
        binaries() / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust",
        "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    subprocess.run(initdb, check=True, cwd="/")
    return cluster


def _serve(cluster: Path, port: int) -> subprocess.Popen[bytes]:
    """Return the started server once it answers on 127.0.0.1 and on the socket in `cluster`."""
    wanted = _OPTIONS if DURABLE in os.environ else (*_OPTIONS, *_HASTY)
    options = [part for option in wanted for part in ("-c", option)]
    command = _as_owner(
        binaries() / "postgres", "-D", cluster, "-k", cluster, "-p", str(port), *options
    )
    server = subprocess.Popen(command, cwd="/")
    wait_until(
        lambda: server.poll() is not None or _answers(port),
        seconds=_START_SECONDS,
        otherwise=lambda: f"PostgreSQL on port {port} does not answer",
    )
    if server.poll() is not None:
        raise ChildProcessError(f"PostgreSQL ended with {server.returncode}")
    return server


def _answers(port: int) -> bool:
    command: list[str | Path] = [
        binaries() / "pg_isready",
        "-q",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    return subprocess.run(command, check=False).returncode == 0


def _announce(folder: Path, port: int) -> None:
    """Let the users read the port, whole or not at all."""
    draft = folder / "port.new"
    draft.write_text(str(port), encoding="ascii")
    draft.rename(folder / "port")


def keep(folder: Path) -> None:
    """Run a cluster in `folder`, and leave neither it nor its files once nobody uses it."""
    server = None
    try:
        port = free_port()
        server = _serve(_initialise(folder), port)
        _announce(folder, port)
        with (folder / "users").open("rb") as users:
            fcntl.flock(users, fcntl.LOCK_EX)  # granted when the last user has gone
            (folder / "port").unlink()
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait(_START_SECONDS)
        shutil.rmtree(folder)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
