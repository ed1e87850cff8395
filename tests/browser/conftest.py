from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import modules_page
from tests.browser.killable_tablet import KillableTablet
from tests.browser.modules_page import Core, Network, sealed
from tests.browser.network_between import road_to
from tests.browser.till_page import Till, TillShop, read_shop, watched
from tests.browser.whole_scene import Demo, Street, lasting
from tests.harness.processes import Commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Playwright

expect.set_options(timeout=30_000)  # as Playwright's acts: a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TillShop]:
    """The demo shop, with its e-MCF simulator; each browser context becomes a till of its own."""
    commands = Commands(tmp_path_factory.mktemp("shop"), [])
    try:
        running = commands("demo", ready="caisse/enroler/")  # it prints this link last
        yield read_shop(running.url, commands.folder / "var")
    finally:
        commands.end()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a service worker: only the page itself sends, so a route sees every sale."""
    with watched(browser, service_workers="block") as page:
        yield page


@pytest.fixture
def installed(browser: Browser) -> Iterator[Page]:
    """A page with its service worker: it opens without any network once it was there."""
    with watched(browser, service_workers="allow") as page:
        yield page


@pytest.fixture
def till(page: Page, shop: TillShop) -> Till:
    """A till on a small tablet, open and empty."""
    page.set_viewport_size({"width": 1024, "height": 600})
    till = Till(page, shop)
    till.unlock()
    till.start_counting()
    return till


@pytest.fixture(scope="module")
def net() -> Iterator[Network]:
    """A network without a shop: it serves the modules, and a test says the rest."""
    with modules_page.network() as net:
        yield net


@pytest.fixture
def core(page: Page, net: Network) -> Core:
    """A tablet that is enrolled and has sold nothing."""
    net.answer = sealed
    page.goto(net.url)
    core = Core(page, net)
    core.enrol()
    net.asked.clear()
    return core


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright itself, for tests whose tablets have a disk; not beside `browser`."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that a test may kill, and starts again."""
    commands = Commands(tmp_path_factory.mktemp("demo"), [])
    try:
        yield Demo(commands)
    finally:
        commands.end()


@pytest.fixture
def street(demo: Demo, playwright: Playwright, tmp_path: Path) -> Iterator[Street]:
    """A new tablet with lasting memory, and the road from it to the demo."""
    demo.stands()
    with road_to(demo.port) as road:
        tablet = KillableTablet(playwright, tmp_path / "disk", lasting(road.url))
        try:
            yield Street(demo, road, tablet)
        finally:
            tablet.stop()
