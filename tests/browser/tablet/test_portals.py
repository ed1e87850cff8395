"""Somebody else answers, or our own server says no: no sale is poisoned, none leaves the tablet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, select

from app.services.tills.links import new_link
from app.store.engine import reading
from app.store.tables.tills import Device, HeldSale
from tests.browser.modules_page import page_of_html, problem
from tests.browser.network_between import for_sales, is_sale, no_road, open_road, portal
from tests.browser.whole_scene import OUTLET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.modules_page import Answer, Asked
    from tests.browser.network_between import Onward, Traffic
    from tests.browser.till_page import Till
    from tests.browser.whole_scene import Street

LAMP = "#lampe-tablette .lamp-word"
PORTALS = {
    "a page": page_of_html(200),
    "a redirect": page_of_html(302, Location="/portail"),
    "a refusal": page_of_html(403),
}


def _states(till: Till) -> list[tuple[str, bool]]:
    """The sales of the outbox: their state, and whether sending was tried."""
    return [(row["state"], row["attempts"] > 0) for row in till.stored("outbox")]


@pytest.fixture
def approved(street: Street) -> Iterator[Street]:
    """The merchant may hand out tickets provisoires."""
    street.demo.lets_sell_offline(allowed=True)
    yield street
    street.demo.lets_sell_offline(allowed=False)


@pytest.mark.parametrize("answer", PORTALS.values(), ids=PORTALS)
def test_a_captive_portal_takes_no_sale_and_poisons_none(approved: Street, answer: Answer) -> None:
    street, till = approved, approved.till()
    street.road.traffic = portal(answer)
    arrived = len(street.road.trips)
    street.looks(till)
    till.shows(LAMP, "Sans serveur")
    for _ in range(2):
        till.sell()
    till.shows("#bandeau-etat", "Ticket provisoire remis. La vente est gardée, sa facture suivra.")
    street.until(till, lambda: _states(till) == [("ready", True)] * 2, "not tried")
    till.again()
    till.shows(LAMP, "Sans serveur")
    assert {state for state, _tried in _states(till)} == {"ready"}
    assert len(street.road.trips) == arrived
    street.road.traffic = open_road
    street.accounted(till, 2)
    assert len({(asked.path, asked.body) for asked in street.road.sales()}) == 2


@pytest.mark.parametrize("answer", PORTALS.values(), ids=PORTALS)
def test_behind_a_captive_portal_no_money_is_taken_without_approval(
    street: Street, answer: Answer
) -> None:
    till = street.till()
    till.add(till.articles[0])
    street.road.traffic = portal(answer)
    till.cash_in()
    expect(till.page.locator("#avis")).to_contain_text(
        "Le serveur ne répond pas : on n’encaisse pas sans facture. Le ticket est gardé"
    )
    assert till.stored("outbox") == []
    street.road.traffic = open_road
    street.looks(till)
    till.shows(LAMP, "Prête")
    till.pay_exactly()
    street.accounted(till, 1)


def _refusing(status: int, rule: str) -> Traffic:
    """Our server does not know the tablet; what is not signed passes."""

    def traffic(asked: Asked, onward: Onward) -> Answer:
        return problem(status, rule) if "signature" in asked.headers else onward(asked)

    return traffic


@pytest.mark.parametrize(("status", "rule"), [(401, "auth.device"), (403, "auth.revoked")])
def test_a_refused_tablet_keeps_its_sales_until_it_is_enrolled_again(
    street: Street, status: int, rule: str
) -> None:
    till = street.till()
    street.road.traffic = _refusing(status, rule)
    for _ in range(2):
        till.sell()
    till.shows(LAMP, "À réinscrire")
    till.shows("#bandeau-etat", "Vente gardée sur cette tablette, pas encore partie.")
    till.open_sheet()
    expect(till.page.locator("#etat-lampes")).to_contain_text("Tablette à réinscrire : ")
    till.again()
    assert {state for state, _tried in _states(till)} == {"ready"}
    assert len(_states(till)) == 2
    street.road.traffic = open_road
    _enrol_again(street, till)
    street.accounted(till, 2)


def _enrol_again(street: Street, till: Till) -> None:
    """The manager's link was opened on this tablet."""
    [known] = [row for row in till.stored("meta") if row["name"] == "device"]
    with street.demo.engine() as engine:
        token = new_link(engine, (OUTLET, known["terminal_id"]), datetime.now(UTC))
    till.page.goto(f"{street.road.url}/caisse/enroler/{token}")
    till.page.get_by_role("button", name="Inscrire cet appareil").click()
    till.ready()


def test_the_sales_of_a_revoked_tablet_are_kept_for_the_manager(street: Street) -> None:
    till = street.till()
    street.road.traffic = for_sales(no_road)
    till.sell()
    [known] = [row for row in till.stored("meta") if row["name"] == "device"]
    street.demo.change(lambda session: _revoke(session, known["device_id"]))

    def noticed() -> bool:
        street.looks(till)
        return till.text(LAMP) == "À réinscrire"

    street.until(till, noticed, "the tablet does not hear of it", pause=500)
    street.road.traffic = open_road
    till.page.reload()
    till.shows("#bandeau-etat", "Vente remise au gérant. Rien n’est perdu.")
    [row] = till.stored("outbox")
    assert row["state"] == "held"
    assert _held(street, row["sale_id"]) == street.road.sales()[0].body
    assert street.demo.sold(known["terminal_id"]) == []


def _revoke(session: Session, device_id: str) -> None:
    device = session.exec(select(Device).where(Device.device_id == device_id)).one()
    device.revoked_at = "2026-01-01T00:00:00Z"


def _held(street: Street, sale_id: str) -> bytes:
    """The bytes that the server keeps for the manager."""
    with street.demo.engine() as engine, reading(engine) as session:
        return session.exec(select(HeldSale).where(HeldSale.sale_id == sale_id)).one().body


def test_one_refused_sale_holds_up_no_other(street: Street) -> None:
    """The server finds something wrong with one sale; that one waits for a person."""
    till = street.till()
    wrong: list[str] = []

    def refuses_the_first(asked: Asked, onward: Onward) -> Answer:
        if is_sale(asked):
            wrong.append(asked.path)
        if not is_sale(asked) or asked.path != wrong[0]:
            return onward(asked)
        title = "Le total attendu n’est pas celui des articles."
        return problem(422, "total.expected", title=title)

    street.road.traffic = refuses_the_first
    till.sell(*till.articles[:2])
    till.shows("#bandeau-etat", "Vente à corriger")
    till.shows("#bandeau-raison", "Le total attendu n’est pas celui des articles.")
    till.shows(LAMP, "À corriger")
    for _ in range(3):
        till.sell()
    street.until(till, lambda: len(till.stored("sealed")) == 3, "the others wait")
    assert [row["state"] for row in till.stored("outbox")] == ["poison"]
    street.tablet.kill()
    street.road.traffic = open_road
    till = street.back()
    till.shows("#bandeau-etat", "Vente à corriger")
    till.tap(till.page.locator("#corriger"))
    expect(till.page.locator(".line")).to_have_count(2)
    till.cash_in()
    till.pay_exactly()
    sales = street.accounted(till, 4)
    assert [len(sale["items"]) for sale in sales] == [1, 1, 1, 2]
