"""One life of a whole server process, which may end by kill -9 at any write of a sale."""

import os
import signal
import socket
import threading
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import Engine, event
from sqlmodel import Session

from app.server import create_app
from app.settings import Settings
from app.signing.software import InsecureSignerWarning
from app.wiring import assemble
from tests.harness.forks import end_with_parent

WRITES = ("INSERT", "UPDATE", "DELETE")


class KillPoint:
    """Names the moments before and after each write and each commit, once it is armed.

    A name is `after INSERT ledger 2`: what, and for which time; the order of writes inside one
    transaction may differ from life to life. At the name `at` the process ends. `armed` is shared
    with the test, which reads the names in the log.
    """

    def __init__(self, armed: Any, at: str, log: Path) -> None:
        self._armed, self._at, self._log = armed, at, log
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()

    def watch(self, engine: Engine) -> None:
        """Every write of this engine is a pair of moments."""
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "commit", lambda _: self._pass("before COMMIT"))
        event.listen(Session, "after_commit", lambda _: self._pass("after COMMIT"))

    def _before(self, _c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._write("before", statement)

    def _after(self, _c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._write("after", statement)

    def _write(self, moment: str, statement: str) -> None:
        if statement.startswith(WRITES):
            words = statement.split()
            self._pass(f"{moment} {words[0]} {words[2] if words[0] == 'INSERT' else words[1]}")

    def _pass(self, moment: str) -> None:
        if not self._armed.value:
            return
        with self._lock:
            self._times[moment] += 1
            name = f"{moment} {self._times[moment]}"
            with self._log.open("a") as log:
                log.write(f"{name}\n")
            if name == self._at:
                os.kill(os.getpid(), signal.SIGKILL)


def live(var: str, database_url: str, port: Any, armed: Any, at: str) -> None:
    """Serves the shop that the database holds, until it is told to stop or killed."""
    end_with_parent()
    warnings.simplefilter("ignore", InsecureSignerWarning)
    settings = Settings(role="demo", var=Path(var), database_url=database_url)
    # What runs by itself would pass moments of its own.
    parts = replace(assemble(settings), schedule=None)
    KillPoint(armed, at, Path(var) / "moments.log").watch(parts.engine)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port.send(listening.getsockname()[1])
        server = uvicorn.Server(
            uvicorn.Config(create_app(parts), log_level="warning", access_log=False)
        )
        server.run(sockets=[listening])
