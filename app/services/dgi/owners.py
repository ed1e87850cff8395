"""Who owns a lease: a process, known by a file that it keeps locked for as long as it lives."""

import fcntl
import os
import secrets
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

SWEEP_SECONDS = 3600
"""Of a process that ended so long ago no lease stands any more."""

_PREFIX, _SUFFIX = "agent-", ".lock"


class ProcessOwner:
    """This process among the owners of leases.

    Another process of the same machine and folder can tell whether it lives: the system lets go of
    a file lock when its process ends, however it ends. To any other place it may be alive.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._here = f"{socket.gethostname()}:{folder}:"
        self._token = secrets.token_hex(8)
        self._lock: IO[bytes] | None = None

    @property
    def owner(self) -> str:
        """Its name in a lease."""
        return self._here + self._token

    def enter(self) -> None:
        """From now on it is known to live; what dead ones left behind is swept up."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            if path.stat().st_mtime < time.time() - SWEEP_SECONDS and _nobody_holds(path):
                path.unlink(missing_ok=True)
        unnamed = self._folder / f"{self._token}.new"
        self._lock = unnamed.open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unnamed.rename(self._file(self._token))  # whoever sees the name sees it locked

    def beat(self) -> None:
        """Its file is as young as it is alive, so that it outlasts every lease of a dead one."""
        with suppress(OSError):
            os.utime(self._file(self._token))

    def leave(self, *, clean: bool) -> None:
        """It is known to have ended; `clean` when it holds no lease."""
        if clean:
            self._file(self._token).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_dead(self, owner: str) -> bool:
        """That owner was of this place and has certainly ended."""
        if not owner.startswith(self._here):
            return False
        return _nobody_holds(self._file(owner.removeprefix(self._here)))

    def _file(self, token: str) -> Path:
        return self._folder / f"{_PREFIX}{token}{_SUFFIX}"


def _nobody_holds(path: Path) -> bool:
    """False when somebody does, and when there is no such file to tell."""
    with suppress(OSError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
