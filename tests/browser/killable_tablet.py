"""A tablet that can lose its power: a Chromium with a disk of its own, killed and started again."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error

from tests.harness.browser import ARGUMENTS, chromium_path
from tests.harness.dearest import counted
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page, Playwright


@dataclass
class KillableTablet:
    """A profile folder, and the browser that runs over it while the power is on."""

    playwright: Playwright
    profile: Path
    prepare: Callable[[BrowserContext], None] = lambda _context: None
    """Called with each new context, before its first page."""
    context: BrowserContext | None = field(default=None)

    def start(self) -> Page:
        """The power is on; its one page is empty."""
        counted("browsers")
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=chromium_path(),
            args=list(ARGUMENTS),
            chromium_sandbox=False,
            locale="fr-CD",
            timezone_id="Africa/Kinshasa",
            viewport={"width": 1024, "height": 600},
        )
        self.prepare(self.context)
        return self.context.pages[0]

    def kill(self) -> None:
        """The power is cut: no process of the browser is given a moment."""
        for group in self._groups():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        wait_until(lambda: not self._groups(), seconds=10, otherwise=lambda: "it does not die")
        self._forget()

    def stop(self) -> None:
        """The browser is closed as a person closes it."""
        self._forget()

    def _forget(self) -> None:
        context, self.context = self.context, None
        if context is not None:
            with contextlib.suppress(Error):  # it is dead already
                context.close()

    def _groups(self) -> set[int]:
        """The process groups of the browsers that run over this profile."""
        mark = f"--user-data-dir={self.profile}".encode()
        found = set()
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                with contextlib.suppress(OSError):
                    if mark in (process / "cmdline").read_bytes():
                        found.add(os.getpgid(int(process.name)))
        return found
