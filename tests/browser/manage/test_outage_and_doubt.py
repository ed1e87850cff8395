"""The dashboard during an outage and its end, and a doubt that two people settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.manager_page import MANAGER, FaultyDgi, Manager, managing
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.till_page import TillShop


SAFE = "chacune est enregistrée et scellée, rien n’est perdu"
LOST_CONFIRM = (
    {"on": "confirm", "times": 1, "fault": "drop_after_commit"},
    {"on": "read", "fault": "html_502"},
)
"""The invoice is recorded, and neither the answer nor the request can be read again."""


@pytest.fixture
def authority(shop: TillShop) -> Iterator[FaultyDgi]:
    authority = FaultyDgi(shop)
    yield authority
    authority.fails()


@pytest.fixture
def manager(page: Page, shop: TillShop) -> Iterator[Manager]:
    with managing(page, shop) as manager:
        yield manager


# --- An outage


def test_an_outage_is_told_while_it_lasts_and_when_it_ends(
    manager: Manager, authority: FaultyDgi
) -> None:
    with authority.silent():
        manager.sells(2)
        manager.sees()
        manager.says("La DGI ne répond pas", "blue")
        expect(manager.state).to_contain_text(SAFE)
        expect(manager.state).to_contain_text("HTTP 502")
        expect(manager.state).to_contain_text("Prochain essai")
        first = manager.oldest()
        _until(manager, lambda: manager.oldest() > first, "the oldest age does not grow")
        manager.sells(1)
        manager.sees("/envois")
        manager.says("La DGI ne répond pas", "blue")
        expect(manager.page.locator("ol .m-row")).to_have_count(3)
    manager.does("Essayer maintenant")
    manager.done("Un nouvel essai est demandé")
    manager.says("Tout est transmis", "green")
    expect(manager.page.get_by_text("Aucune facture n’attend.")).to_be_visible()
    expect(manager.page.locator("#annonce")).to_contain_text("Tout est transmis.")


def test_a_pause_holds_what_is_sold_until_somebody_resumes(manager: Manager) -> None:
    manager.sees("/envois")
    toggle = manager.page.locator("#bascule")
    toggle.focus()
    manager.page.keyboard.press("Enter")
    manager.says("Envois en pause", "amber")
    expect(manager.state).to_contain_text("Mis en pause par Béatrice à")
    expect(toggle).to_have_text("Reprendre les envois")
    expect(toggle).to_be_focused()  # though the page put another button there
    manager.sells(1)
    manager.till.wait_until("Vente enregistrée, facture en attente de la DGI. Rien n’est perdu.")
    manager.sees("/envois")
    expect(manager.state).to_contain_text("à la reprise")
    manager.does("Reprendre les envois")
    manager.done("Les envois reprennent.")
    manager.says("Tout est transmis", "green")
    expect(manager.page.get_by_text("Béatrice a repris les envois").first).to_be_visible()


def test_without_scripts_every_act_is_a_form_and_a_page(browser: Browser, manager: Manager) -> None:
    cookies = manager.page.context.cookies()
    context = browser.new_context(java_script_enabled=False, locale="fr-CD")
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{manager.url}/gestion")
    page.get_by_role("link", name="Voir les envois").click()
    for button, said in (
        ("Mettre en pause", "Les envois sont en pause"),
        ("Reprendre les envois", "Les envois reprennent."),
        ("Essayer maintenant", "Un nouvel essai est demandé"),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.locator("#fait")).to_contain_text(said)
    context.close()


# --- A doubt


def test_a_doubt_is_settled_by_the_manager_and_a_second_person(
    manager: Manager, authority: FaultyDgi
) -> None:
    authority.fails(*LOST_CONFIRM)
    manager.sells(1)
    manager.sees()
    manager.says("Attention", "amber")
    expect(manager.state).to_contain_text("En doute : 1.")
    manager.page.get_by_role("link", name="Facture en doute").click()
    expect(manager.page.get_by_role("heading", name="Ce que nous savons")).to_be_visible()
    _copy_from_the_portal(manager, authority.invoices()[-1])
    manager.does("Proposer : la DGI l’a")
    manager.done("Une deuxième personne doit la confirmer.")
    expect(manager.page.get_by_label(MANAGER, exact=True)).to_have_count(0)
    joseph = manager.till.shop.facts["users"][1]
    manager.page.get_by_label(joseph["name"]).check()
    manager.page.get_by_label("Son code").fill("0000")
    manager.does("Confirmer")
    expect(manager.page.locator("#pin-erreur")).to_contain_text("Ce code n’est pas le bon.")
    expect(manager.page.get_by_label(joseph["name"])).to_be_checked()
    manager.page.get_by_label("Son code").fill(joseph["pin"])
    manager.does("Confirmer")
    manager.done("Le doute est levé")
    expect(manager.page.get_by_text("par Béatrice et Joseph")).to_be_visible()
    authority.fails()
    manager.sees()
    manager.says("Tout est transmis", "green")


def _copy_from_the_portal(manager: Manager, invoice: dict[str, str]) -> None:
    """First with a slip, which stays in its field with the sentence that tells it."""
    page, day = manager.page, invoice["date"]
    code, counters = page.get_by_label("Code DEF/DGI"), page.get_by_label("Compteurs")
    code.fill(invoice["code"])
    counters.fill("beaucoup")
    time = f"{day[8:10]}/{day[5:7]}/{day[:4]} {day[11:19]}"
    page.get_by_label("Date et heure de la DGI").fill(time)
    manager.does("Proposer : la DGI l’a")
    expect(counters).to_have_attribute("aria-invalid", "true")
    expect(counters).to_be_focused()
    expect(page.locator("#counters-erreur")).to_contain_text("Les compteurs s'écrivent comme")
    expect(code).to_have_value(invoice["code"])
    counters.fill(invoice["counters"])


def test_a_refusal_says_what_the_dgi_said_and_who_can_fix_it(
    manager: Manager, authority: FaultyDgi
) -> None:
    refusal = {"fault": "error_in_200", "code": "9", "text": "Groupe de taxation inconnu"}
    authority.fails({"on": "post", "times": 1, **refusal})
    manager.sells(1)
    manager.till.wait_until("Facture refusée par la DGI")
    manager.sees()
    manager.page.get_by_role("link", name="Facture refusée par la DGI").click()
    panel = manager.page.locator(".m-state")
    expect(panel).to_contain_text("Groupe de taxation inconnu")
    expect(manager.page.get_by_text("Corrigez le groupe de taxation de l’article")).to_be_visible()
    manager.page.get_by_label("Qu’est-ce qui a été fait ?").fill("Article corrigé, vente refaite")
    manager.does("Clore le cas")
    manager.done("Le cas est clos.")
    expect(panel).to_contain_text("par Béatrice. Article corrigé, vente refaite")


# --- Without the server


def test_a_page_that_loses_its_server_says_how_old_it_is_and_does_nothing(
    manager: Manager,
) -> None:
    manager.sees("/envois")
    manager.page.context.set_offline(True)
    copy = manager.page.locator("#copie")
    expect(copy).to_be_visible()
    expect(copy).to_contain_text("le serveur ne répond pas")
    expect(manager.page.locator("#essayer")).to_be_disabled()
    manager.page.context.set_offline(False)
    expect(copy).to_be_hidden()
    expect(manager.page.locator("#essayer")).to_be_enabled()


def test_no_page_of_the_manager_has_inline_script_or_style(
    manager: Manager, authority: FaultyDgi
) -> None:
    refused: list[str] = []
    manager.page.on(
        "console",
        lambda line: refused.append(line.text) if "Content Security" in line.text else None,
    )
    with authority.silent():
        manager.sells(1)
        manager.sees("/envois")
        for button in ("Mettre en pause", "Reprendre les envois", "Essayer maintenant"):
            manager.does(button)
            manager.page.locator("#fait").wait_for()
    manager.sees("/envois")
    manager.says("Tout est transmis", "green")
    assert refused == []


def _until(manager: Manager, holds: Callable[[], bool], what: str) -> None:
    """That holds, looked at now and then; the browser goes on meanwhile."""

    def look() -> bool:
        manager.page.wait_for_timeout(250)
        return holds()

    wait_until(look, seconds=60, otherwise=lambda: what)
