"""What the till does while nothing answers: it opens, it says where it stands, it loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.till_page import NORMALISED, Till, TillShop, francs

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

HOUR = 3_600_000
SALES = "**/api/v1/invoices/**"
AGED = """([saleId, at]) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("till");
  opening.onsuccess = () => {
    const tx = opening.result.transaction("outbox", "readwrite");
    const rows = tx.objectStore("outbox");
    rows.get(saleId).onsuccess = ({ target }) => rows.put({ ...target.result, created_at: at });
    tx.oncomplete = () => { opening.result.close(); resolve(); };
    tx.onerror = () => reject(tx.error);
  };
})"""
"""The sale has waited since that time: hours do not pass in a test."""


def _provisional(page: Page) -> None:
    """The merchant has the approval to sell with tickets provisoires."""

    def answer(route: Route) -> None:
        real = route.fetch()
        known: dict[str, Any] = real.json()
        route.fulfill(
            response=real, json=known | {"offline": {"policy": "provisoire", "hours": 48}}
        )

    page.route("**/caisse/contexte.json", answer)
    page.add_init_script(
        "window.print = () => { globalThis.papers = (globalThis.papers ?? 0) + 1; };"
    )


def _provisional_till(page: Page, shop: TillShop, *, lasting: bool = True) -> Till:
    page.set_viewport_size({"width": 1024, "height": 600})
    _provisional(page)
    till = Till(page, shop, lasting=lasting)
    till.unlock()
    page.wait_for_load_state("networkidle")  # what sells without a link comes right after
    return till


def _cut(till: Till) -> None:
    """Nothing answers any more, and the till has seen it."""
    till.page.context.set_offline(True)
    till.shows("#lampe-tablette .lamp-word", "Sans serveur")


def test_the_till_opens_cold_without_any_network_as_it_was_left(
    installed: Page, shop: TillShop
) -> None:
    till = Till(installed, shop)
    till.unlock()
    installed.evaluate("navigator.serviceWorker.ready.then(() => true)")
    total = till.add(*till.articles[:2])
    till.settled()
    installed.context.set_offline(True)
    till.again()
    till.shows("#total", francs(total))
    till.lock()
    till.enter()
    till.shows("#total", francs(total))


def test_a_till_that_was_here_before_asks_nothing_before_it_is_ready(
    installed: Page, shop: TillShop
) -> None:
    till = Till(installed, shop)
    till.unlock()
    installed.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def never(_route: Route) -> None:
        """The server says nothing, and the request stays open."""

    installed.context.route("**/caisse/*.json*", never)
    till.again()
    till.add(till.articles[0])
    expect(installed.locator(".line")).to_have_count(1)


def test_blocked_refuses_money_at_once_and_keeps_the_ticket(till: Till) -> None:
    total = till.add(*till.articles[:2])
    _cut(till)
    till.cash_in()
    expect(till.page.locator("#avis")).to_contain_text("on n’encaisse pas sans facture")
    expect(till.page.locator("#paiement")).to_be_hidden()
    till.shows("#total", francs(total))
    till.page.context.set_offline(False)
    expect(till.page.locator("#avis")).to_be_hidden()
    till.cash_in()
    till.pay_exactly()
    till.wait_until(NORMALISED)


def test_blocked_refuses_the_payment_itself_when_the_network_goes_meanwhile(till: Till) -> None:
    total = till.add(till.articles[0])
    till.cash_in()
    expect(till.page.locator("#paiement")).to_be_visible()
    _cut(till)
    till.pay_exactly()
    expect(till.page.locator("#avis")).to_contain_text("Le ticket est gardé, rien n’est perdu")
    assert till.stored("outbox") == []
    till.shows("#reste", francs(total))
    till.page.context.set_offline(False)
    expect(till.page.locator("#avis")).to_be_hidden()


def test_provisional_sells_with_a_countdown_and_the_invoice_follows(
    page: Page, shop: TillShop
) -> None:
    till = _provisional_till(page, shop)
    _cut(till)
    till.shows(
        "#echelle",
        "Hors ligne : encore 48 h pour vendre. "
        "Chaque client reçoit un ticket provisoire, sa facture suivra.",
    )
    till.sell()
    till.shows("#bandeau-etat", "Ticket provisoire remis. La vente est gardée, sa facture suivra.")
    assert [row["provisional"] for row in till.stored("outbox")] == [True]
    assert page.evaluate("globalThis.papers") == 1
    page.context.set_offline(False)
    till.wait_until(NORMALISED)
    expect(page.locator("#echelle")).to_be_hidden()


@pytest.mark.parametrize(
    ("hours", "says"),
    [(2, "encore 45 h pour vendre"), (48, "Une vente attend sa facture depuis 48 h")],
    ids=["two hours", "forty-eight hours"],
)
def test_the_oldest_waiting_sale_is_what_counts_down(
    page: Page, shop: TillShop, hours: int, says: str
) -> None:
    till = _provisional_till(page, shop)
    page.route(SALES, lambda route: route.abort("connectionreset"))
    till.sell()
    [row] = till.stored("outbox")
    page.evaluate(AGED, [row["sale_id"], row["created_at"] - hours * HOUR - HOUR // 2])
    _cut(till)
    page.evaluate("new BroadcastChannel('bono-till').postMessage({type: 'sales-changed'})")
    expect(page.locator("#echelle")).to_contain_text(says)
    till.add(till.articles[0])
    till.cash_in()
    if hours == 48:
        expect(page.locator("#paiement")).to_be_hidden()
    else:
        till.pay_exactly()
        expect(page.locator(".line")).to_have_count(0)


def test_a_browser_that_promises_nothing_does_not_sell_offline(page: Page, shop: TillShop) -> None:
    till = _provisional_till(page, shop, lasting=False)
    till.shows("#lampe-tablette .lamp-word", "À installer")
    till.add(till.articles[0])
    _cut(till)
    till.cash_in()
    expect(page.locator("#avis")).to_contain_text("ne promet pas de garder les ventes")
    assert till.stored("outbox") == []


def test_a_private_window_is_refused_with_an_explanation(page: Page, shop: TillShop) -> None:
    page.add_init_script(
        "navigator.storage.persist = navigator.storage.persisted = async () => false;"
        "navigator.storage.estimate = async () => ({usage: 0, quota: 50 * 2 ** 20});"
    )
    page.goto(f"{shop.url}/caisse")
    expect(page.get_by_role("heading")).to_have_text("Cette fenêtre oublierait les ventes")
    expect(page.locator("#caisse")).to_be_hidden()


def test_a_full_memory_sells_nothing_and_keeps_the_ticket(till: Till) -> None:
    total = till.add(till.articles[0])
    till.cash_in()
    till.settled()
    till.page.evaluate(
        """() => {
          const write = IDBObjectStore.prototype.add;
          IDBObjectStore.prototype.add = function (value, ...more) {
            if (this.name !== "outbox") return write.call(this, value, ...more);
            throw new DOMException("full", "QuotaExceededError");
          };
        }"""
    )
    till.pay_exactly()
    expect(till.page.locator("#avis")).to_contain_text("La vente n’est pas enregistrée")
    till.shows("#lampe-tablette .lamp-word", "Mémoire pleine")
    till.shows("#reste", francs(total))
    assert till.stored("outbox") == []


def test_a_second_tab_waits_and_takes_over_when_it_is_told(till: Till) -> None:
    total = till.add(*till.articles[:2])
    second = till.page.context.new_page()
    second.goto(f"{till.shop.url}/caisse")
    expect(second.get_by_role("heading")).to_have_text("La caisse est ouverte dans un autre onglet")
    second.get_by_role("button", name="Reprendre ici").click()
    here = Till(second, till.shop)
    here.ready()
    here.shows("#total", francs(total))
    expect(till.page.locator("#voile")).to_be_visible()
    assert till.page.locator("#caisse").evaluate("(node) => node.inert")
