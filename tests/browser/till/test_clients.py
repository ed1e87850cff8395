"""Who the invoice names: found, new, or exempted, within their taps (C9, C10, C11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.services.shop.sample import CLIENTS
from tests.browser.till.test_paying import BREAD, sold

if TYPE_CHECKING:
    from tests.browser.till_page import Till

NIF = "A2677777X"
COMPANY = {"type": "PM", "nif": NIF, "name": "Zénith Exemple SARL"}
KNOWN = dict(zip(("type", "name", "nif", "contact", "address"), CLIENTS[0], strict=True))
OK = "OK, passer au paiement"


def write_down(till: Till, kind: str, **fields: str) -> None:
    """A client whom nobody knew is on the ticket, and its payment is asked for."""
    till.tap(till.page.locator("#choisir-client"))
    till.tap(till.page.locator("#client-nouveau"))
    till.tap(till.page.locator(".type", has_text=kind))
    for label, text in fields.items():
        till.page.get_by_label(label.replace("_", " ")).fill(text)
    till.tap(till.page.get_by_text(OK))


def sell_to_the_company(till: Till) -> None:
    """The shop knows the company."""
    till.add(BREAD)
    write_down(till, "Société", NIF=NIF, Nom=COMPANY["name"])
    sold(till, till.pay_exactly)


def test_a_new_company_takes_four_taps_and_typing(till: Till) -> None:
    till.add(BREAD)
    till.start_counting()
    write_down(till, "Société", NIF=NIF, Nom=COMPANY["name"])
    assert till.taps() == 4
    assert sold(till, till.pay_exactly)["client"] == COMPANY


def test_a_known_company_takes_two_taps_and_three_letters(till: Till) -> None:
    till.add(BREAD)
    till.start_counting()
    till.tap(till.page.locator("#choisir-client"))
    till.page.keyboard.type(KNOWN["name"][:3].lower())  # the field waits for it
    till.tap(till.page.locator("#clients-trouves button").first)
    assert till.taps() == 2
    assert sold(till, till.pay_exactly)["client"] == KNOWN


def test_a_company_is_found_again_without_its_accents(till: Till) -> None:
    sell_to_the_company(till)
    till.add(BREAD)
    till.tap(till.page.locator("#choisir-client"))
    till.page.keyboard.type("zen")
    till.tap(till.page.locator("#clients-trouves button").first)
    assert sold(till, till.pay_exactly)["client"] == COMPANY


@pytest.mark.parametrize("form", ["{}", "https://client.example/?nif={}"])
def test_the_code_that_a_client_shows_names_it(till: Till, form: str) -> None:
    till.add(BREAD)
    till.tap(till.page.locator("#choisir-client"))
    expect(till.page.locator("#client-recherche")).to_be_focused()
    till.scan(form.format(KNOWN["nif"]))
    expect(till.page.locator("#paiement")).to_be_visible()
    assert sold(till, till.pay_exactly)["client"] == KNOWN


def test_the_type_is_always_stated_and_its_fields_are_filled(till: Till) -> None:
    till.add(BREAD)
    till.tap(till.page.locator("#choisir-client"))
    till.tap(till.page.locator("#client-nouveau"))
    till.tap(till.page.get_by_text(OK))
    expect(till.page.locator("#client-erreur")).to_contain_text("type de client manque")
    till.tap(till.page.locator(".type", has_text="Commerçant"))
    expect(till.page.get_by_label("NIF")).to_be_focused()
    till.tap(till.page.get_by_text(OK))
    expect(till.page.locator("#client-erreur")).to_have_text("Le NIF du client manque.")
    expect(till.page.get_by_label("NIF")).to_have_attribute("aria-invalid", "true")
    expect(till.page.locator("#paiement")).to_be_hidden()


def test_the_exemption_of_an_embassy_is_asked_once(till: Till) -> None:
    till.add(BREAD)
    write_down(till, "Ambassade", Nom="Mission Exemple")
    expect(till.page.locator("#client-erreur")).to_contain_text("document d’exonération")
    till.page.get_by_label("Référence du document").fill("EXO/2026/12")
    till.tap(till.page.get_by_text(OK))
    first = sold(till, till.pay_exactly)
    till.add(BREAD)
    till.tap(till.page.locator("#choisir-client"))
    till.page.keyboard.type("mis")
    till.tap(till.page.locator("#clients-trouves button").first)
    second = sold(till, till.pay_exactly)
    for sale in (first, second):
        assert sale["client"] == {"type": "AO", "name": "Mission Exemple"}
        assert sale["comments"] == {"A": "EXO/2026/12"}


def test_a_person_may_take_the_place_of_a_company(till: Till) -> None:
    till.add(BREAD)
    write_down(till, "Société", NIF=NIF, Nom=COMPANY["name"])
    till.tap(till.page.locator("#paiement [data-back]"))
    till.tap(till.page.locator("#choisir-client"))
    expect(till.page.get_by_label("NIF")).to_have_value(NIF)
    till.tap(till.page.get_by_text("Autre client"))
    till.tap(till.page.get_by_text("Particulier, sans nom"))
    assert sold(till, till.pay_exactly)["client"] == {"type": "PP"}


def test_html_in_the_name_of_a_client_stays_text(till: Till) -> None:
    name = "<img src=x onerror=alert(1)> Sel"
    till.add(BREAD)
    write_down(till, "Société", NIF=NIF, Nom=name)
    sold(till, till.pay_exactly)
    till.add(BREAD)
    till.tap(till.page.locator("#choisir-client"))
    till.page.keyboard.type("sel")
    expect(till.page.locator("#clients-trouves strong")).to_have_text([name])  # once all is typed
    assert till.page.locator("#clients-trouves img").count() == 0


def test_what_the_server_would_refuse_is_said_before_the_money_and_the_rest_is_cleaned(
    till: Till,
) -> None:
    till.add(BREAD)
    write_down(till, "Société", NIF="abc", Nom="Œuvres\u200b  Exemple")
    wrong = till.page.locator("#client-erreur")
    expect(wrong).to_contain_text("NIF : une lettre, sept chiffres, une lettre")
    till.page.locator("#client-nif").fill(" a-2655555 y")
    till.page.locator("#client-adresse").fill("é" * 33)
    till.tap(till.page.get_by_text(OK))
    expect(wrong).to_have_text(
        "Adresse : 64 caractères au plus ; une lettre accentuée en compte deux."
    )
    till.page.locator("#client-adresse").fill("")
    till.tap(till.page.get_by_text(OK))
    till.tap(till.page.get_by_role("button", name="M-Pesa"))
    till.page.locator("#reference").fill("9XK\U0001f9fe")
    till.tap(till.page.locator("#recu"))
    expect(till.page.locator("#reference-erreur")).to_contain_text("U+1F9FE")
    till.page.locator("#reference").fill("9XK\u202822")
    invoice = sold(till, lambda: till.tap(till.page.locator("#recu")))
    assert invoice["client"] == {"type": "PM", "name": "Œuvres Exemple", "nif": "A2655555Y"}
    assert invoice["payments"][0]["reference"] == "9XK 22"
