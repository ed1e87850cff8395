"""A sale that the DGI refuses is made again, once; every till of the outlet knows where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.refusing_dgi import AGAIN, REFUSED, SENTENCE, refused
from tests.browser.till_page import NORMALISED, Till, TillShop, watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_refused_sale_is_made_again_only_once_unless_that_ticket_is_given_up(till: Till) -> None:
    refused(till)
    till.tap(till.page.locator(AGAIN))
    expect(till.page.locator("#ticket-refus")).to_be_visible()
    till.tap(till.page.locator("#mettre-en-attente"))
    expect(till.page.locator("#ticket-refus")).to_be_hidden()
    expect(till.page.locator(AGAIN)).to_be_hidden()
    till.open_sheet()
    expect(till.page.get_by_role("button", name="Reprendre cette vente")).to_have_count(0)
    till.page.keyboard.press("Escape")
    till.tap(till.page.locator("#en-attente"))
    till.tap(till.page.locator("#attentes-liste button"))
    expect(till.page.locator("#ticket-refus")).to_contain_text(SENTENCE)
    till.tap(till.page.locator("#abandonner"))
    till.tap(till.page.locator("[data-reason='mistake']"))
    till.wait_until(REFUSED)
    expect(till.page.locator(AGAIN)).to_be_visible()


def test_a_replacement_without_lines_replaces_nothing(till: Till) -> None:
    refused(till)
    till.tap(till.page.locator(AGAIN))
    for _ in range(2):
        till.tap(till.page.locator(".line-main").first)
        till.tap(till.page.locator(".line [data-remove]").first)
    till.wait_until(REFUSED)
    till.add(till.articles[0])
    till.settled()
    [cart] = till.stored("carts")
    assert "replaces" not in cart["ticket"]


def test_other_lines_are_another_price_and_the_money_is_counted_again(till: Till) -> None:
    refused(till)
    till.tap(till.page.locator(AGAIN))
    till.add(till.articles[2])
    till.cash_in()
    expect(till.page.locator("#deja-paye")).to_contain_text("Déjà reçu pour la vente refusée")
    expect(till.page.locator("#garder")).to_be_hidden()
    till.pay_exactly()
    till.wait_until(NORMALISED)


def test_the_other_tills_of_the_outlet_see_it_and_on_which_one_it_is(
    till: Till, browser: Browser, shop: TillShop
) -> None:
    refused(till)
    number = json.loads(till.stored("sealed")[-1]["answer"])["security"]["fiscal_number"]
    [mine] = [meta["terminal_id"] for meta in till.stored("meta") if meta["name"] == "device"]
    with watched(browser, "block") as page:
        other = Till(page, shop)
        other.unlock()
        other.open_sheet()
        row = page.locator("#autres li", has_text=number)
        expect(row.locator(".row-main")).to_have_text("Refusée par la DGI")
        expect(row.locator(".sale-why")).to_contain_text(SENTENCE)
        expect(row.locator(".sale-why")).to_contain_text(f"À reprendre sur la caisse {mine}.")
        expect(row.get_by_role("button")).to_be_hidden()
    till.tap(till.page.locator(AGAIN))
    till.cash_in()
    till.pay_exactly()
    till.wait_until(NORMALISED)
