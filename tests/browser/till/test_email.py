"""`Envoyer` by e-mail: the server sends it, the till says how far it is and knows the client."""

from __future__ import annotations

import re
from threading import Event
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.till.test_clients import KNOWN
from tests.browser.till.test_paying import BREAD
from tests.browser.till_page import NORMALISED, Till, read_shop
from tests.harness.postbox import Postbox, postbox
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.harness.processes import Commands

TO = "achats@exemple.cd"


@pytest.fixture
def box() -> Iterator[Postbox]:
    """The mail server of the shop."""
    with postbox() as box:
        yield box


@pytest.fixture
def till(page: Page, run_bono: Commands, box: Postbox) -> Till:
    """A till whose server can send e-mails."""
    env = {
        "BONO_SMTP_URL": f"smtp://127.0.0.1:{box.port}",
        "BONO_MAIL_FROM": "caisse@exemple.cd",
    }
    running = run_bono("demo", env=env, ready="caisse/enroler/")
    page.set_viewport_size({"width": 1024, "height": 600})
    till = Till(page, read_shop(running.url, run_bono.folder / "var"))
    till.unlock()
    return till


def sell_to_the_company(till: Till) -> None:
    """The company whom the shop knows has bought bread."""
    till.add(BREAD)
    till.tap(till.page.locator("#choisir-client"))
    till.page.keyboard.type(KNOWN["name"][:3].lower())
    till.tap(till.page.locator("#clients-trouves button").first)
    till.pay_exactly()
    till.wait_until(NORMALISED)


def send(till: Till) -> None:
    """The receipt of the last sale was asked for."""
    till.tap(till.page.locator("#envoyer"))
    till.page.get_by_label("Adresse e-mail du client").fill(TO)
    till.tap(till.page.get_by_text("Envoyer à cette adresse"))
    expect(till.page.locator("#envoi-dit")).to_have_text(f"Reçu en route vers {TO}")
    till.page.keyboard.press("Escape")


def test_a_receipt_leaves_by_e_mail_and_the_next_time_it_takes_two_taps(
    till: Till, box: Postbox
) -> None:
    sell_to_the_company(till)
    till.tap(till.page.locator("#envoyer"))
    till.page.get_by_label("Adresse e-mail du client").fill("achats@exemple")
    till.tap(till.page.get_by_text("Envoyer à cette adresse"))
    expect(till.page.locator("#envoi-adresse-erreur")).to_contain_text("n’est pas complète")
    till.page.get_by_label("Adresse e-mail du client").fill(TO)
    till.tap(till.page.get_by_text("Envoyer à cette adresse"))
    expect(till.page.locator("#envoi-dit")).to_have_text(f"Reçu en route vers {TO}")
    wait_until(lambda: len(box.mails) == 1, seconds=30, otherwise=lambda: repr(box.mails))
    assert box.mails[0].recipients == (TO,)
    till.page.keyboard.press("Escape")
    till.tap(till.page.locator("#ouvrir-historique"))
    till.tap(till.page.locator("#historique-liste button").first)
    expect(till.page.locator("#historique-envois li")).to_have_text(f"Reçu envoyé à {TO}")
    till.page.keyboard.press("Escape")
    sell_to_the_company(till)
    till.start_counting()
    till.tap(till.page.locator("#envoyer"))
    till.tap(till.page.get_by_role("button", name=TO))
    expect(till.page.locator("#envoi-dit")).to_have_text(f"Reçu en route vers {TO}")
    assert till.taps() == 2


def test_a_receipt_on_its_way_is_followed_while_somebody_looks(till: Till, box: Postbox) -> None:
    box.door = Event()
    sell_to_the_company(till)
    send(till)
    till.tap(till.page.locator("#ouvrir-historique"))
    till.tap(till.page.locator("#historique-liste button").first)
    row = till.page.locator("#historique-envois li")
    expect(row).to_have_text(f"Reçu en route vers {TO}")
    box.door.set()
    expect(row).to_have_text(f"Reçu envoyé à {TO}")


def test_a_box_that_does_not_exist_is_said_in_the_history(till: Till, box: Postbox) -> None:
    box.refuse_recipient = "550 Pas de boîte ici"
    sell_to_the_company(till)
    send(till)
    till.tap(till.page.locator("#ouvrir-historique"))
    till.tap(till.page.locator("#historique-liste button").first)
    row = till.page.locator("#historique-envois li")
    expect(row).to_have_text(re.compile(rf"^Échec de l’envoi à {re.escape(TO)} : "))
