"""A till in a real browser, as a cashier uses it, with a counter of taps."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

NORMALISED = "Facture normalisée"
COUNT_TAPS = """
globalThis.taps = 0;
addEventListener("pointerup", (event) => {
  if (event.target.closest("[data-tap]")) globalThis.taps += 1;
}, true);
"""
STORED = """(name) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("till");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const all = opening.result.transaction(name).objectStore(name).getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result); };
    all.onerror = () => reject(all.error);
  };
})"""
SETTLED = """async () => {
  const { href } = document.querySelector('link[href*="/js/sale/current-ticket."]');
  await (await import(href)).settled();
}"""
LASTING_MEMORY = "navigator.storage.persist = navigator.storage.persisted = async () => true;"
"""A browser that promises to keep what is stored, as one with the till installed does."""
BURST = """(keys) => {
  const how = { bubbles: true, cancelable: true };
  const presses = keys.map((key) => new KeyboardEvent("keydown", { ...how, key }));
  for (const press of presses) {  // made at once: as fast as a scanner, however busy the page is
    const { key } = press;
    const place = document.activeElement ?? document.body;
    const typed = place.dispatchEvent(press);
    if (!typed || key.length > 1 || !place.matches("input")) continue;
    place.value += key;
    place.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}"""
BLANKS = re.compile(r"[\u202f\u00a0]")


@contextmanager
def watched(browser: Browser, service_workers: Literal["allow", "block"]) -> Iterator[Page]:
    """A page with storage of its own; a script that throws and is not caught fails the test."""
    thrown: list[str] = []
    context = browser.new_context(
        locale="fr-CD", timezone_id="Africa/Kinshasa", service_workers=service_workers
    )
    page = context.new_page()
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert thrown == []


@dataclass(frozen=True)
class TillShop:
    """A running demo and what it wrote about itself."""

    url: str
    facts: dict[str, Any]

    @property
    def cashier(self) -> dict[str, str]:
        """The first cashier: `name` and `pin`."""
        return self.person("cashier")

    @property
    def pin(self) -> str:
        """The PIN of that cashier."""
        return self.cashier["pin"]

    def person(self, role: str) -> dict[str, str]:
        """The first person with that role."""
        users: list[dict[str, str]] = self.facts["users"]
        return next(user for user in users if user["role"] == role)

    def others(self) -> list[dict[str, str]]:
        """All but the first cashier."""
        return [user for user in self.facts["users"] if user != self.cashier]


def read_shop(url: str, var: Path) -> TillShop:
    """The demo that runs over that folder."""
    return TillShop(url, json.loads((var / "demo.json").read_text(encoding="utf-8")))


def plain(text: str | None) -> str:
    """The text with ordinary spaces, as a person reads it."""
    return BLANKS.sub(" ", text or "").strip()


def francs(amount: Decimal) -> str:
    """An amount as the till writes it, with ordinary spaces."""
    text = f"{amount:,.2f}".replace(",", " ").replace(".", ",").removesuffix(",00")
    return f"{text} FC"


class Till:
    """One page at `/caisse`; the demo makes it a till at its first visit."""

    def __init__(self, page: Page, shop: TillShop, *, lasting: bool = True) -> None:
        self.page, self.shop = page, shop
        page.add_init_script(COUNT_TAPS)
        if lasting:
            page.add_init_script(LASTING_MEMORY)

    def visit(self) -> None:
        """The names are on the screen."""
        self.page.goto(f"{self.shop.url}/caisse")
        self.page.locator("#noms .name").first.wait_for()

    def unlock(self, name: str | None = None) -> None:
        """The till is open for that person, else the first cashier, and ready to sell."""
        self.visit()
        self.enter(name)

    def enter(self, name: str | None = None) -> None:
        """The person whose name stands there has given the PIN; the till is ready."""
        users = self.shop.facts["users"]
        user = next((user for user in users if user["name"] == name), self.shop.cashier)
        self.tap(self.page.locator("#noms .name", has_text=user["name"]))
        for digit in user["pin"]:
            self.tap(self.page.locator(f"#ouvrir [data-pin='{digit}']"))
        self.ready()

    def lock(self) -> None:
        """The names are on the screen again."""
        self.page.locator("#verrouiller").click()
        self.page.locator("#noms .name").first.wait_for()

    def ready(self) -> None:
        """The till has its catalogue and what it remembers."""
        self.page.locator("body[data-ready=caisse]").wait_for()

    def settled(self) -> None:
        """Every change so far is stored."""
        self.page.evaluate(SETTLED)

    def again(self) -> None:
        """The page was loaded again, once all was stored, and is ready."""
        self.settled()
        self.page.reload()
        self.ready()

    def tap(self, target: Locator) -> None:
        """One press on a target."""
        target.click()

    def taps(self) -> int:
        """How often a target was pressed since the page came."""
        return int(self.page.evaluate("globalThis.taps"))

    def start_counting(self) -> None:
        """The taps so far do not count."""
        self.page.evaluate("globalThis.taps = 0")

    def stored(self, name: str) -> list[dict[str, Any]]:
        """All that the tablet keeps in that store."""
        rows: list[dict[str, Any]] = self.page.evaluate(STORED, name)
        return rows

    @property
    def articles(self) -> list[dict[str, Any]]:
        """The simple articles on the shelf that the till opens with."""
        items = [item for item in self.stored("products") if "specific_tax" not in item]
        shown = [item for item in items if item.get("favourite")] or items
        return [item for item in shown if item["tax_group"] in "ABC"]

    def add(self, *articles: dict[str, Any]) -> Decimal:
        """A tap on the tile of each; returns the sum of their prices."""
        for article in articles:
            self.tap(self.page.locator(f"#articles [data-key='{article['code']}'] .tile"))
        return sum((Decimal(article["unit_price"]) for article in articles), Decimal())

    def scan(self, code: str) -> None:
        """A scanner types a code in one burst and ends with Enter."""
        self.page.evaluate(BURST, [*code, "Enter"])  # key by key, a busy machine is a slow person

    def key(self, *keys: str) -> None:
        """Presses on the pad."""
        for key in keys:
            self.tap(self.page.locator(f"[data-key='{key}'].key"))

    def cash_in(self, *, wait: bool = False) -> None:
        """The payment panel is asked for; with `wait` it is open, so that keys are for it."""
        self.tap(self.page.locator("#encaisser"))
        if wait:
            self.page.locator("#paiement").wait_for()

    def pay_exactly(self) -> None:
        """Paid in cash, with nothing to give back."""
        self.tap(self.page.locator("#especes"))

    def sell(self, *articles: dict[str, Any]) -> Decimal:
        """The articles, else the first one, are sold for exact cash; nothing is waited for."""
        total = self.add(*(articles or self.articles[:1]))
        self.cash_in()
        self.pay_exactly()
        expect(self.page.locator(".line")).to_have_count(0)
        return total

    def open_sheet(self) -> None:
        """The sheet behind the lamps is open."""
        self.tap(self.page.locator("#lampe-tablette"))
        self.page.locator("#etat").wait_for()

    def open_menu(self) -> None:
        """The menu of the ribbon is open."""
        self.tap(self.page.locator("#ouvrir-menu"))
        self.page.locator("#menu").wait_for()

    def wait_until(self, state: str) -> None:
        """The strip says so."""
        expect(self.page.locator("#bandeau-etat")).to_have_text(state)

    def text(self, selector: str) -> str:
        """The text there, with ordinary spaces."""
        return plain(self.page.locator(selector).first.text_content())

    def shows(self, selector: str, text: str) -> None:
        """The text comes to stand there; any blank is a space."""
        expect(self.page.locator(selector).first).to_have_text(text)
