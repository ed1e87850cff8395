"""Who may stand at the till."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.tills import Shop, Till


def test_five_wrong_pins_lock_the_name_and_not_the_others(page: Page, shop: Shop) -> None:
    wrong = "0000" if shop.pin != "0000" else "1111"
    page.goto(f"{shop.url}/caisse")
    page.locator(".name", has_text=shop.cashier["name"]).click()
    for left in ("4 essais", "3 essais", "2 essais", "1 essai"):
        page.get_by_label("Code à 4 chiffres").fill(wrong)
        expect(page.get_by_role("alert")).to_contain_text(f"Encore {left}.")
    page.get_by_label("Code à 4 chiffres").fill(wrong)
    expect(page.get_by_role("alert")).to_contain_text("Trop d’essais. Attendez 60 secondes")
    page.get_by_label("Code à 4 chiffres").fill(shop.pin)
    expect(page.get_by_role("alert")).to_contain_text("Trop d’essais")
    other = next(u for u in shop.facts["users"] if u["name"] != shop.cashier["name"])
    page.locator(".name", has_text=other["name"]).click()
    page.get_by_label("Code à 4 chiffres").fill(other["pin"])
    page.locator("body[data-ready]").wait_for()


def test_the_till_opens_from_the_keyboard_alone(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.url}/caisse")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    name = page.locator(".name:has(:checked)").inner_text().splitlines()[-1].strip()
    user = next(user for user in shop.facts["users"] if user["name"] == name)
    page.keyboard.type(user["pin"])
    page.locator("body[data-ready]").wait_for()


def test_the_till_opens_without_any_script(browser: Browser, shop: Shop) -> None:
    with browser.new_context(java_script_enabled=False, locale="fr-CD") as context:
        page = context.new_page()
        page.goto(f"{shop.url}/caisse")
        page.locator(".name", has_text=shop.cashier["name"]).click()
        page.get_by_label("Code à 4 chiffres").fill(shop.pin)
        page.get_by_role("button", name="Ouvrir la caisse").click()
        expect(page.get_by_role("button", name="Verrouiller la caisse")).to_be_visible()


def test_locking_keeps_the_ticket_for_whoever_opens_next(till: Till) -> None:
    till.add(*till.articles[:2])
    total = till.text("#total")
    till.page.get_by_role("button", name="Verrouiller la caisse").click()
    expect(till.page.get_by_role("heading", name="Qui est à la caisse")).to_be_visible()
    till.unlock()
    assert till.text("#total") == total
