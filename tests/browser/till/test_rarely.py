"""What is rarely needed of a ticket: prices, deposits, exemptions, keys, the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.till.test_paying import sold
from tests.browser.till_page import Till, plain

if TYPE_CHECKING:
    from tests.browser.till_page import TillShop

BREAD = {"code": "PAI01", "unit_price": "500.00"}
FLOUR = {"code": "FAR25", "unit_price": "45000.00"}


def test_a_price_a_discount_and_a_comment_reach_the_invoice_and_a_cheque_pays(till: Till) -> None:
    page = till.page
    till.add(BREAD, BREAD, FLOUR)
    till.tap(page.locator(".line-main").first)
    till.tap(page.locator(".line [data-more]").first)
    page.locator("#plus-prix").fill("450")
    till.tap(page.locator("#plus-motifs button").nth(1))
    page.locator("#plus-note").fill("bien cuit")
    till.tap(page.locator("#plus-ligne button.primary"))
    till.shows("#total", "45 900 FC")
    till.tap(page.locator("#type-facture"))
    till.tap(page.locator("#plus-du-ticket"))
    page.locator("#plus-remise").fill("900")
    page.locator("#plus-mots").fill("Livraison lundi")
    till.shows("#plus-total", "Le ticket coûte alors 45 000 FC.")
    till.tap(page.locator("#plus-ticket button.primary"))
    till.cash_in()
    till.tap(page.locator("#plus-de-moyens"))
    till.tap(page.locator("[data-of='CHEQUES']"))
    page.locator("#reference").fill("0012345")
    sale = sold(till, lambda: till.tap(page.locator("#recu")))
    assert sale["payments"] == [
        {"method": "CHEQUES", "amount": "45000.00", "currency": "CDF", "reference": "0012345"}
    ]
    assert sale["comments"] == {"B": "Livraison lundi", "C": "Pain : bien cuit"}
    assert sale["items"][0]["original_price"] == "500.00"
    assert sale["items"][0]["price_change_reason"] == "Remise"
    assert "note" not in sale["items"][0]


def test_a_deposit_takes_its_sum_and_an_embassy_pays_no_vat_unless_somebody_is_asked(
    till: Till,
) -> None:
    page = till.page
    till.add(FLOUR)
    page.keyboard.press("F9")
    till.tap(page.locator("[data-type='FT']"))
    page.keyboard.press("F10")
    page.locator("#plus-acompte").fill("20 000")
    till.tap(page.locator("#plus-ticket button.primary"))
    till.shows("#ticket-client", "Acompte de 20 000 FC")
    till.tap(page.locator("#choisir-client"))
    till.tap(page.locator("#client-nouveau"))
    till.tap(page.locator(".types .type").last)
    page.locator("#client-nom").fill("Ambassade d’Exemple")
    page.locator("#client-exo").fill("EXO 12/2026")
    till.tap(page.locator("#client-sans-tva"))
    expect(page.locator("#client-avec-tva")).to_be_visible()
    till.shows("#client-ok", "Garder la TVA, passer au paiement")
    till.tap(page.locator("#client-sans-tva"))
    till.tap(page.locator("#client-ok"))
    sale = sold(till, till.pay_exactly)
    [item] = sale["items"]
    assert (item["tax_group"], item["unit_price"]) == ("D", "20000.00")
    assert item["name"].startswith("Acompte : Farine")
    assert sale["expected"]["vat"] == "0.00"


def test_the_keys_sell_the_line_is_said_and_back_closes_what_is_open(
    till: Till, shop: TillShop
) -> None:
    page = till.page
    page.keyboard.press("F1")
    expect(page.locator("#aide")).to_be_visible()
    page.go_back()
    expect(page.locator("#aide")).to_be_hidden()
    page.keyboard.press("F2")
    expect(page.locator("#recherche")).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    name = page.evaluate("document.activeElement.querySelector('.tile-name').textContent")
    expect(page.locator("#dit")).to_contain_text(f"1 × {name}")
    assert page.locator("#articles [tabindex='0']").count() == 1
    page.keyboard.press("F4")
    expect(page.locator("#paiement")).to_be_visible()
    page.go_back()
    expect(page.locator("#catalogue")).to_be_visible()
    assert page.url == f"{shop.url}/caisse"
    page.keyboard.press("F4")
    sale = sold(till, lambda: page.keyboard.press("F4"))
    assert plain(sale["items"][0]["name"]) == plain(name)
