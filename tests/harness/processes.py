"""The product's own commands as processes of their own, none of which outlives its test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.harness.dearest import counted
from tests.harness.forks import Forked
from tests.harness.ports import free_port
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

READY_SECONDS = 180
_END_SECONDS = 120


class Process(Protocol):
    """A process that this one started: what `subprocess.Popen` and `Forked` share."""

    @property
    def pid(self) -> int:
        """Its number, which is also that of its group."""

    @property
    def returncode(self) -> int | None:
        """Its exit code, once it has ended and somebody has looked."""

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""

    def send_signal(self, number: int, /) -> None:
        """It gets that signal."""

    def terminate(self) -> None:
        """It is asked to end."""

    def kill(self) -> None:
        """It ends at once."""


@dataclass(frozen=True)
class Running:
    """A started command: its group of processes, and the file that holds what it prints."""

    popen: Process
    log: Path
    url: str = ""
    companion: Running | None = None
    """What ends with it, as a child of its own would: a demo's e-MCF."""
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
        if self.companion is not None:
            self.companion.kill()

    def stop(self) -> int:
        """Ask politely, insist after a while; returns the exit code."""
        self.popen.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(_END_SECONDS)
        self.kill()
        return self.wait()

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

    That rests on the thread that starts it: start from the main thread of a test. A keyboard
    interrupts it, even where nothing interrupts the tests: a shell starts what it puts into the
    background with SIGINT ignored, which would be handed down.
    """
    counted("processes of their own")
    with log.open("wb") as sink:
        popen = subprocess.Popen(
            ["env", "--default-signal=INT", "setpriv", "--pdeathsig", "KILL", *command],
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


def run_to_end(*args: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Return what `bono *args` printed and its exit code; it ran in a fork, and ends by itself."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        code = Forked(args, env=env, output=output, errors=errors).wait()
        said = [file.read_text(encoding="utf-8") for file in (output, errors)]
    return subprocess.CompletedProcess(["bono", *args], code, *said)


@dataclass
class Commands:
    """Starts `bono` commands below one folder and ends them all."""

    folder: Path
    started: list[Running]
    fresh: bool = False
    """Each in a Python of its own, started as a shop starts it; otherwise in a fork."""

    def __call__(
        self, *args: str, env: Mapping[str, str] | None = None, ready: str | None = "/healthz"
    ) -> Running:
        """Start `bono *args`; returns once it is ready.

        `ready` is a path that answers 2xx (it begins with "/"), or a text that the command prints,
        or None for a command that ends by itself: then call `.wait()`. Commands of one test share
        `BONO_VAR`; each gets a free `BONO_PORT`, unless `env` says otherwise. The e-MCF of a demo
        in a fork is another fork, which ends with it.
        """
        settings = {"BONO_PORT": str(free_port()), **(env or {})}
        emcf = self._emcf(settings) if self._needs_emcf(args, settings) else None
        running = self._started(args, settings, emcf)
        if ready is not None and ready.startswith("/"):
            running.wait_for_url(running.url + ready)
        elif ready is not None:
            running.wait_for_text(ready)
        return running

    def _needs_emcf(self, args: Sequence[str], settings: Mapping[str, str]) -> bool:
        return args == ("demo",) and not self._fresh(settings) and "BONO_EMCF_URL" not in settings

    def _fresh(self, settings: Mapping[str, str]) -> bool:
        """A fork has read this product: another copy of it starts in a Python of its own."""
        return self.fresh or "PYTHONPATH" in settings

    def _emcf(self, settings: dict[str, str]) -> Running:
        """Add an e-MCF to the settings: over the same file as that of a demo before it here."""
        for running in self.started:
            if running.companion is not None and running.popen.poll() is not None:
                running.kill()
        state = Path(settings.get("BONO_VAR", self.folder / "var"), "emcf-simulator.jsonl")
        state.parent.mkdir(parents=True, exist_ok=True)
        arguments = ("emcf-simulator", "--port", "0", "--state", str(state))
        emcf = self._started(arguments, settings)
        emcf.wait_for_text('"nif"')
        line = next(text for text in emcf.output().splitlines() if text.startswith("{"))
        address = json.loads(line)
        settings |= {"BONO_EMCF_URL": address["url"], "BONO_EMCF_TOKEN": address["token"]}
        return emcf

    def _started(
        self, args: Sequence[str], settings: Mapping[str, str], companion: Running | None = None
    ) -> Running:
        var = self.folder / "var"
        var.mkdir(exist_ok=True)
        env = bono_environment(var, **settings)
        log = self.folder / f"bono-{len(self.started)}.log"
        url = f"http://127.0.0.1:{settings['BONO_PORT']}"
        if self._fresh(settings):
            running = start([sys.executable, "-m", "app", *args], env=env, log=log, url=url)
        else:
            running = Running(Forked(args, env=env, output=log), log, url, companion)
        self.started.append(running)
        return running

    def end(self) -> None:
        """Leave no process of this test running."""
        for running in reversed(self.started):
            running.stop()
