"""What a tablet keeps of the manager's pages: a copy that says so, for this manager only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, expect

from app.fiscal.ledger import utc_text
from app.store.tills import terminals
from tests.browser.manager_page import MANAGER
from tests.browser.network_between import Held, no_road, open_road
from tests.browser.till_page import Till, read_shop
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from app.store.engine import Session
    from tests.browser.modules_page import Asked
    from tests.browser.whole_scene import Street

KEPT = "async () => (await caches.has('bono-gestion'))"


def _managed(street: Street) -> Till:
    """A tablet with its worker, whose till the manager has opened; the queue was looked at once."""
    till = Till(street.page(), read_shop(street.road.url, street.demo.var), lasting=False)
    till.page.locator("#noms .name").first.wait_for()
    till.enter(MANAGER)
    till.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    _sees(till.page, street, "/gestion/envois")
    expect(till.page.locator("#copie")).to_be_hidden()
    return till


def _sees(page: Page, street: Street, path: str) -> None:
    page.goto(f"{street.road.url}{path}")
    expect(page.locator("main h1").first).to_be_visible()


def _has_no_copy(page: Page, street: Street, path: str = "/gestion/envois") -> None:
    other = page.context.new_page()  # the browser's own error page would end the next navigation
    with pytest.raises(Error, match="ERR_"):
        other.goto(f"{street.road.url}{path}")
    other.close()


def test_without_a_network_the_last_copy_says_that_it_is_one(street: Street) -> None:
    page = _managed(street).page
    street.road.traffic = no_road
    _sees(page, street, "/gestion/envois")
    expect(page.locator("#copie")).to_contain_text("Copie de ")
    expect(page.locator("#copie")).to_be_visible()
    expect(page.get_by_role("heading", name="Envois à la DGI")).to_be_visible()
    expect(page.locator("#essayer")).to_be_disabled()
    _has_no_copy(page, street, "/gestion/regles")  # what was never seen is not made up
    street.road.traffic = open_road
    expect(page.locator("#copie")).to_be_hidden()
    expect(page.locator("#essayer")).to_be_enabled()


def test_a_network_that_only_holds_the_request_is_not_waited_for(street: Street) -> None:
    page = _managed(street).page

    def is_managed(asked: Asked) -> bool:
        return asked.path.startswith("/gestion")

    held = Held(behind=False, looked_for=is_managed)
    street.road.traffic = held
    _sees(page, street, "/gestion/envois")
    assert held.arrived.is_set()
    expect(page.locator("#copie")).to_be_visible()
    held.go.set()


def test_closing_the_till_ends_the_copies_even_without_a_network(street: Street) -> None:
    till = _managed(street)
    assert till.page.evaluate(KEPT)
    street.road.traffic = no_road
    _sees(till.page, street, "/gestion/envois")
    till.page.goto(f"{street.road.url}/caisse")
    till.ready()
    till.lock()
    till.page.wait_for_function("caches.has('bono-gestion').then((kept) => !kept)")
    _has_no_copy(till.page, street)


def test_a_till_closed_without_a_network_closes_the_managers_pages_once_it_is_back(
    street: Street,
) -> None:
    till = _managed(street)
    till.page.goto(f"{street.road.url}/caisse")
    till.ready()
    street.road.traffic = no_road
    till.lock()
    assert {"name": "closing"} in till.stored("meta")
    street.road.traffic = open_road
    till.page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(
        lambda: {"name": "closing"} not in till.stored("meta"),
        seconds=30,
        otherwise=lambda: repr(till.stored("meta")),
    )
    till.page.goto(f"{street.road.url}/gestion")
    expect(till.page.get_by_role("heading", name="Il faut le code d’un gérant")).to_be_visible()


def test_a_session_that_ended_ends_the_copies(street: Street) -> None:
    till = _managed(street)
    [place] = [row for row in till.stored("meta") if row["name"] == "device"]

    def close(session: Session) -> None:
        key = (place["outlet_id"], place["terminal_id"])
        terminals.close_till(session, key, utc_text(datetime.now(UTC)))

    street.demo.change(close)
    page = till.page
    page.goto(f"{street.road.url}/gestion/envois")
    expect(page.get_by_role("heading", name="Il faut le code d’un gérant")).to_be_visible()
    street.road.traffic = no_road
    _has_no_copy(page, street)
