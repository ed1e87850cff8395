"""Who may stand at the till, with the server and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.till_page import Till

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from tests.browser.till_page import TillShop


def _wrong(pin: str) -> str:
    return "0000" if pin != "0000" else "1111"


def _type_pin(page: Page, pin: str) -> None:
    page.locator("#pin").fill(pin)


def test_five_wrong_pins_lock_the_name_and_not_the_others(page: Page, shop: TillShop) -> None:
    till = Till(page, shop)
    till.visit()
    page.locator("#noms .name", has_text=shop.cashier["name"]).click()
    for left in ("4 essais", "3 essais", "2 essais", "1 essai"):
        _type_pin(page, _wrong(shop.pin))
        expect(page.locator("#pin-erreur")).to_contain_text(f"Encore {left}.")
    _type_pin(page, _wrong(shop.pin))
    expect(page.locator("#pin-erreur")).to_contain_text("Trop d’essais. Attendez 60 secondes")
    _type_pin(page, shop.pin)
    expect(page.locator("#pin-erreur")).to_contain_text("Trop d’essais")
    other = shop.others()[0]
    page.locator("#noms .name", has_text=other["name"]).click()
    _type_pin(page, other["pin"])
    till.ready()


def test_the_till_opens_from_the_keyboard_alone(page: Page, shop: TillShop) -> None:
    till = Till(page, shop)
    till.visit()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    name = page.locator("#noms .name:has(:checked) .name-text").inner_text()
    user = next(user for user in shop.facts["users"] if user["name"] == name)
    page.keyboard.type(user["pin"])
    till.ready()


def test_digits_may_come_before_the_name_and_no_key_moves(page: Page, shop: TillShop) -> None:
    till = Till(page, shop)
    till.visit()
    key = page.locator("#ouvrir [data-pin='5']")
    place = key.bounding_box()
    page.keyboard.type(shop.pin)
    expect(page.locator("#pin-erreur")).to_have_text("Touchez d’abord votre nom.")
    assert key.bounding_box() == place
    page.locator("#noms .name", has_text=shop.cashier["name"]).click()
    till.ready()


def test_the_browser_says_the_language_until_a_person_does(
    browser: Browser, shop: TillShop
) -> None:
    with browser.new_context(service_workers="block", locale="sw-CD") as context:
        till = Till(context.new_page(), shop)
        till.visit()
        root = till.page.locator("html")
        expect(root).to_have_attribute("lang", "sw")
        till.page.locator("#langues-porte .type", has_text="Lingála").click()
        expect(till.page.locator("#ouverture h1")).to_have_text("Nani aza na caisse ?")
        till.page.goto(shop.url)
        till.page.locator("#noms .name").first.wait_for()
        expect(root).to_have_attribute("lang", "ln")
        assert till.page.url == f"{shop.url}/caisse"


def test_locking_keeps_the_ticket_for_whoever_opens_next(till: Till) -> None:
    till.add(*till.articles[:2])
    total = till.text("#total")
    till.lock()
    expect(till.page.get_by_role("heading", name="Qui est à la caisse")).to_be_visible()
    till.enter(till.shop.others()[0]["name"])
    till.shows("#total", total)


def test_a_cashier_who_was_here_opens_the_till_without_the_server(till: Till) -> None:
    total = till.add(till.articles[0])
    till.lock()
    till.page.context.set_offline(True)
    till.start_counting()
    till.enter()
    assert till.taps() == 5
    till.shows("#total", f"{total:,.0f} FC".replace(",", " "))


def test_without_the_server_a_wrong_pin_is_counted_and_a_stranger_is_told_why(till: Till) -> None:
    till.lock()
    till.page.context.set_offline(True)
    till.page.locator("#noms .name", has_text=till.shop.cashier["name"]).click()
    _type_pin(till.page, _wrong(till.shop.pin))
    expect(till.page.locator("#pin-erreur")).to_contain_text("Encore 4 essais.")
    stranger = till.shop.others()[0]
    till.page.locator("#noms .name", has_text=stranger["name"]).click()
    _type_pin(till.page, stranger["pin"])
    expect(till.page.locator("#pin-erreur")).to_contain_text(
        f"Sans réseau, {stranger['name']} ne peut pas ouvrir cette caisse"
    )


def test_a_reload_leaves_an_open_till_open(till: Till) -> None:
    till.again()
    till.shows("#operateur", till.shop.cashier["name"])


def test_a_reload_leaves_a_locked_till_locked(till: Till) -> None:
    till.lock()
    till.page.reload()
    till.page.locator("#noms .name").first.wait_for()
    expect(till.page.locator("#caisse")).to_be_hidden()


def test_a_device_that_nobody_enrolled_is_told_how(page: Page, shop: TillShop) -> None:
    def refuse(route: Route) -> None:
        problem = {"rule": "enrol.demo", "title": "Demandez un lien.", "status": 403}
        route.fulfill(status=403, json=problem, content_type="application/problem+json")

    page.route("**/caisse/enroler", refuse)
    page.goto(f"{shop.url}/caisse")
    expect(page.get_by_role("heading")).to_have_text("Cet appareil n’est pas encore une caisse")
    expect(page.locator("#message-etapes li")).to_have_count(3)
