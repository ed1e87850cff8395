"""A manager in a browser, and the authority's faults."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from playwright.sync_api import expect

from tests.browser.till_page import Till, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from tests.browser.till_page import TillShop

MANAGER = "Béatrice"


class FaultyDgi:
    """The simulated e-MCF of a demo."""

    def __init__(self, shop: TillShop) -> None:
        self._base = shop.facts["emcf_url"].removesuffix("/edef") + "/simulator"

    def fails(self, *rules: dict[str, Any]) -> None:
        """It fails by that script; none: it works."""
        httpx.put(f"{self._base}/faults", json=list(rules), timeout=60).raise_for_status()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """A gateway's error page is all that anybody is given."""
        self.fails({"on": "any", "fault": "html_502"})
        try:
            yield
        finally:
            self.fails()

    def invoices(self) -> list[dict[str, Any]]:
        """What it recorded, in order."""
        found: list[dict[str, Any]] = httpx.get(f"{self._base}/invoices", timeout=60).json()
        return found


class Manager:
    """The manager's pages in the browser of a till that is open for the manager."""

    def __init__(self, till: Till) -> None:
        self.till, self.page, self.url = till, till.page, till.shop.url

    def sees(self, path: str = "") -> None:
        """That page is on the screen."""
        self.page.goto(f"{self.url}/gestion{path}")
        expect(self.page.locator("main h1").first).to_be_visible()

    def sells(self, times: int = 1) -> None:
        """Sales of one article, at the till."""
        self.page.goto(f"{self.url}/caisse")
        self.till.ready()
        for _ in range(times):
            self.till.sell()
        self.till.settled()

    @property
    def state(self) -> Locator:
        """The panel with the state."""
        return self.page.locator(".m-state")

    def says(self, word: str, lamp: str) -> None:
        """The state comes to be that word with that lamp, by itself."""
        heading = self.state.get_by_role("heading")
        expect(heading).to_have_text(word)
        expect(self.state).to_have_attribute("data-state", lamp)

    def oldest(self) -> int:
        """The first and largest figure, in seconds."""
        text = plain(self.page.locator(".m-figure").first.text_content())
        units = {"s": 1, "min": 60, "h": 3600, "j": 86_400}
        return sum(int(n) * units[u] for n, u in re.findall(r"(\d+) (s|min|h|j)\b", text))

    def does(self, button: str) -> None:
        """That button is pressed."""
        self.page.get_by_role("button", name=button, exact=True).click()

    def done(self, text: str) -> None:
        """The page says that it was done."""
        expect(self.page.locator("#fait")).to_contain_text(text)


@contextmanager
def managing(page: Page, shop: TillShop) -> Iterator[Manager]:
    """A till that the manager has opened."""
    page.set_viewport_size({"width": 1024, "height": 600})
    till = Till(page, shop)
    till.unlock(MANAGER)
    yield Manager(till)
