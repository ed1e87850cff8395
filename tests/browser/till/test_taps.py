"""The tap budgets of the till, in French and Lingala; those of paying and papers stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.till_page import Till, TillShop, francs

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


@pytest.fixture(params=["fr", "ln"])
def till(request: pytest.FixtureRequest, page: Page, shop: TillShop) -> Till:
    """A till on a small tablet, open and empty, in that language."""
    page.set_viewport_size({"width": 1024, "height": 600})
    page.add_init_script(f"localStorage.setItem('bono.language', '{request.param}')")
    till = Till(page, shop)
    till.unlock()
    expect(page.locator("html")).to_have_attribute("lang", request.param)
    till.start_counting()
    return till


def _three_on_the_grid(till: Till) -> None:
    till.add(*till.articles[:3])


def _three_scanned(till: Till) -> None:
    for count, article in enumerate(till.articles[:3], 1):
        till.scan(article.get("barcode") or article["code"])
        expect(till.page.locator(".line")).to_have_count(count)


def _paid_exactly(till: Till) -> None:
    till.cash_in()
    till.pay_exactly()


def _paid_with_a_bigger_note(till: Till) -> None:
    till.cash_in()
    till.tap(till.page.locator("#billets .sum").first)


def _paid_with_mobile_money(till: Till) -> None:
    till.cash_in()
    till.tap(till.page.locator("[data-provider='AIRTEL MONEY']"))
    till.tap(till.page.locator("#recu"))


@pytest.mark.parametrize(
    ("choose", "pay", "most"),
    [
        pytest.param(_three_scanned, _paid_exactly, 2, id="C2 three scanned, exact cash"),
        pytest.param(_three_on_the_grid, _paid_exactly, 5, id="C3 three tiles, exact cash"),
        pytest.param(_three_on_the_grid, _paid_with_a_bigger_note, 5, id="C4 a bigger note"),
        pytest.param(_three_on_the_grid, _paid_with_mobile_money, 6, id="C6 mobile money"),
    ],
)
def test_a_sale_is_ready_for_the_next_one_within_its_taps(
    till: Till, choose: Callable[[Till], None], pay: Callable[[Till], None], most: int
) -> None:
    choose(till)
    expect(till.page.locator(".line")).to_have_count(3)
    pay(till)
    expect(till.page.locator(".line")).to_have_count(0)
    expect(till.page.locator("#catalogue")).to_be_visible()
    assert till.taps() <= most
    expect(till.page.locator("#bandeau-code strong")).to_be_visible()


def test_opening_the_till_takes_five_taps(page: Page, shop: TillShop) -> None:  # C1
    till = Till(page, shop)
    till.visit()
    till.enter()
    assert till.taps() == 5


def test_the_next_cashier_takes_five_taps_after_the_lock(till: Till) -> None:  # C1
    till.lock()
    till.start_counting()
    till.enter(till.shop.others()[0]["name"])
    assert till.taps() == 5
    till.shows("#operateur", till.shop.others()[0]["name"])


def test_twelve_of_the_same_take_three_taps(till: Till) -> None:  # C8
    till.key("1", "2")
    till.add(till.articles[0])
    assert till.text(".line-detail").startswith("12 ×")
    assert till.taps() == 3


def test_a_quantity_changes_and_a_line_goes_in_two_taps(till: Till) -> None:  # C13
    till.add(*till.articles[:2])
    till.start_counting()
    till.tap(till.page.locator(".line-main").first)
    till.key("4")
    assert till.text(".line-detail").startswith("4 ×")
    assert till.taps() == 2
    till.tap(till.page.locator(".line-main").last)
    till.tap(till.page.locator(".line").last.locator("[data-remove]"))
    expect(till.page.locator(".line")).to_have_count(1)
    assert till.taps() == 4


def test_a_ticket_waits_after_one_tap_and_comes_back_after_two(till: Till) -> None:  # C12
    total = till.add(*till.articles[:2])
    till.start_counting()
    till.tap(till.page.locator("#mettre-en-attente"))
    till.shows("#total", "0 FC")
    assert till.taps() == 1
    expect(till.page.locator("#en-attente")).to_contain_text("(1)")
    till.tap(till.page.locator("#en-attente"))
    till.tap(till.page.locator("#attentes-liste button"))
    till.shows("#total", francs(total))
    assert till.taps() == 3
    expect(till.page.locator("#en-attente")).to_be_hidden()


def test_a_ticket_is_given_up_with_one_tap_and_a_reason(till: Till) -> None:
    till.add(*till.articles[:2])
    till.start_counting()
    till.tap(till.page.locator("#abandonner"))
    till.tap(till.page.locator("[data-reason='left']"))
    till.shows("#total", "0 FC")
    assert till.taps() == 2
    assert (
        till.stored("journal")[-1] | {"type": "abandoned", "reason": "left"}
        == (till.stored("journal")[-1])
    )


@pytest.mark.parametrize("lamp", ["fiscal", "dgi", "imprimante", "tablette"])
def test_one_tap_on_any_lamp_shows_what_is_not_sent(till: Till, lamp: str) -> None:  # C24
    till.tap(till.page.locator(f"[data-lamp='{lamp}']"))
    expect(till.page.locator("#file-titre")).to_contain_text("0")
    assert till.taps() == 1
