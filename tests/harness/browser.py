"""Debian's Chromium, driven by Playwright, with nothing that calls home.

Most tests open its headless shell: the same engine without the window around it, where a page
costs less than half. `BROWSER=chromium` opens the whole browser everywhere.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from tests.harness.dearest import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


SHELL: Final = os.environ.get("BROWSER", "chromium-headless-shell")


def chromium_path(program: str = SHELL) -> str:
    """Return the installed Chromium, or its headless shell."""
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"no Chromium: apt-get install {program}")
    return path


@contextmanager
def launched(program: str = SHELL) -> Iterator[Browser]:
    """Give a headless Chromium; nothing of it is left afterwards."""
    counted("browsers")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(program), args=list(ARGUMENTS), chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            browser.close()
