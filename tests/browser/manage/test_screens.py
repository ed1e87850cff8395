"""Every page of managers and operators, at every size, by day and by night; and their bytes."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app.services.people.operators import new_link
from app.store.dgi import modules
from app.store.engine import open_engine, writing
from tests.browser.manager_page import MANAGER, FaultyDgi
from tests.browser.till_page import Till, TillShop, read_shop
from tests.given import requests
from tests.given.shop_as_process import SENT_AT, new_id
from tests.harness.processes import Commands
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Response

SIZES = {"phone": (360, 640), "narrowest": (320, 640), "tablet": (1024, 600), "desk": (1440, 900)}
AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SMALL = """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")]
  .filter((node) => node.checkVisibility() && !node.matches(".m-skip, label input"))
  .map((node) => [node.getBoundingClientRect().height, node.outerHTML.slice(0, 90)])
  .filter(([height]) => height < 47.5)"""
POINT = "/exploitation/points/KIN01"
MOST_SCRIPT, MOST_STYLE, MOST_PAGE = 25_000, 15_000, 20_000
"""Bytes as they travel."""


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A demo where one sale was refused, one is in doubt and two wait behind a pause."""
    commands = Commands(tmp_path_factory.mktemp("troubled"), [])
    try:
        running = commands("demo", ready="caisse/enroler/")
        var = commands.folder / "var"
        _trouble(read_shop(running.url, var), var)
        yield var
    finally:
        commands.end()


@pytest.fixture(scope="module")
def shop(var: Path) -> TillShop:
    found = read_shop("", var)
    return TillShop(found.facts["url"], found.facts)


def _trouble(shop: TillShop, var: Path) -> None:
    authority = FaultyDgi(shop)
    _sold(shop, "normalised")
    authority.fails({"on": "post", "times": 1, "fault": "error_in_200", "code": "9"})
    _sold(shop, "refused")
    lost = {"on": "confirm", "times": 1, "fault": "drop_after_commit"}
    authority.fails(lost, {"on": "read", "fault": "html_502"})
    _sold(shop, "in_doubt")
    engine = open_engine(f"sqlite:///{var / 'bono.sqlite'}")
    with writing(engine) as session:
        modules.pause(session, "CD01999901-1", "M1", "2026-11-22T10:00:00Z")
    engine.dispose()
    _sold(shop, "sealed")
    _sold(shop, "sealed")
    authority.fails()


def _sold(shop: TillShop, status: str) -> None:
    address = f"{shop.url}/api/v1/invoices/{new_id()}"
    key = {"Authorization": f"Bearer {shop.facts['api_key']}"}
    httpx.put(address, json=requests.sale_request(timestamp=SENT_AT), headers=key, timeout=30)

    def known() -> bool:
        found: dict[str, Any] = httpx.get(address, headers=key, timeout=30).json()
        return bool(found["status"] == status)

    wait_until(known, seconds=60, otherwise=lambda: f"not {status}")


def _managed(page: Page, shop: TillShop, path: str) -> None:
    page.set_viewport_size({"width": 1024, "height": 600})
    Till(page, shop).unlock(MANAGER)
    page.goto(f"{shop.url}{path}")
    expect(page.locator(".m-nav, pre").first).to_be_visible()


def _operated(page: Page, shop: TillShop, var: Path, path: str) -> None:
    page.goto(_link(shop, var))
    page.get_by_role("button", name="Entrer").click()
    page.goto(f"{shop.url}{path}")
    expect(page.locator(".m-nav")).to_be_visible()


def _link(shop: TillShop, var: Path) -> str:
    engine = open_engine(f"sqlite:///{var / 'bono.sqlite'}")
    token = new_link(engine, "Awa", datetime.now(UTC))
    engine.dispose()
    return f"{shop.url}/exploitation/entrer/{token}"


def _wrong_rule(page: Page) -> None:
    page.get_by_label("Avertir quand une facture attend").fill("beaucoup")
    page.get_by_role("button", name="Enregistrer les règles").click()


def _wrong_code(page: Page) -> None:
    page.get_by_label("Code DEF/DGI").fill("1234")
    page.get_by_role("button", name="Proposer : la DGI l’a").click()


MANAGERS: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "state": ("/gestion", None),
    "queue": ("/gestion/envois?fait=pause", None),
    "doubt": ("/gestion/cas/in_doubt-2", None),
    "doubt with a slip": ("/gestion/cas/in_doubt-2", _wrong_code),
    "refusal": ("/gestion/cas/refused-1", None),
    "rules": ("/gestion/regles", None),
    "rules with a slip": ("/gestion/regles", _wrong_rule),
    "outages": ("/gestion/pannes", None),
    "messages": ("/gestion/messages", None),
}
OPERATORS = {
    "all outlets": "/exploitation",
    "queue of one": f"{POINT}/envois",
    "case of one": f"{POINT}/cas/in_doubt-2",
    "rules of all": "/exploitation/regles",
}


@pytest.mark.parametrize("screen", MANAGERS)
def test_a_managers_page_is_accessible_at_every_size(
    page: Page, shop: TillShop, screen: str
) -> None:
    path, slip = MANAGERS[screen]
    _managed(page, shop, path)
    if slip:
        slip(page)
    _check(page)


@pytest.mark.parametrize("screen", OPERATORS)
def test_an_operators_page_is_accessible_at_every_size(
    page: Page, shop: TillShop, var: Path, screen: str
) -> None:
    _operated(page, shop, var, OPERATORS[screen])
    _check(page)


def test_the_pages_that_stay_closed_are_accessible(page: Page, shop: TillShop, var: Path) -> None:
    link = _link(shop, var)
    for address in (f"{shop.url}/gestion", f"{shop.url}/exploitation", link):
        page.goto(address)
        _check(page)


def _check(page: Page) -> None:
    """WCAG 2.2 AA as far as a machine can tell, no sideways scrolling, targets for thumbs."""
    page.locator("main h1").first.wait_for()
    page.emulate_media(reduced_motion="reduce")
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(SMALL) == [], name
    for scheme, size in (("light", "phone"), ("dark", "desk")):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page, options=AA)
        assert found.violations_count == 0, found.generate_report()


def test_a_managers_page_loads_within_its_bytes(browser: Browser, shop: TillShop) -> None:
    bodies: dict[str, bytes] = {}
    with browser.new_context(service_workers="block", locale="fr-CD") as context:
        page = context.new_page()
        _managed(page, shop, "/version")  # in a fresh document, so that all is asked for

        def keep(response: Response) -> None:
            if response.status == 200:
                bodies[response.url.removeprefix(shop.url)] = response.body()

        page.route("**/*", lambda route: route.continue_())  # no cache: every file is counted
        page.on("response", keep)
        page.goto(f"{shop.url}/gestion")
        page.wait_for_load_state("load")
    sizes = {path: len(gzip.compress(body, 9)) for path, body in bodies.items()}
    assert any("htmx" in path for path in sizes)
    assert sum(size for path, size in sizes.items() if path.endswith(".js")) <= MOST_SCRIPT
    assert sum(size for path, size in sizes.items() if path.endswith(".css")) <= MOST_STYLE
    assert sizes["/gestion"] <= MOST_PAGE
