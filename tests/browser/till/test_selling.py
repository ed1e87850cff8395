"""A sale at the till, from the tap to the paper."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.browser.till_page import NORMALISED, Till, TillShop, francs, plain

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

SALES = "**/api/v1/invoices/**"
NOTES = (20_000, 10_000, 5_000, 1_000, 500, 200, 100, 50)


def test_three_articles_in_cash_give_a_legal_invoice_to_read(till: Till) -> None:
    total = till.add(*till.articles[:3])
    till.shows("#total", francs(total))
    till.cash_in()
    till.shows("#especes", f"Espèces — {francs(total)}")
    till.pay_exactly()
    till.wait_until(NORMALISED)
    code = till.text(".seal-code strong")
    assert len(code.split("-")) == 6
    expect(till.page.locator("#bandeau-qr")).to_be_visible()
    width = till.page.locator("#bandeau-qr").evaluate(
        "(qr) => qr.decode().then(() => qr.naturalWidth)"
    )
    assert width > 0
    with till.page.expect_popup() as opened:
        till.page.locator("#bandeau-recu").click()
    paper = plain(opened.value.locator("body").inner_text())
    assert code in paper
    for article in till.articles[:3]:
        assert article["name"] in paper


def test_the_change_is_shown_with_the_notes_to_give_until_the_next_sale(till: Till) -> None:
    article = till.articles[0]
    price = till.add(article)
    till.cash_in()
    chip = till.page.locator("#billets .sum").last
    given = Decimal(
        plain(chip.locator("strong").text_content()).removesuffix(" FC").replace(" ", "")
    )
    till.tap(chip)
    change = given - price
    till.shows("#rendu-somme", francs(change))
    notes = [part.split(" × ") for part in till.text("#rendu-billets").split(" + ")]
    given_back = [(int(count), int(note.replace(" ", ""))) for count, note in notes]
    assert sum(count * note for count, note in given_back) == change
    assert {note for _, note in given_back} <= set(NOTES)
    size = till.page.locator("#rendu-somme").evaluate(
        "(amount) => getComputedStyle(amount).fontSize"
    )
    assert size == "64px"
    till.add(article)
    expect(till.page.locator("#rendu")).to_be_hidden()
    expect(till.page.locator("#bandeau-total")).to_contain_text("rendre")
    till.shows("#total", francs(price))


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(till: Till) -> None:
    sent: list[tuple[str, bytes | None]] = []
    replays: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        request = route.request
        if request.method != "PUT":
            route.continue_()
            return
        sent.append((request.url, request.post_data_buffer))
        answer = route.fetch()  # the server has sealed it: only the answer is lost
        replays.append(answer.headers.get("idempotent-replay"))
        if len(sent) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)

    till.page.route(SALES, lose_the_first)
    till.sell()
    till.wait_until(NORMALISED)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert replays == [None, "true"]


def test_a_sale_on_its_way_survives_a_reload(till: Till) -> None:
    bodies: list[bytes | None] = []

    def lose(route: Route) -> None:
        bodies.append(route.request.post_data_buffer)
        route.abort("connectionreset")

    till.page.route(SALES, lose)
    till.sell()
    expect(till.page.locator("#bandeau-etat")).to_contain_text("Vérification")
    till.page.unroute(SALES)
    with till.page.expect_request(SALES) as again:
        till.again()
    assert again.value.post_data_buffer == bodies[0]
    till.wait_until(NORMALISED)


def test_selling_goes_on_while_a_sale_is_on_its_way(till: Till) -> None:
    till.page.route(SALES, lambda route: route.abort("connectionreset"))
    till.sell()
    expect(till.page.locator("#bandeau-etat")).to_contain_text("rien n’est perdu")
    till.sell(till.articles[1])
    expect(till.page.locator("#lampe-tablette .lamp-number")).to_have_text("2")
    till.page.unroute(SALES)
    till.page.evaluate("dispatchEvent(new Event('online'))")
    till.wait_until(NORMALISED)
    expect(till.page.locator("#lampe-tablette .lamp-word")).to_have_text("Prête")


def test_a_sale_leaves_while_the_till_is_locked_in_the_name_of_who_made_it(till: Till) -> None:
    till.page.route(SALES, lambda route: route.abort("connectionreset"))
    till.sell()
    expect(till.page.locator("#bandeau-etat")).to_contain_text("Vérification")
    till.lock()
    till.page.unroute(SALES)
    with till.page.expect_request(SALES) as sent:
        till.page.evaluate("dispatchEvent(new Event('online'))")
    assert json.loads(sent.value.post_data or "")["operator"] == till.shop.cashier["name"]
    till.enter(till.shop.others()[0]["name"])
    till.wait_until(NORMALISED)


def test_a_reload_in_the_middle_of_a_ticket_keeps_it(till: Till) -> None:
    total = till.add(*till.articles[:2])
    till.cash_in(wait=True)
    till.key("7", "000")
    till.again()
    till.shows("#total", francs(total))
    expect(till.page.locator("#paiement")).to_be_visible()
    till.shows("#saisie", "7000")


def test_html_in_the_name_of_an_article_stays_text(page: Page, shop: TillShop) -> None:
    name = "<img src=x onerror=alert(1)><b>Sel</b>"

    def named(route: Route) -> None:
        answer = route.fetch()
        document: dict[str, Any] = answer.json()
        document["items"][0] |= {"name": name, "favourite": True}
        route.fulfill(response=answer, body=json.dumps(document))

    page.route("**/caisse/articles.json*", named)
    till = Till(page, shop)
    till.unlock()
    tile = page.locator(".tile", has_text=name)
    expect(tile).to_be_visible()
    till.tap(tile)
    expect(page.locator(".line-name")).to_have_text(name)
    assert page.locator(".tile img, .tile b, .line img").count() == 0


def test_a_refused_sale_comes_back_as_the_same_ticket(till: Till) -> None:
    title = "Le total n'est pas celui attendu."
    ids: list[str] = []

    def refuse(route: Route) -> None:
        ids.append(route.request.url)
        document = {"title": title, "rule": "total.expected", "status": 422}
        route.fulfill(
            status=422, content_type="application/problem+json", body=json.dumps(document)
        )

    till.page.route(SALES, refuse)
    total = till.add(till.articles[0])
    till.cash_in()
    till.pay_exactly()
    expect(till.page.locator("#bandeau-raison")).to_have_text(title)
    till.page.unroute(SALES)
    till.tap(till.page.locator("#corriger"))
    till.shows("#total", francs(total))
    till.cash_in()
    with till.page.expect_request(SALES) as again:
        till.pay_exactly()
    assert again.value.url == ids[0]
    till.wait_until(NORMALISED)


def test_cash_and_mobile_money_share_a_total(till: Till) -> None:
    total = till.add(*till.articles[:2])
    till.cash_in(wait=True)
    till.key("5", "00")
    till.tap(till.page.locator("#especes"))
    till.shows("#reste", francs(total - 500))
    till.tap(till.page.locator("[data-provider='M-PESA']"))
    expect(till.page.locator("#attente-conseil")).to_have_text(
        "Vérifiez votre téléphone marchand, pas le SMS du client.", use_inner_text=True
    )
    till.page.get_by_role("textbox", name="Référence (facultatif)").fill("9XK22")
    with till.page.expect_request(SALES) as sent:
        till.tap(till.page.locator("#recu"))
    assert json.loads(sent.value.post_data or "")["payments"] == [
        {"method": "ESPECES", "amount": "500.00", "currency": "CDF"},
        {
            "method": "MOBILEMONEY",
            "provider": "M-PESA",
            "amount": f"{total - 500:.2f}",
            "currency": "CDF",
            "reference": "9XK22",
        },
    ]
    till.wait_until(NORMALISED)


def test_an_article_is_found_without_accents_and_added_with_enter(till: Till) -> None:
    article = till.articles[-1]
    till.page.get_by_label("Chercher un article").fill(article["code"].lower())
    till.page.keyboard.press("Enter")
    expect(till.page.locator(".line-name")).to_have_text(article["name"])
    till.page.get_by_label("Chercher un article").fill("zzzz")
    expect(till.page.locator("#aucun-article")).to_contain_text("Aucun article")


def test_a_request_that_the_tablet_did_not_sign_sells_nothing(till: Till) -> None:
    answer = till.page.evaluate(
        """async () => (await fetch("/api/v1/invoices/0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d",
           {method: "PUT", body: "{}", headers: {"Content-Type": "application/json"}})).status"""
    )
    assert answer == 401


def test_a_scan_of_nothing_known_says_so_and_changes_nothing(till: Till) -> None:
    total = till.add(till.articles[0])
    till.scan("9999999999999")
    expect(till.page.locator("#avis")).to_have_text("Aucun article n’a le code 9999999999999.")
    till.shows("#total", francs(total))
