"""A till in a real browser, as a cashier uses it, with a counter of taps."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

COUNT_TAPS = """
globalThis.taps = 0;
addEventListener("pointerup", (event) => {
  if (event.target.closest("[data-tap]")) globalThis.taps += 1;
}, true);
"""
BLANKS = re.compile(r"[\u202f\u00a0]")


@dataclass(frozen=True)
class Shop:
    """A running demo and what it wrote about itself."""

    url: str
    facts: dict[str, Any]
    terminal: str
    """The secret cookie of the one tablet on which all these tests sell."""

    @property
    def cashier(self) -> dict[str, str]:
        """The first cashier: `name` and `pin`."""
        users: list[dict[str, str]] = self.facts["users"]
        return next(user for user in users if user["role"] == "cashier")

    @property
    def pin(self) -> str:
        """The PIN of that cashier."""
        return self.cashier["pin"]


def read_shop(url: str, var: Path) -> Shop:
    """The demo that runs over that folder."""
    facts = json.loads((var / "demo.json").read_text(encoding="utf-8"))
    return Shop(url, facts, _enrolled(url))


def _enrolled(url: str) -> str:
    """The cookie that the demo gives to a browser of this machine."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", "/caisse")
        cookie = SimpleCookie(connection.getresponse().getheader("Set-Cookie"))
    finally:
        connection.close()
    return cookie["bono_terminal"].value


def plain(text: str | None) -> str:
    """The text with ordinary spaces, as a person reads it."""
    return BLANKS.sub(" ", text or "").strip()


def francs(amount: Decimal) -> str:
    """An amount as the till writes it, with ordinary spaces."""
    text = f"{amount:,.2f}".replace(",", " ").replace(".", ",").removesuffix(",00")
    return f"{text} FC"


class Till:
    """One page at `/caisse`."""

    def __init__(self, page: Page, shop: Shop) -> None:
        self.page, self.shop = page, shop
        page.add_init_script(COUNT_TAPS)
        page.context.add_cookies(
            [{"name": "bono_terminal", "value": shop.terminal, "url": shop.url}]
        )

    def unlock(self, name: str | None = None) -> None:
        """The till is open for that person, else the first cashier, and ready to sell."""
        users = self.shop.facts["users"]
        user = next((user for user in users if user["name"] == name), self.shop.cashier)
        self.page.goto(f"{self.shop.url}/caisse")
        self.tap(self.page.locator(".name", has_text=user["name"]))
        for digit in user["pin"]:
            self.tap(self.page.locator(f"[data-pin='{digit}']"))
        self.ready()

    def ready(self) -> None:
        """The till has its catalogue and what it remembers."""
        self.page.locator("body[data-ready]").wait_for()

    def tap(self, target: Locator) -> None:
        """One press on a target."""
        target.click()

    def taps(self) -> int:
        """How often a target was pressed since the page came."""
        return int(self.page.evaluate("globalThis.taps"))

    def start_counting(self) -> None:
        """The taps so far do not count."""
        self.page.evaluate("globalThis.taps = 0")

    @property
    def articles(self) -> list[dict[str, Any]]:
        """The simple articles on the shelf that the till opens with."""
        answer = self.page.request.get(f"{self.shop.url}/caisse/articles.json")
        items = [item for item in answer.json()["items"] if "specific_tax" not in item]
        shown = [item for item in items if item.get("favourite")] or items
        return [item for item in shown if item["tax_group"] in "ABC"]

    def add(self, *articles: dict[str, Any]) -> Decimal:
        """A tap on the tile of each; returns the sum of their prices."""
        for article in articles:
            self.tap(self.page.locator(f"#articles [data-key='{article['code']}'] .tile"))
        return sum((Decimal(article["unit_price"]) for article in articles), Decimal())

    def scan(self, code: str) -> None:
        """A scanner types a code in one burst and ends with Enter."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def key(self, *keys: str) -> None:
        """Presses on the pad."""
        for key in keys:
            self.tap(self.page.locator(f"[data-key='{key}'].key"))

    def cash_in(self) -> None:
        """The payment panel is open."""
        self.tap(self.page.locator("#encaisser"))

    def pay_exactly(self) -> None:
        """Paid in cash, with nothing to give back."""
        self.tap(self.page.locator("#especes"))

    def wait_until(self, state: str) -> None:
        """The strip says so."""
        expect(self.page.locator("#bandeau-etat")).to_have_text(state, timeout=30_000)

    def text(self, selector: str) -> str:
        """The text there, with ordinary spaces."""
        return plain(self.page.locator(selector).first.text_content())
