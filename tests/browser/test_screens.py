"""Every screen of the till, on every size, in both themes: accessible, within its bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.tills import Shop, Till

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Response

WEB = Path(__file__).parents[2] / "web"
PHONE = {"width": 360, "height": 640}
NARROWEST = {"width": 320, "height": 640}
Visit = Callable[[Till], None]


def _names(till: Till) -> None:
    till.page.goto(f"{till.shop.url}/caisse")
    till.page.locator(".name").first.wait_for()


def _empty(till: Till) -> None:
    till.unlock()


def _ticket(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:3])
    _show(till, "Ticket")
    till.tap(till.page.locator(".line-main").first)


def _payment(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:2])
    till.cash_in()


def _mobile_money(till: Till) -> None:
    _payment(till)
    till.tap(till.page.locator("[data-provider='M-PESA']"))


def _client(till: Till) -> None:
    till.unlock()
    till.add(till.articles[0])
    till.tap(till.page.locator("#choisir-client"))
    till.tap(till.page.get_by_text("OK, passer au paiement"))


def _sealed(till: Till) -> None:
    _payment(till)
    till.tap(till.page.locator(".sum").last)
    till.wait_until("Facture normalisée")
    till.page.locator(".qr").wait_for()


def _state(till: Till) -> None:
    till.unlock()
    till.tap(till.page.locator("#lampe-tablette"))


SCREENS: dict[str, Visit] = {
    "names": _names,
    "empty till": _empty,
    "ticket": _ticket,
    "payment": _payment,
    "mobile money": _mobile_money,
    "client": _client,
    "sealed": _sealed,
    "state of the till": _state,
}


def _show(till: Till, tab: str) -> None:
    button = till.page.locator(".tab", has_text=tab)
    if button.is_visible():
        button.click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_on_the_screen(page: Page, shop: Shop, screen: str, theme: Any) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": 1024, "height": 600})
    SCREENS[screen](Till(page, shop))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_nothing_on_the_page_of_an_unknown_device(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.url}/caisse/enroler/inconnu")
    expect(page.get_by_role("heading")).to_have_text("Ce lien ne sert plus")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", [PHONE, NARROWEST], ids=["360", "320"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_phone_shows_the_screen_without_scrolling_sideways(
    page: Page, shop: Shop, screen: str, size: Any
) -> None:
    page.set_viewport_size(size)
    SCREENS[screen](Till(page, shop))
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size["width"]
    for box in page.locator("button:visible, a:visible, input:visible").all():
        place = box.bounding_box()
        assert place is not None
        scrolls = box.evaluate("(node) => node.closest('.chips') !== null")
        assert scrolls or place["x"] + place["width"] <= size["width"] + 1, box.text_content()


def test_a_phone_sells_in_two_views(page: Page, shop: Shop) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    till = Till(page, shop)
    till.unlock()
    till.add(*till.articles[:2])
    expect(page.locator("#ticket")).to_be_hidden()
    expect(page.locator("#nombre-lignes")).to_have_text("2")
    _show(till, "Ticket")
    expect(page.locator(".line")).to_have_count(2)
    till.cash_in()
    till.pay_exactly()
    till.wait_until("Facture normalisée")
    expect(page.locator("#bandeau .qr svg")).to_be_visible()


def test_targets_are_large_enough_for_thumbs(till: Till) -> None:
    till.add(*till.articles[:3])
    too_small = till.page.evaluate(
        """() => [...document.querySelectorAll("[data-tap], .lamp, .who-button, input")]
          .filter((node) => node.checkVisibility() && !node.matches("label input"))
          .map((node) => [node.getBoundingClientRect(), node.outerHTML.slice(0, 80)])
          .filter(([box]) => box.width < 48 || box.height < 47.5)
          .map(([box, html]) => `${box.width}x${box.height} ${html}`)"""
    )
    assert too_small == []
    tile = till.page.locator(".tile").first.bounding_box()
    assert tile is not None
    assert tile["width"] >= 72
    assert tile["height"] >= 88
    for key in till.page.locator("#pave .key").all():
        box = key.bounding_box()
        assert box is not None
        assert box["height"] >= 64


def test_no_text_of_the_till_is_smaller_than_18_pixels(till: Till) -> None:
    till.add(*till.articles[:3])
    small = till.page.evaluate(
        """() => [...document.querySelectorAll("body *")]
          .filter((node) => node.checkVisibility() && [...node.childNodes].some(
            (child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim()))
          .filter((node) => parseFloat(getComputedStyle(node).fontSize) < 18)
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_the_till_loads_within_its_bytes(browser: Browser, shop: Shop) -> None:
    bodies: dict[str, bytes] = {}
    with browser.new_context() as context:
        page = context.new_page()
        till = Till(page, shop)

        def keep(response: Response) -> None:
            if response.status == 200:
                bodies[response.url.removeprefix(shop.url)] = response.body()

        page.goto(f"{shop.url}/caisse")
        page.on("response", keep)
        till.unlock()
        page.wait_for_load_state("networkidle")
    sizes = {path: len(gzip.compress(body, 5)) for path, body in bodies.items()}
    scripts = {path: size for path, size in sizes.items() if path.endswith(".js")}
    assert "/static/js/till.js" in scripts
    assert sum(scripts.values()) <= 60_000
    assert sum(sizes.values()) <= 120_000


def test_no_page_of_the_till_carries_inline_script_or_style(page: Page, shop: Shop) -> None:
    refused: list[str] = []
    page.on(
        "console",
        lambda line: refused.append(line.text) if "Content Security" in line.text else None,
    )
    _sealed(Till(page, shop))
    assert refused == []
    for template in (WEB / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert " style=" not in text, template
        assert " onclick" not in text, template
        assert "<script>" not in text, template
