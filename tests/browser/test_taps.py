"""The tap budgets of the till: C1 to C13 of the screens' design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.tills import Shop, Till

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


def _three_on_the_grid(till: Till) -> None:
    till.add(*till.articles[:3])


def _three_scanned(till: Till) -> None:
    for article in till.articles[:3]:
        till.scan(article.get("barcode") or article["code"])


def _paid_exactly(till: Till) -> None:
    till.cash_in()
    till.pay_exactly()


def _paid_with_a_bigger_note(till: Till) -> None:
    till.cash_in()
    till.tap(till.page.locator(".sum").first)


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
    till.wait_until("Facture normalisée")


def test_opening_the_till_takes_five_taps(page: Page, shop: Shop) -> None:
    till = Till(page, shop)
    counted: list[int] = []
    page.on("framenavigated", lambda _frame: None)
    page.goto(f"{shop.url}/caisse")
    till.tap(page.locator(".name", has_text=shop.cashier["name"]))
    for digit in shop.pin[:-1]:
        till.tap(page.locator(f"[data-pin='{digit}']"))
    counted.append(till.taps())
    till.tap(page.locator(f"[data-pin='{shop.pin[-1]}']"))
    till.ready()
    assert counted == [4]


def test_twelve_of_the_same_take_three_taps(till: Till) -> None:
    till.key("1", "2")
    till.add(till.articles[0])
    assert till.text(".line-detail").startswith("12 ×")
    assert till.taps() == 3


def test_a_quantity_changes_and_a_line_goes_in_two_taps(till: Till) -> None:
    till.add(*till.articles[:2])
    till.start_counting()
    till.tap(till.page.locator(".line-main").first)
    till.key("4")
    assert till.text(".line-detail").startswith("4 ×")
    assert till.taps() == 2
    till.tap(till.page.locator(".line-main").last)
    till.tap(till.page.locator(".line").last.get_by_text("Retirer"))
    expect(till.page.locator(".line")).to_have_count(1)
    assert till.taps() == 4
