"""Every screen of the till, on every size, in every theme: accessible, within its bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli
import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.refusing_dgi import AGAIN, refused
from tests.browser.till.test_outlet_sales import row, tells
from tests.browser.till.test_state_sheet import poisoned
from tests.browser.till_page import NORMALISED, Till, TillShop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Response, Route

pytestmark = pytest.mark.long

WEB = Path(__file__).parents[3] / "web"
PHONE = {"width": 360, "height": 640}
AXE = Axe().axe_script
BRIGHT = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
"""Full sun: every text at least 7 to 1."""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What another theme may break: it changes colours, nothing else."""
SIZES = [
    (320, 640),
    (360, 640),
    (360, 740),
    (640, 400),
    (800, 480),
    (800, 1280),
    (1024, 520),
    (1280, 800),
    (1440, 900),
]
"""Of the devices that people bring; 640 x 400 is a screen of 1280 x 800 at 200 %."""
BOXES = (Path(__file__).parent / "boxes.js").read_text(encoding="utf-8")
VIEWS = """() => document.querySelector(".tabs").checkVisibility()
  ? ["articles", "ticket"] : [""]"""
WHOLE_ELSEWHERE = ".line-name, .tile-name, .lamp-word, .who-text"
"""Where a text may be cut: a tap shows it whole, on the line, in the ticket, or in the sheet."""
Visit = Callable[[Till], None]


def _names(till: Till) -> None:
    till.visit()


def _wrong_pin(till: Till) -> None:
    till.visit()
    user = till.shop.others()[0]
    till.tap(till.page.locator("#noms .name", has_text=user["name"]))
    till.page.locator("#pin").fill("0000" if user["pin"] != "0000" else "1111")
    expect(till.page.locator("#pin-erreur")).not_to_be_empty()


def _not_enrolled(till: Till) -> None:
    problem = {"rule": "enrol.demo", "title": "Demandez un lien.", "status": 403}
    kind = "application/problem+json"
    till.page.route(
        "**/caisse/enroler",
        lambda route: route.fulfill(status=403, json=problem, content_type=kind),
    )
    till.page.goto(f"{till.shop.url}/caisse")
    expect(till.page.locator("#message-etapes")).to_be_visible()


def _second_tab(till: Till) -> None:
    till.unlock()
    first = till.page
    till.page = first.context.new_page()
    till.page.set_viewport_size(first.viewport_size or {"width": 1024, "height": 600})
    till.page.goto(f"{till.shop.url}/caisse")
    expect(till.page.locator("#message-bouton")).to_be_visible()


def _lost_tab(till: Till) -> None:
    first = till.page
    _second_tab(till)
    till.tap(till.page.locator("#message-bouton"))
    till.page = first
    expect(till.page.locator("#voile")).to_be_visible()


def _empty(till: Till) -> None:
    till.unlock()


def _ticket(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:3])
    _show(till, "Ticket")
    till.tap(till.page.locator(".line-main").first)


def _types(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:3])
    _show(till, "Ticket")
    till.tap(till.page.locator("#type-facture"))


def _parked(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:3])
    _show(till, "Ticket")
    till.tap(till.page.locator("#mettre-en-attente"))
    _show(till, "Articles")
    till.tap(till.page.locator("#en-attente"))
    expect(till.page.locator("#attentes")).to_be_visible()


def _abandon(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:3])
    _show(till, "Ticket")
    till.tap(till.page.locator("#abandonner"))


def _payment(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:3])
    till.cash_in()


def _mobile_money(till: Till) -> None:
    _payment(till)
    till.tap(till.page.locator("[data-provider='M-PESA']"))


def _dollars(till: Till) -> None:
    _payment(till)
    till.tap(till.page.locator("#choisir-usd"))


def _client(till: Till) -> None:
    till.unlock()
    till.add(till.articles[0])
    till.tap(till.page.locator("#choisir-client"))


def _new_client(till: Till) -> None:
    _client(till)
    till.tap(till.page.locator("#client-nouveau"))
    till.tap(till.page.get_by_text("OK, passer au paiement"))


def _sealed(till: Till) -> None:
    _payment(till)
    till.tap(till.page.locator("#billets .sum").last)
    till.wait_until(NORMALISED)
    expect(till.page.locator("#bandeau-qr")).to_be_visible()


def _refused_offline(till: Till) -> None:
    till.unlock()
    till.add(*till.articles[:3])
    till.page.context.set_offline(True)
    till.shows("#lampe-tablette .lamp-word", "Sans serveur")
    till.cash_in()
    expect(till.page.locator("#avis")).to_be_visible()


def _sheet(till: Till) -> None:
    till.unlock()
    till.sell()
    till.wait_until(NORMALISED)
    till.open_sheet()


def _menu(till: Till) -> None:
    till.unlock(till.shop.person("manager")["name"])
    till.open_menu()


def _outlet_sales(till: Till) -> None:
    refusal = row(1, "refused", "Le NIF du client est inconnu de la DGI.")
    tells(till, refusal, row(2, "in_doubt"), row(3, "failed"), row(4, "pending"), count=43)
    till.unlock(till.shop.person("manager")["name"])
    till.open_sheet()
    expect(till.page.locator("#autres li")).to_have_count(4)


def _refused(till: Till) -> None:
    till.unlock()
    refused(till)


def _made_again(till: Till) -> None:
    _refused(till)
    _show(till, "Ticket")
    till.tap(till.page.locator(AGAIN))
    expect(till.page.locator("#ticket-refus")).to_be_visible()


def _paid_before(till: Till) -> None:
    _made_again(till)
    till.cash_in()
    expect(till.page.locator("#garder")).to_be_visible()


def _poison(till: Till) -> None:
    till.unlock()
    poisoned(till)


def _give_up(till: Till) -> None:
    _poison(till)
    till.tap(till.page.get_by_role("button", name="Abandonner avec motif"))
    expect(till.page.locator("#gerants .name").first).to_be_visible()


def _history(till: Till) -> None:
    _sealed(till)
    _show(till, "Articles")
    till.tap(till.page.locator("#ouvrir-historique"))
    expect(till.page.locator("#historique-liste li").first).to_be_visible()


def _sends_emails(route: Route) -> None:
    real = route.fetch()
    route.fulfill(response=real, json=real.json() | {"channels": ["email"]})


def _share(till: Till) -> None:
    till.page.route("**/caisse/contexte.json", _sends_emails)
    _sealed(till)
    till.tap(till.page.locator("#envoyer"))
    expect(till.page.locator("#envoi-courriel")).to_be_visible()


SCREENS: dict[str, Visit] = {
    "names": _names,
    "wrong PIN": _wrong_pin,
    "not enrolled": _not_enrolled,
    "second tab": _second_tab,
    "lost tab": _lost_tab,
    "empty till": _empty,
    "ticket": _ticket,
    "types": _types,
    "parked": _parked,
    "abandon": _abandon,
    "payment": _payment,
    "mobile money": _mobile_money,
    "dollars": _dollars,
    "client": _client,
    "new client": _new_client,
    "sealed": _sealed,
    "refused offline": _refused_offline,
    "menu": _menu,
    "state of the till": _sheet,
    "sales of the outlet": _outlet_sales,
    "refused by the DGI": _refused,
    "made again": _made_again,
    "paid before": _paid_before,
    "poison": _poison,
    "give up": _give_up,
    "history": _history,
    "share": _share,
}


def _show(till: Till, tab: str) -> None:
    button = till.page.locator(".tab", has_text=tab)
    if button.is_visible():
        button.click()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_screen_is_accessible_and_whole_on_every_size(
    page: Page, shop: TillShop, screen: str
) -> None:
    page.add_init_script("localStorage.setItem('bono.theme', 'soleil')")
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 1024, "height": 600})
    till = Till(page, shop)
    SCREENS[screen](till)
    root = till.page.locator(":root")
    expect(root).to_have_attribute("data-theme", "soleil")
    check(till.page, BRIGHT)
    for theme in ("clair", "sombre"):
        root.evaluate("(node, theme) => { node.dataset.theme = theme; }", theme)
        check(till.page, COLOURS)
    assert {size: found for size in SIZES if (found := _misplaced(till.page, *size))} == {}


def _misplaced(page: Page, width: int, height: int) -> list[str]:
    """What is wrong on a screen of that size; where it shows one view at a time, in both."""
    page.set_viewport_size({"width": width, "height": height})
    views = page.evaluate(VIEWS)
    return [wrong for view in views for wrong in page.evaluate(BOXES, [view, WHOLE_ELSEWHERE])]


def check(page: Page, options: dict[str, Any]) -> None:
    """WCAG 2.2 AA, as far as a machine can tell, and what the options add."""
    if not page.evaluate("'axe' in globalThis"):  # once a page: half a megabyte
        page.evaluate(AXE)
    result = page.evaluate("(how) => axe.run(how)", {"resultTypes": ["violations"], **options})
    found = AxeResults(result)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_automatic_theme_is_that_of_the_device(page: Page, shop: TillShop, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    till = Till(page, shop)
    _ticket(till)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == scheme
    check(page, {})


def test_axe_finds_nothing_on_the_page_of_an_unknown_device(page: Page, shop: TillShop) -> None:
    page.goto(f"{shop.url}/caisse/enroler/inconnu")
    expect(page.get_by_role("heading")).to_have_text("Ce lien ne sert plus")
    check(page, {})


def test_a_phone_sells_in_two_views(page: Page, shop: TillShop) -> None:
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
    till.wait_until(NORMALISED)
    expect(page.locator("#bandeau-qr")).to_be_visible()


def test_targets_are_large_enough_for_thumbs(till: Till) -> None:
    till.add(*till.articles[:3])
    too_small = till.page.evaluate(
        """() => [...document.querySelectorAll("[data-tap], .lamp, input")]
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


def test_the_till_loads_within_its_bytes(browser: Browser, shop: TillShop) -> None:
    # In Brotli, as every browser takes it over TLS, without which no tablet is a till.
    bodies: dict[str, bytes] = {}
    with browser.new_context(service_workers="block", locale="fr-CD") as context:
        page = context.new_page()
        till = Till(page, shop)

        def keep(response: Response) -> None:
            if response.status == 200:
                bodies[response.url.removeprefix(shop.url)] = response.body()

        page.on("response", keep)
        till.unlock()
        page.wait_for_load_state("networkidle")
    sizes = {path: len(brotli.compress(body)) for path, body in bodies.items()}
    scripts = {path: size for path, size in sizes.items() if path.endswith(".js")}
    assert any(path.startswith("/a/js/till/open-till.") for path in scripts)
    assert sum(scripts.values()) <= 60_000
    assert sum(sizes.values()) <= 120_000


def test_no_page_of_the_till_carries_inline_script_or_style(page: Page, shop: TillShop) -> None:
    refused: list[str] = []
    page.on(
        "console",
        lambda line: refused.append(line.text) if "Content Security" in line.text else None,
    )
    _sealed(Till(page, shop))
    assert refused == []
    pages = [it for it in (WEB / "templates").rglob("*.html") if it.parent.name != "mail"]
    for template in pages:
        text = template.read_text(encoding="utf-8")
        assert " style=" not in text, template
        assert " onclick" not in text, template
        assert "<script>" not in text, template
