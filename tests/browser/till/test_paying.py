"""Paying: dollars, parts, and the kinds of invoice, within their taps (C5, C7, C19)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.till_page import NORMALISED, Till, TillShop, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Request, Route

FLOUR = {"code": "FAR25", "unit_price": "45000.00"}  # bears VAT
BREAD = {"code": "PAI01", "unit_price": "500.00"}  # bears none
RATE = "2850"


def is_sale(request: Request) -> bool:
    """Whether it brings a sale to the server."""
    return request.method == "PUT" and "/prints/" not in request.url and "/invoices/" in request.url


def sold(till: Till, pay: Callable[[], None]) -> dict[str, Any]:
    """The sale that leaves when it is paid; the server has sealed it."""
    with till.page.expect_request(is_sale) as sent:
        pay()
    till.wait_until(NORMALISED)
    document: dict[str, Any] = json.loads(sent.value.post_data or "")
    return document


def with_rates(page: Page, rates: list[dict[str, str]]) -> None:
    """The server knows these rates and no others."""

    def answer(route: Route) -> None:
        real = route.fetch()
        route.fulfill(response=real, json=real.json() | {"rates": rates})

    page.route("**/caisse/contexte.json", answer)


def aged(days: int) -> dict[str, str]:
    """The rate of the dollar that many days ago."""
    day = (date.today() - timedelta(days=days)).isoformat()  # noqa: DTZ011 - about today's rates
    return {"currency": "USD", "day": day, "rate": "2850.00", "source": "bcc"}


def test_dollars_pay_and_the_change_comes_in_francs_within_three_more_taps(till: Till) -> None:
    till.add(FLOUR)
    till.start_counting()
    till.cash_in()
    till.tap(till.page.locator("#choisir-usd"))
    assert till.text("#taux strong") == "$1 = 2 850 FC"
    assert till.text("#taux em") == "taux du jour"
    chip = till.page.locator("#billets-usd .sum", has_text="$20")
    assert plain(chip.locator("small").text_content()) == "rendre 12 000 FC"
    sale = sold(till, lambda: till.tap(chip))
    assert till.taps() == 3
    assert till.text("#rendu-somme") == "12 000 FC"
    [paid] = sale["payments"]
    day = paid.pop("rate_date")
    assert abs((date.fromisoformat(day) - date.today()).days) <= 1  # noqa: DTZ011 - the outlet's day
    assert paid.pop("rate").rstrip("0").rstrip(".") == RATE
    assert paid == {
        "method": "ESPECES",
        "amount": "45000.00",
        "currency": "USD",
        "tendered": "20.00",
    }


def test_too_few_dollars_leave_the_rest_in_francs(till: Till) -> None:
    till.add(FLOUR)
    till.cash_in(wait=True)
    till.key("7")
    till.tap(till.page.locator("#choisir-usd"))
    expect(till.page.locator("#saisie")).to_be_empty()  # it was typed in francs
    till.key("1", "0")
    assert till.text("#especes-usd") == "Espèces — $10, il restera 16 500 FC"
    till.key("ok")
    assert till.text("#reste") == "16 500 FC"
    assert till.text("#deja-paye") == "Déjà reçu : 28 500 FC ($10)"
    sale = sold(till, lambda: till.tap(till.page.locator("#billets .sum", has_text="20 000")))
    assert [paid["amount"] for paid in sale["payments"]] == ["28500.00", "16500.00"]
    assert till.text("#rendu-somme") == "3 500 FC"


@pytest.mark.parametrize(
    ("days", "lamp", "words", "sums"),
    [
        pytest.param(1, "amber", "taux d’hier", 4, id="yesterday's rate"),
        pytest.param(3, "amber", "taux du", 4, id="a rate of some days"),
        pytest.param(30, "red", "les dollars sont refusés", 0, id="a rate that is too old"),
    ],
)
def test_the_age_of_the_rate_is_said_and_an_old_one_takes_no_dollars(
    page: Page, shop: TillShop, days: int, lamp: str, words: str, sums: int
) -> None:
    with_rates(page, [aged(days)])
    till = Till(page, shop)
    till.unlock()
    till.add(FLOUR)
    till.cash_in()
    till.tap(page.locator("#choisir-usd"))
    expect(page.locator("#taux")).to_have_attribute("data-state", lamp)
    expect(page.locator("#taux em")).to_contain_text(words)
    expect(page.locator("#billets-usd .sum")).to_have_count(sums)
    if not sums:
        till.key("2", "0", "ok")
        expect(page.locator("#especes-usd")).to_be_hidden()
        assert till.text("#reste") == "45 000 FC"


def test_without_a_rate_there_are_no_dollars(page: Page, shop: TillShop) -> None:
    with_rates(page, [])
    till = Till(page, shop)
    till.unlock()
    till.add(FLOUR)
    till.cash_in()
    expect(page.locator("#especes")).to_be_visible()
    expect(page.locator("#choisir-usd")).to_be_hidden()


def test_cash_and_mobile_money_share_a_total_within_five_more_taps(till: Till) -> None:
    till.add(FLOUR)
    till.start_counting()
    till.cash_in(wait=True)
    till.key("5", "000", "ok")
    assert till.text("#reste") == "40 000 FC"
    till.tap(till.page.locator("[data-provider='AFRIMONEY']"))
    expect(till.page.locator("#attente-conseil")).to_contain_text("votre téléphone marchand")
    sale = sold(till, lambda: till.tap(till.page.locator("#recu")))
    assert till.taps() <= 5 + 2  # and the digits
    assert [(paid["method"], paid["amount"]) for paid in sale["payments"]] == [
        ("ESPECES", "5000.00"),
        ("MOBILEMONEY", "40000.00"),
    ]


def test_a_sum_that_no_cash_has_is_not_taken(till: Till) -> None:
    till.add(FLOUR)
    till.cash_in(wait=True)
    till.key("0")
    expect(till.page.locator("#especes")).to_be_disabled()
    till.key("clear", "5", ",", "1", "2", "3", "4", "ok")
    expect(till.page.locator("#especes")).to_be_disabled()
    assert till.text("#reste") == "45 000 FC"
    till.key("clear")
    expect(till.page.locator("#especes")).to_be_enabled()


@pytest.mark.parametrize("kind", ["FT", "EV", "ET"])
def test_another_kind_of_invoice_takes_two_more_taps(till: Till, kind: str) -> None:
    till.add(BREAD)
    till.start_counting()
    till.tap(till.page.locator("#type-facture"))
    till.tap(till.page.locator(f"#types-facture [data-type='{kind}']"))
    assert till.taps() == 2
    till.cash_in()
    assert sold(till, till.pay_exactly)["invoice_type"] == kind
    expect(till.page.locator("#type-facture")).to_contain_text("Vente")


def test_an_export_says_which_article_does_not_fit_before_any_payment(till: Till) -> None:
    till.add(BREAD, FLOUR)
    till.tap(till.page.locator("#type-facture"))
    till.tap(till.page.locator("[data-type='EV']"))
    till.cash_in()
    expect(till.page.locator("#inadapte")).to_contain_text("« Farine 25 kg » porte la TVA")
    expect(till.page.locator("#especes")).to_be_hidden()
    till.key("5", "000", "ok")
    assert till.text("#reste") == "45 500 FC"
