"""What else may go wrong at a till: lost and doubled answers, a full memory, other tabs and builds.

After each fault every sale of the tablet is counted in the ledger; see `Street.accounted`.
"""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlmodel import delete

from app.server import WEB
from app.store.shop.articles import put_articles, remove_articles
from app.store.tables.shop import Article
from app.store.tables.tills import TillSession
from tests.browser.network_between import (
    flapping,
    for_sales,
    no_road,
    no_way_back,
    open_road,
    twice,
)
from tests.browser.till_page import NORMALISED, Till
from tests.browser.whole_scene import OUTLET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from tests.browser.whole_scene import Street

LAMP = "#lampe-tablette .lamp-word"
MEGA = 2**20


# --- The road


def test_every_sale_arrives_twice_and_is_sealed_once(street: Street) -> None:
    till = street.till()
    street.road.traffic = for_sales(twice)
    for _ in range(3):
        till.sell()
    street.accounted(till, 3)
    assert len(street.road.sale_trips()) >= 6


def test_every_answer_is_lost_and_the_same_bytes_are_sealed_once(street: Street) -> None:
    till = street.till()
    street.road.traffic = for_sales(no_way_back)
    for _ in range(3):
        till.sell()
    street.until(till, lambda: len(_arrived(street)) == 3, "the sales do not arrive")
    assert till.stored("sealed") == []
    street.road.traffic = open_road
    street.accounted(till, 3)
    assert len({(asked.path, asked.body) for asked in street.road.sales()}) == 3
    last = street.road.sale_trips()[-1].answer
    assert (last.status, last.headers["idempotent-replay"]) == (200, "true")


def _arrived(street: Street) -> set[str]:
    return {trip.asked.path for trip in street.road.sale_trips()}


def test_a_link_that_flaps_loses_and_doubles_nothing(street: Street) -> None:
    till = street.till()
    street.road.traffic = for_sales(flapping(random.Random(7), longest=3))  # noqa: S311
    for _ in range(8):
        till.sell()
    street.accounted(till, 8)
    assert len({(asked.path, asked.body) for asked in street.road.sales()}) == 8


# --- Who sells


def test_sales_leave_with_the_name_of_who_made_them_whoever_opens_the_till_next(
    street: Street,
) -> None:
    till = street.till()
    street.road.traffic = for_sales(no_road)
    for _ in range(2):
        till.sell()
    first = {row["sale_id"] for row in till.stored("outbox")}
    street.demo.change(lambda session: session.exec(delete(TillSession)))
    till.lock()
    other = next(user for user in till.shop.others() if user["role"] == "cashier")
    till.enter(other["name"])
    till.sell()
    assert len(till.stored("outbox")) == 3
    street.road.traffic = open_road
    sales = street.accounted(till, 3)
    mine, others = till.shop.cashier["name"], other["name"]
    # Not by the order of the ids: they bear the tablet's hour, which the server may put right.
    names = [(sale["sale_id"] in first, sale["operator"]) for sale in sales]
    assert sorted(names) == [(False, others), (True, mine), (True, mine)]


# --- The memory of the tablet


def _quota(context: BrowserContext, url: str, size: int) -> None:
    """The browser gives that address so many bytes."""
    session = context.new_cdp_session(context.pages[0])
    session.send("Storage.overrideQuotaForOrigin", {"origin": url, "quotaSize": size})


BALLAST = """async () => {
  const opened = await new Promise((resolve) => {
    const opening = indexedDB.open("ballast", 1);
    const make = (name) => opening.result.createObjectStore(name, { autoIncrement: true });
    opening.onupgradeneeded = () => make("heavy");
    opening.onsuccess = () => resolve(opening.result);
  });
  const fits = (size) => new Promise((resolve) => {
    const tx = opened.transaction("heavy", "readwrite", { durability: "strict" });
    tx.objectStore("heavy").add(crypto.getRandomValues(new Uint8Array(size)));
    tx.oncomplete = () => resolve(true);
    tx.onabort = () => resolve(false);
  });
  for (let size = 65536; size >= 64; size /= 2) while (await fits(size));
  opened.close();
}"""
"""Other things fill the memory that this address has."""


def test_a_sale_for_which_there_is_no_room_is_not_made_and_its_ticket_stays(
    street: Street,
) -> None:
    grant = street.tablet.prepare

    def small(context: BrowserContext) -> None:
        grant(context)
        _quota(context, street.road.url, 16 * MEGA)

    street.tablet.prepare = small
    till = street.till()
    till.add(*till.articles[:2])
    till.cash_in()
    till.page.locator("#especes").wait_for()
    till.settled()
    till.page.evaluate(BALLAST)
    till.pay_exactly()
    expect(till.page.locator("#avis")).to_have_text(
        "La vente n’est pas enregistrée : la mémoire de la tablette est pleine. "
        "Le ticket est gardé. Appelez le gérant avant de rendre la monnaie.",
    )
    till.shows(LAMP, "Mémoire pleine")
    assert till.stored("outbox") == []
    street.tablet.kill()
    till = street.back()
    expect(till.page.locator(".line")).to_have_count(2)
    till.page.evaluate(
        "() => new Promise((done) => { indexedDB.deleteDatabase('ballast').onsuccess = done; })"
    )
    till.pay_exactly()
    street.accounted(till, 1)


def _promises_nothing(_context: BrowserContext) -> None:
    """The browser may forget what is stored, as one whose till is not installed."""


def test_a_browser_that_promises_nothing_says_so_and_does_not_sell_offline(
    street: Street,
) -> None:
    street.demo.lets_sell_offline(allowed=True)
    street.tablet.prepare = _promises_nothing
    till = street.till()
    street.demo.lets_sell_offline(allowed=False)
    till.shows(LAMP, "À installer")
    till.sell()
    till.wait_until(NORMALISED)
    till.add(till.articles[0])
    street.road.traffic = no_road
    till.cash_in()
    expect(till.page.locator("#avis")).to_contain_text(
        "ce navigateur ne promet pas de garder les ventes : on n’encaisse pas hors ligne. "
        "Le ticket est gardé."
    )
    street.road.traffic = open_road
    street.accounted(till, 1)


WANTS_ANOTHER = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("till", 2);
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onsuccess = () => reject(new Error("it was not to become version 2"));
  opening.onerror = () => resolve();
})"""
"""A newer page wants the database, and gives it up again: every other page has let go of it."""


def test_a_connection_to_the_memory_that_is_lost_is_made_again(street: Street) -> None:
    till = street.till()
    second = till.page.context.new_page()
    second.goto(f"{street.road.url}/verifier")
    till.add(till.articles[0])
    for _ in range(2):
        second.evaluate(WANTS_ANOTHER)
        till.add(till.articles[1])
        till.settled()
    second.evaluate(WANTS_ANOTHER)
    till.cash_in()
    second.evaluate(WANTS_ANOTHER)
    till.pay_exactly()
    expect(till.page.locator(".line")).to_have_count(0)
    street.accounted(till, 1)


# --- What stands in the catalogue

EVIL = '<img src="x" onerror="globalThis.evil=1">'


@pytest.fixture
def evil_article(street: Street) -> Iterator[str]:
    """The code of an article whose name is HTML."""
    article = Article(
        outlet_id=OUTLET,
        code="MAL01",
        type="BIE",
        name=f"{EVIL}<b>Thé</b>",
        unit="boîte",
        category=EVIL,
        unit_price=100_000,
        tax_group="A",
        favourite=True,
    )
    street.demo.change(lambda session: put_articles(session, article))
    yield article.code
    street.demo.change(lambda session: remove_articles(session, OUTLET, [article.code]))


def test_a_name_with_html_is_text_wherever_it_stands(street: Street, evil_article: str) -> None:
    till = street.till()
    [article] = [item for item in till.stored("products") if item["code"] == evil_article]
    till.add(article)
    expect(till.page.locator(".line")).to_contain_text(f"{EVIL}<b>Thé</b>")
    till.cash_in()
    till.pay_exactly()
    till.wait_until(NORMALISED)
    till.open_sheet()
    expect(till.page.locator("#file")).to_contain_text(f"{EVIL}<b>Thé</b>")
    receipt = till.page.locator("#bandeau-recu").get_attribute("href")
    [sale] = street.accounted(till, 1)
    assert sale["items"][0]["name"] == f"{EVIL}<b>Thé</b>"
    assert till.page.evaluate("globalThis.evil") is None
    till.page.goto(f"{street.road.url}{receipt}")
    expect(till.page.locator("body")).to_contain_text(f"{EVIL}<b>Thé</b>")
    assert till.page.evaluate("globalThis.evil") is None


# --- Other tabs, other builds


def test_two_tabs_sell_one_after_the_other_and_never_together(street: Street) -> None:
    till = street.till()
    till.sell()
    second = till.page.context.new_page()
    second.goto(f"{street.road.url}/caisse")
    expect(second.get_by_role("heading")).to_have_text("La caisse est ouverte dans un autre onglet")
    till.sell()
    second.get_by_role("button", name="Reprendre ici").click()
    here = Till(second, till.shop, lasting=False)
    here.ready()
    here.sell()
    expect(till.page.locator("#voile")).to_be_visible()
    assert till.page.locator("#caisse").evaluate("(node) => node.inert")
    till.page.locator("#voile-bouton").click()  # « Reprendre ici », once
    till.ready()
    till.sell()
    expect(second.locator("#voile")).to_be_visible()
    street.accounted(till, 4)


@pytest.fixture
def newer_build(tmp_path: Path) -> dict[str, str]:
    """The environment of a server whose till is another build than ours."""
    root = WEB.parent
    for part in ("app", "web"):
        copied = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(root / part, tmp_path / "newer" / part, ignore=copied)
    with (tmp_path / "newer/web/static/js/till/till.js").open("a") as script:
        script.write("\ndocument.documentElement.dataset.newer = '';\n")
    return {"PYTHONPATH": str(tmp_path / "newer"), "PYTHONSAFEPATH": "1"}


def test_a_new_build_sends_what_the_old_one_sold(
    street: Street, newer_build: dict[str, str]
) -> None:
    till = street.till()
    street.road.traffic = for_sales(no_road)
    for _ in range(3):
        till.sell()
    kept = till.stored("outbox")
    street.demo.again(**newer_build)
    till.page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")
    till.open_sheet()
    till.tap(till.page.locator("#mettre-a-jour"))
    till.page.locator("html[data-newer]").wait_for()
    till.ready()
    assert [row["sale_id"] for row in till.stored("outbox")] == [row["sale_id"] for row in kept]
    street.road.traffic = open_road
    street.accounted(till, 3)
    street.demo.again()
