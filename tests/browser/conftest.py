from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.tills import Shop, Till, read_shop
from tests.harness.processes import Commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo shop, with its e-MCF simulator; each browser context becomes a till of its own."""
    commands = Commands(tmp_path_factory.mktemp("shop"), [])
    try:
        running = commands("demo", ready="caisse/enroler/")  # it prints this link last
        yield read_shop(running.url, commands.folder / "var")
    finally:
        commands.end()


@pytest.fixture
def till(page: Page, shop: Shop) -> Till:
    """A till on a small tablet, open and empty."""
    page.set_viewport_size({"width": 1024, "height": 600})
    till = Till(page, shop)
    till.unlock()
    till.start_counting()
    return till
