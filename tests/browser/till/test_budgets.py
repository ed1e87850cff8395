"""What a till with five thousand articles may cost a tablet with 2 GB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from app.store.engine import open_engine, writing
from app.store.shop.articles import put_articles
from app.store.tables.shop import Article
from tests.browser.till_page import Till, read_shop

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.processes import Commands

ARTICLES = 5_000
MOST_HEAP = 60 * 1024 * 1024
MOST_NODES = 1_500
WORDS = ("riz", "farine", "savon", "huile", "lait", "sucre", "piles", "bougie", "eau", "café")


def _article(number: int) -> Article:
    first, second = WORDS[number % 10], WORDS[number // 10 % 10]
    return Article(
        outlet_id="KIN01",
        code=f"X{number:05}",
        type="BIE",
        name=f"{first.title()} {second} n° {number}",
        unit="pièce",
        category=f"Rayon {number % 12}",
        unit_price=100_000 + number,
        tax_group="B",
        barcode=f"69{number:011}",
    )


def test_five_thousand_articles_fit_in_the_memory_of_a_small_tablet(
    page: Page, run_bono: Commands
) -> None:
    running = run_bono("demo", ready="caisse/enroler/")
    var = run_bono.folder / "var"
    engine = open_engine(f"sqlite:///{var / 'bono.sqlite'}")
    with writing(engine) as session:
        put_articles(session, *map(_article, range(ARTICLES)))
    engine.dispose()
    till = Till(page, read_shop(running.url, var))
    till.unlock()
    till.scan(f"69{ARTICLES - 1:011}")  # the last one came too
    expect(page.locator(".line")).to_have_count(1)
    most = 0
    for word in (*WORDS, "n", "sucre lait", "X04999"):
        page.locator("#recherche").fill(word)
        expect(page.locator("#articles .tile").first).to_be_visible()
        most = max(most, page.evaluate("document.querySelectorAll('*').length"))
    assert most <= MOST_NODES
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
    assert heap <= MOST_HEAP
