"""What a stranger's phone shows who scans the platform's QR, or types what the paper says."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ViewportSize, expect

from tests.given.sold_papers import Paper, PaperShop, paper_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Request

KEYS = "**/.well-known/jwks.json"
SMALLEST = ViewportSize(width=320, height=568)
AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperShop]:
    with paper_shop(tmp_path_factory.mktemp("scanned")) as shop:
        yield shop


@pytest.fixture(scope="module")
def paper(shop: PaperShop) -> Paper:
    return shop.normalised()


def changed(seal: str, **members: str) -> str:
    """The seal over a statement in which somebody wrote something else."""
    header, payload, signature = seal.split(".")
    statement = json.loads(base64.urlsafe_b64decode(payload + "=="))
    text = json.dumps(statement | members, sort_keys=True, separators=(",", ":"))
    return f"{header}.{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.{signature}"


def verdict(page: Page, word: str) -> None:
    """The page says that word, and no other verdict."""
    expect(page.locator("#verdicts h2:visible")).to_have_text([word])


def scan(page: Page, shop: PaperShop, seal: str, word: str) -> None:
    """The QR with that seal leads to that verdict."""
    page.goto(f"{shop.url}/v#{seal}")
    verdict(page, word)


def test_a_scanned_seal_verifies_in_the_browser_and_the_server_never_sees_it(
    page: Page, shop: PaperShop, paper: Paper
) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - it sets a mark
    scan(page, shop, paper.seal, "Scellé")
    expect(page.locator("#verdicts")).to_contain_text(
        "Scellé par le service central Bono Pay ; état DGI : à vérifier"
    )
    facts = page.locator("#sealed .v-facts")
    for fact in ("90 000,00 FC", "A2512345Z", "KIN01", "Facture de vente", paper.number):
        expect(facts).to_contain_text(fact)
    expect(facts).to_contain_text(paper.reference)
    expect(facts).to_contain_text(paper.code)
    sent = [request.url.partition("#")[0] + str(request.headers) for request in asked]
    assert not [text for text in sent if paper.number in text or paper.seal[-40:] in text]


def test_one_tap_then_asks_the_server_for_the_state_of_dgi(
    page: Page, shop: PaperShop, paper: Paper
) -> None:
    scan(page, shop, paper.seal, "Scellé")
    page.locator("#online").click()
    expect(page).to_have_url(shop.url + paper.path)
    expect(page.locator("h1")).to_have_text("Authentique")
    expect(page.locator("h2")).to_have_text("Normalisée par la DGI")


def test_a_changed_total_is_called_modified_or_false(
    page: Page, shop: PaperShop, paper: Paper
) -> None:
    scan(page, shop, changed(paper.seal, total="900.00"), "Modifié ou faux")
    expect(page.get_by_text("la signature ne correspond pas")).to_be_visible()
    expect(page.locator("#sealed")).to_be_hidden()


def test_half_a_code_is_no_seal(page: Page, shop: PaperShop, paper: Paper) -> None:
    scan(page, shop, paper.seal[:200], "Modifié ou faux")
    expect(page.get_by_text("ce n’est pas un sceau entier")).to_be_visible()
    expect(page.get_by_text("scannez-le encore une fois")).to_be_visible()


def test_a_key_that_nobody_published_is_unknown(page: Page, shop: PaperShop, paper: Paper) -> None:
    page.route(KEYS, lambda route: route.fulfill(json={"keys": []}))
    scan(page, shop, paper.seal, "Clé inconnue")
    expect(page.locator("#sealed")).to_be_hidden()


def test_a_key_published_a_moment_ago_is_asked_for_again(
    page: Page, shop: PaperShop, paper: Paper
) -> None:
    published = page.request.get(f"{shop.url}/.well-known/jwks.json").json()
    answers = [published, {"keys": []}]
    page.route(KEYS, lambda route: route.fulfill(json=answers.pop()))
    scan(page, shop, paper.seal, "Scellé")


@pytest.mark.parametrize("answer", ["nothing", "a portal's page", "another document"])
def test_without_the_keys_nothing_is_said_of_the_invoice_until_they_come(
    page: Page, shop: PaperShop, paper: Paper, answer: str
) -> None:
    answers: dict[str, dict[str, Any]] = {
        "a portal's page": {"body": "<html>", "content_type": "text/html"},
        "another document": {"json": {"status": "ok"}},
    }
    if answer == "nothing":
        page.route(KEYS, lambda route: route.abort())
    else:
        page.route(KEYS, lambda route: route.fulfill(**answers[answer]))
    scan(page, shop, paper.seal, "Clés injoignables")
    expect(page.get_by_text("Cela ne dit rien de la facture.")).to_be_visible()
    page.unroute(KEYS)
    page.get_by_role("button", name="Réessayer").click()
    verdict(page, "Scellé")


def test_another_scan_in_the_same_tab_is_judged_for_itself(
    page: Page, shop: PaperShop, paper: Paper
) -> None:
    scan(page, shop, paper.seal, "Scellé")
    scan(page, shop, changed(paper.seal, total="900.00"), "Modifié ou faux")
    scan(page, shop, paper.seal, "Scellé")
    page.goto(f"{shop.url}/v#")
    expect(page.locator("#verdicts h2:visible")).to_have_count(0)
    expect(page.locator("#by-hand")).to_be_visible()


def test_where_the_browser_may_not_verify_the_number_is_ready_to_be_asked(
    page: Page, shop: PaperShop, paper: Paper
) -> None:
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})")
    scan(page, shop, paper.seal, "Ce navigateur ne peut pas vérifier")
    expect(page.locator("#numero")).to_have_value(paper.number)


def test_without_scripts_number_and_code_lead_to_the_paper(
    browser: Browser, shop: PaperShop, paper: Paper
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop.url}/v#{paper.seal}")
    expect(page.locator(".v-note")).to_contain_text("Recopiez ci-dessous le numéro et le code")
    page.get_by_label("Numéro fiscal").fill(paper.number)
    page.get_by_label("Code d’authentification").fill(paper.code)
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("h1")).to_have_text("Authentique")
    context.close()


PAGES = {
    "an authentic paper": "{path}",
    "an unknown paper": "/v/KIN01-1-99999999?c=7Q2M-9K0D-4TVX-B31C",
    "the form": "/verifier",
    "a form that is not whole": "/verifier?numero=KIN01&code=7Q2M",
    "no fragment": "/v",
    "a seal that holds": "/v#{seal}",
    "a seal that does not": "/v#{seal}A",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits_the_smallest_phone(
    browser: Browser, shop: PaperShop, paper: Paper, name: str, scheme: Any
) -> None:
    context = browser.new_context(viewport=SMALLEST, color_scheme=scheme, locale="fr-CD")
    page = context.new_page()
    page.goto(shop.url + PAGES[name].format(path=paper.path, seal=paper.seal))
    if "#" in PAGES[name]:
        expect(page.locator("#verdicts h2:visible")).not_to_have_text("Vérification du sceau…")
    found = Axe().run(page, options=AA)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('a, button, input')].filter(e => e.checkVisibility() "
        "&& e.getBoundingClientRect().height < 48).map(e => e.outerHTML)"
    )
    assert small == []
    context.close()
