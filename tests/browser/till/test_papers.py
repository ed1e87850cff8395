"""What leaves the shop: the original, DUPLICATA, the link, the ticket provisoire (C15, C23)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.till.test_paying import BREAD, sold
from tests.browser.till_page import NORMALISED, Till, TillShop
from tests.harness.browser import launched
from tests.harness.waiting import wait_until
from tests.printing.rendered import decoded, svg_images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Route

CLAIM = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAPER = "#historique-imprimer"
PRINTER = """
window.print = () => { globalThis.onPaper = document.querySelector("#provisoire").innerText; };
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The whole browser: the headless shell shows no PDF."""
    with launched("chromium") as browser:
        yield browser


def answer(till: Till) -> dict[str, Any]:
    """What the server answered to the last sale, as the tablet keeps it."""
    document: dict[str, Any] = json.loads(till.stored("sealed")[-1]["answer"])
    return document


def sell(till: Till) -> dict[str, Any]:
    """A person has bought bread; the answer of the server."""
    till.add(BREAD)
    till.cash_in()
    sold(till, till.pay_exactly)
    return answer(till)


def paper_of(till: Till, press: Callable[[], None]) -> str:
    """The address of the paper that opens."""
    with till.page.context.expect_page() as opened:
        press()
    url = opened.value.url
    opened.value.close()
    assert till.page.request.get(url).body().startswith(b"%PDF-")
    return url


def on_paper(page: Page) -> str:
    """What the browser printed."""
    read = "globalThis.onPaper ?? ''"
    wait_until(
        lambda: page.evaluate(read) != "",
        seconds=20,
        otherwise=lambda: page.locator(".notices").inner_text(),
    )
    return str(page.evaluate(read))


def printed(till: Till) -> None:
    """The original of the last sale is printed, and the history is closed again."""
    till.tap(till.page.locator("#ouvrir-historique"))
    till.tap(till.page.locator("#historique-liste button").first)
    expect(till.page.locator(PAPER)).to_have_text("Imprimer l’original")
    url = paper_of(till, lambda: till.tap(till.page.locator(PAPER)))
    assert "duplicata" not in url
    expect(till.page.locator("#historique-etat strong")).to_have_text("Imprimée")
    till.tap(till.page.locator("#historique [popovertargetaction=hide]"))


def test_a_duplicate_from_the_history_takes_three_taps(till: Till) -> None:
    sell(till)
    printed(till)
    till.start_counting()
    till.tap(till.page.locator("#ouvrir-historique"))
    till.tap(till.page.locator("#historique-liste button").first)
    url = paper_of(till, lambda: till.tap(till.page.get_by_text("Imprimer DUPLICATA")))
    assert till.taps() == 3
    assert "copie=duplicata" in url
    expect(till.page.locator("#historique-dit")).to_contain_text("Le DUPLICATA est prêt")


CODES = {
    "the QR of the DGI": lambda sale, _url: sale["normalisation"]["qr_code"],
    "the fiscal number": lambda sale, _url: sale["security"]["fiscal_number"],
    "the address to check it": lambda sale, url: url + sale["links"]["verify"],
    "the address of the receipt": lambda sale, url: url + sale["links"]["receipt"],
}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())
def test_a_scanned_paper_opens_its_sale_and_its_duplicate_is_one_tap(
    till: Till, code: Callable[[dict[str, Any], str], str]
) -> None:
    sale = sell(till)
    printed(till)
    till.start_counting()
    till.scan(code(sale, till.shop.url))
    expect(till.page.locator("#historique-numero")).to_have_text(sale["security"]["fiscal_number"])
    url = paper_of(till, lambda: till.tap(till.page.get_by_text("Imprimer DUPLICATA")))
    assert till.taps() == 1
    assert "copie=duplicata" in url


def test_a_copy_whose_answer_was_lost_is_the_same_copy(till: Till) -> None:
    sell(till)
    printed(till)
    asked: list[str] = []

    def lose_the_first(route: Route) -> None:
        asked.append(route.request.url)
        route.fetch()
        if len(asked) == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    till.page.route("**/prints/*", lose_the_first)
    till.tap(till.page.locator("#ouvrir-historique"))
    till.tap(till.page.locator("#historique-liste button").first)
    till.tap(till.page.locator(PAPER))
    expect(till.page.locator("#historique-dit")).to_contain_text("rien n’est perdu")
    paper_of(till, lambda: till.tap(till.page.locator(PAPER)))
    assert len(set(asked)) == 1


def test_a_number_that_nobody_knows_is_said_calmly(till: Till) -> None:
    till.scan("KIN01-1-99999999")
    expect(till.page.locator("#historique-vide")).to_contain_text("KIN01-1-99999999")


def test_a_receipt_goes_to_the_last_number_in_two_taps(till: Till) -> None:
    sale = sell(till)
    till.page.context.route("https://wa.me/**", lambda route: route.fulfill(body="WhatsApp"))
    till.tap(till.page.locator("#envoyer"))
    expect(till.page.locator("#envoi-courriel")).to_be_hidden()  # no mail server here
    till.page.keyboard.type("0999")
    till.tap(till.page.get_by_text("Envoyer à ce numéro"))
    expect(till.page.locator("#envoi-erreur")).to_contain_text("Ce numéro n’est pas complet")
    till.page.get_by_label("Numéro WhatsApp du client").fill("081 234 56 78")
    with till.page.context.expect_page() as opened:
        till.tap(till.page.get_by_text("Envoyer à ce numéro"))
    opened.value.close()
    till.start_counting()
    till.tap(till.page.locator("#envoyer"))
    with till.page.context.expect_page() as opened:
        till.tap(till.page.get_by_role("button", name="+243 812 345 678"))
    assert till.taps() == 2
    address = urlsplit(opened.value.url)
    assert (address.netloc, address.path) == ("wa.me", "/243812345678")
    [text] = parse_qs(address.query)["text"]
    assert sale["security"]["fiscal_number"] in text
    assert text.endswith(till.shop.url + sale["links"]["receipt"])


def test_the_ticket_provisoire_is_no_invoice_and_leads_to_it(
    installed: Page, shop: TillShop
) -> None:
    def approved(route: Route) -> None:
        real = route.fetch()
        offline = {"policy": "provisoire", "hours": 48}
        route.fulfill(response=real, json=real.json() | {"offline": offline})

    installed.add_init_script(PRINTER)
    installed.route("**/caisse/contexte.json", approved)
    till = Till(installed, shop)
    till.unlock()
    installed.evaluate("navigator.serviceWorker.ready.then(() => true)")
    till.add(BREAD)
    installed.context.set_offline(True)
    till.cash_in()
    till.pay_exactly()
    paper = on_paper(installed)
    assert paper.count("TICKET PROVISOIRE — NE VAUT PAS FACTURE") == 2
    assert "votre facture normalisée sera remise ici" in paper
    assert "Pain" in paper
    lines = [line.strip() for line in paper.splitlines()]
    claim = next(line for line in lines if line.count("-") == 3 and "/" not in line)
    assert set(claim) <= {*CLAIM, "-"}
    assert "Espèces" in paper
    symbol = svg_images(installed.locator("#provisoire-qr").evaluate("svg => svg.outerHTML"))
    assert [text for text, _ in decoded(symbol[0])] == [f"{shop.url}/r/KIN01/{claim}"]
    installed.context.set_offline(False)
    till.wait_until(NORMALISED)
    found = installed.request.get(f"{shop.url}/r/KIN01/{claim}")
    assert answer(till)["links"]["receipt"] in found.url
