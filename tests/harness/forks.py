"""Processes of their own that start in milliseconds: forked from a server that imported the app."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.context import ForkServerContext
from typing import Any, Final

CONTEXT: Final[ForkServerContext] = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "pytest",
        "app.server",
        "app.wiring",
        "uvicorn",
        "tests.harness.in_other_processes",
        "tests.crash.killed_process",
    ]
)
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
