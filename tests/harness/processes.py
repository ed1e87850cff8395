"""The product's own commands as processes of their own, none of which outlives its test."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.harness.ports import free_port
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

READY_SECONDS = 60
_END_SECONDS = 20


@dataclass(frozen=True)
class Running:
    """A started command: its group of processes, and the file that holds what it prints."""

    popen: subprocess.Popen[bytes]
    log: Path
    url: str = ""
    killed: threading.Event = field(default_factory=threading.Event)
    """Nothing is left of it: by now its number may be that of somebody else's process."""

    def output(self) -> str:
        """Return all that the command has printed so far, errors included."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds: float = _END_SECONDS) -> int:
        """Return the exit code; raise when the command has not ended within `seconds`."""
        return self.popen.wait(seconds)

    def kill(self) -> None:
        """Leave nothing of the whole group: kill -9, as a power cut would (F1)."""
        if self.killed.is_set():
            return
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(_END_SECONDS)
        self.killed.set()

    def stop(self) -> int:
        """Ask politely, insist after a while; returns the exit code."""
        self.popen.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(_END_SECONDS)
        self.kill()
        return self.popen.returncode

    def wait_for_text(self, text: str, seconds: float = READY_SECONDS) -> None:
        """Return once the command has printed `text`."""
        self._wait(lambda: text in self.output(), seconds)

    def wait_for_url(self, url: str, seconds: float = READY_SECONDS) -> None:
        """Return once `url` answers with a 2xx."""
        self._wait(lambda: _answers(url), seconds)

    def _wait(self, holds: Callable[[], bool], seconds: float) -> None:
        wait_until(
            lambda: holds() or self.popen.poll() is not None,
            seconds=seconds,
            otherwise=self.output,
        )
        if not holds():
            raise ChildProcessError(f"ended with {self.popen.returncode}: {self.output()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # the test's own URL
            status: int = answer.status
            return 200 <= status < 300
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return False
    except OSError:
        return False


def start(command: Sequence[str], *, env: Mapping[str, str], log: Path, url: str = "") -> Running:
    """Start `command` in a group of its own; the kernel kills it when this process dies.

    That rests on the thread that starts it: start from the main thread of a test.
    """
    with log.open("wb") as sink:
        popen = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(popen, log, url)


def bono_environment(var: Path, **settings: str) -> dict[str, str]:
    """Return this process's environment with `BONO_*` replaced by `settings` and `var`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BONO_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "BONO_VAR": str(var), **settings}


@dataclass
class Commands:
    """Starts `bono` commands below one folder and ends them all."""

    folder: Path
    started: list[Running]

    def __call__(
        self, *args: str, env: Mapping[str, str] | None = None, ready: str | None = "/healthz"
    ) -> Running:
        """Start `python -m app *args`; returns once it is ready.

        `ready` is a path that answers 2xx (it begins with "/"), or a text that the command prints,
        or None for a command that ends by itself: then call `.wait()`. Commands of one test share
        `BONO_VAR`; each gets a free `BONO_PORT`, unless `env` says otherwise.
        """
        settings = {"BONO_PORT": str(free_port()), **(env or {})}
        var = self.folder / "var"
        var.mkdir(exist_ok=True)
        running = start(
            [sys.executable, "-m", "app", *args],
            env=bono_environment(var, **settings),
            log=self.folder / f"bono-{len(self.started)}.log",
            url=f"http://127.0.0.1:{settings['BONO_PORT']}",
        )
        self.started.append(running)
        if ready is not None and ready.startswith("/"):
            running.wait_for_url(running.url + ready)
        elif ready is not None:
            running.wait_for_text(ready)
        return running

    def end(self) -> None:
        """Leave no process of this test running."""
        for running in self.started:
            running.stop()
