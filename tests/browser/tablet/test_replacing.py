"""What replaces a refused sale says so in the ledger, whatever happens to the tablet meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from app.store.cases.cases import open_cases
from app.store.engine import reading
from tests.browser.refusing_dgi import AGAIN, SENTENCE, refused
from tests.browser.till_page import NORMALISED
from tests.browser.whole_scene import OUTLET

if TYPE_CHECKING:
    from tests.browser.till_page import Till
    from tests.browser.whole_scene import Street


def bigger_note(till: Till) -> None:
    """More than the price is handed over."""
    till.tap(till.page.locator("#billets .sum").first)


def test_a_refused_sale_is_made_again_and_its_money_is_kept(street: Street) -> None:
    till = street.till()
    total = refused(till, lambda: bigger_note(till))
    expect(till.page.locator("#rendu")).to_be_hidden()
    till.tap(till.page.get_by_role("button", name="Reprendre cette vente"))
    till.shows("#ticket-refus", f"Refusée par la DGI : {SENTENCE}")
    till.shows("#total", total)
    till.again()
    till.shows("#ticket-refus", f"Refusée par la DGI : {SENTENCE}")
    till.cash_in()
    expect(till.page.locator("#deja-paye")).to_contain_text("Déjà reçu pour la vente refusée")
    till.tap(till.page.locator("#garder"))
    till.wait_until(NORMALISED)
    expect(till.page.locator("#rendu")).to_be_hidden()  # its change was given the first time
    till.shows("#ticket-refus", "")
    old, new = street.accounted(till, 2)
    assert (new["replaces"], "replaces" in old) == (old["sale_id"], False)
    assert (new["items"], new["client"]) == (old["items"], old["client"])
    assert new["payments"] == old["payments"]
    with street.demo.engine() as engine, reading(engine) as session:
        open_ = [case.about for case in open_cases(session, OUTLET)]
    assert old["sale_id"] not in open_


def test_a_tablet_that_loses_its_power_still_knows_what_the_ticket_replaces(
    street: Street,
) -> None:
    till = street.till()
    refused(till)
    till.tap(till.page.locator(AGAIN))
    expect(till.page.locator("#ticket-refus")).to_contain_text(SENTENCE)
    till.settled()
    street.tablet.kill()
    till = street.back()
    expect(till.page.locator("#ticket-refus")).to_contain_text(SENTENCE)
    expect(till.page.locator("#bandeau")).to_be_hidden()
    till.cash_in()
    till.pay_exactly()
    till.wait_until(NORMALISED)
    old, new = street.accounted(till, 2)
    assert new["replaces"] == old["sale_id"]
