"""Processes of their own that start in milliseconds: forked from a server that imported the app.

Each is a process like any other: its own number, group, environment and files, which signals reach
and which may be killed. Only the Python in it has read the product's modules before.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import connection, parent_process
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Final

from tests.harness.dearest import STARTED, counted

CONTEXT: Final[ForkServerContext] = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.harness.read_before"])
SECONDS: Final = 120


def _told(
    pipe: Any,
    work: Callable[..., Any],
    arguments: Sequence[Any],
    environment: dict[str, str],
    start: Any,
) -> None:
    os.environ.update(environment)  # the server that forked us knows an older one
    start.wait(SECONDS)
    try:
        pipe.send((True, work(*arguments)))
    except Exception as error:  # noqa: BLE001 - the test is told, whatever it was
        pipe.send((False, repr(error)))


def at_once(work: Callable[..., Any], *arguments: Sequence[Any]) -> list[Any]:
    """What `work` returned in as many processes, which all began it together."""
    STARTED["forks"] += len(arguments)
    environment = dict(os.environ)
    barrier = CONTEXT.Barrier(len(arguments))
    pipes = [CONTEXT.Pipe(duplex=False) for _ in arguments]
    started = [
        CONTEXT.Process(
            target=_told, args=(sending, work, these, environment, barrier), daemon=True
        )
        for (_, sending), these in zip(pipes, arguments, strict=True)
    ]
    for process, (_, sending) in zip(started, pipes, strict=True):
        process.start()
        sending.close()
    with ThreadPoolExecutor(len(pipes)) as readers:  # a full pipe must not hold a process up
        told = list(readers.map(lambda pipe: pipe[0].recv(), pipes))
    for process, (receiving, _) in zip(started, pipes, strict=True):
        process.join(SECONDS)
        receiving.close()
        process.close()
    failed = [result for fine, result in told if not fine]
    if failed:
        raise AssertionError(failed)
    return [result for _, result in told]


def end_with_parent() -> None:
    """From now on this process is killed when the process that asked for it ends."""
    threading.Thread(target=_wait_for_the_end_of_the_parent, daemon=True).start()


def _wait_for_the_end_of_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGKILL)


class Forked:
    """A `bono` command in a fork: what a test may do with a `subprocess.Popen`."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        counted("forks")
        errors = errors or output
        for file in (output, errors):
            file.write_bytes(b"")  # a command before it may have written there
        told, telling = CONTEXT.Pipe(duplex=False)
        asked = (telling, list(arguments), dict(env), str(output), str(errors))
        self._process = CONTEXT.Process(target=_bono, args=asked, daemon=True)
        self._process.start()
        telling.close()
        with told:
            told.recv()  # it leads a group of its own: whoever kills the group meets it
        self.pid: int = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self.poll()

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raise when the command has not ended within `timeout` seconds."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("bono", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """The process gets that signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """It is asked to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """It ends at once."""
        self.send_signal(signal.SIGKILL)


def _bono(told: Any, arguments: list[str], environment: dict[str, str], out: str, err: str) -> None:
    """In the fork: become the process that the command would have been."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # even where the tests ignore it
    end_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    _files_are(out, err)
    sys.argv = ["bono", *arguments]
    with told:
        told.send(None)
    from app.__main__ import main  # noqa: PLC0415 - the test's own process need not read it

    sys.exit(main(arguments))


def _files_are(out: str, err: str) -> None:
    """Nothing comes in, what is printed goes to these files, each line at once."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    for name, number in ((out, 1), (err, 2)):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, number)
        os.close(file)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", line_buffering=True, write_through=True)  # type: ignore[union-attr]
