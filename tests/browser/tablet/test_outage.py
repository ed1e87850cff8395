"""An outage of three days: what a till does under each policy, and what the ledger says after it.

The till's clock is moved, not waited for: it starts three days ago, and so does the clock of the
server that it asks.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.network_between import flapping, later_clock, no_road, open_road
from tests.browser.till_page import NORMALISED, Till

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

    from tests.browser.modules_page import Answer, Asked
    from tests.browser.network_between import Onward, Traffic
    from tests.browser.whole_scene import Street

pytestmark = pytest.mark.long

LAMP = "#lampe-tablette .lamp-word"
DAYS = 3
SALES = int(os.environ.get("OUTAGE_SALES", "150"))
"""Sold offline, in 48 hours; `make long` asks for 500."""
LEGS = 10
"""Parts of the 48 hours: the clock is moved between two of them."""
BLOCKED = (
    "Le serveur ne répond pas : on n’encaisse pas sans facture. Le ticket est gardé, rien n’est "
    "perdu. Dès que le réseau revient, touchez de nouveau Encaisser."
)
OVERDUE = (
    "Une vente attend sa facture depuis 48 h : on n’encaisse plus avant qu’elle parte. "
    "Le ticket est gardé. Appelez le gérant."
)
QUICK_HANDS = """async (count) => {
  const seen = (selector) => document.querySelector(selector)?.checkVisibility();
  const press = async (selector, done) => {
    for (; !done(); await new Promise((resolve) => setTimeout(resolve, 4)))
      if (seen(selector)) document.querySelector(selector).click();
  };
  for (let sale = 0; sale < count; sale += 1) {
    await press("#articles [data-key='SEL01'] .tile", () => seen(".line"));
    await press("#encaisser", () => seen("#especes"));
    await press("#especes", () => !seen(".line"));
  }
}"""
"""A cashier who is as fast as the till: so many sales of one packet of salt."""


@dataclass
class Outage:
    """A street whose time a test moves, from three days ago on."""

    street: Street
    passed: timedelta = field(default_factory=timedelta)

    def start(self) -> Till:
        """The tablet is on at the time that it is by then."""
        grant = self.street.tablet.prepare

        def prepare(context: BrowserContext) -> None:
            grant(context)
            context.clock.install(time=datetime.now(UTC) - self._left())

        self.street.tablet.prepare = prepare
        return self.street.till()

    def _left(self) -> timedelta:
        return timedelta(days=DAYS) - self.passed

    def becomes(self, traffic: Traffic) -> None:
        """That happens on the road, and the server says the time that it is by then."""

        def shifted(asked: Asked, onward: Onward) -> Answer:
            clock = later_clock(-self._left())
            return traffic(asked, lambda passed_on: clock(passed_on, onward))

        self.street.road.traffic = shifted

    def goes_on(self, till: Till, hours: int) -> None:
        """So many hours later."""
        self.passed += timedelta(hours=hours)
        till.page.clock.fast_forward(hours * 3_600_000)


@pytest.fixture
def outage(street: Street) -> Iterator[Outage]:
    """A street in which it is three days ago."""
    outage = Outage(street)
    outage.becomes(open_road)
    yield outage
    street.demo.lets_sell_offline(allowed=False)


def _overdue(till: Till) -> None:
    """The till takes no money any more, and says why."""
    till.cash_in()
    till.shows("#echelle", OVERDUE)
    expect(till.page.locator("#paiement")).to_be_hidden()
    expect(till.page.locator(".line")).to_have_count(1)


def test_what_was_sold_in_48_hours_without_a_server_is_sealed_once_when_it_is_back(
    outage: Outage,
) -> None:
    street = outage.street
    street.demo.lets_sell_offline(allowed=True)
    till = outage.start()
    till.sell()
    till.wait_until(NORMALISED)
    till.add(till.articles[0])
    outage.becomes(no_road)
    till.cash_in()
    till.pay_exactly()  # from here on the 48 hours count
    till.shows(
        "#echelle",
        "Hors ligne : encore 47 h pour vendre. "
        "Chaque client reçoit un ticket provisoire, sa facture suivra.",
    )
    for leg in range(LEGS):
        till.page.evaluate(QUICK_HANDS, SALES // LEGS - (leg == 0))
        outage.goes_on(till, 48 // LEGS)
    outage.goes_on(till, 48 % LEGS)
    till.add(till.articles[0])
    _overdue(till)
    assert street.counts(till) == (SALES, 1, 0)
    outage.goes_on(till, 12)
    street.tablet.kill()
    till = street.back()
    till.shows(LAMP, "Sans serveur")
    _overdue(till)
    outage.goes_on(till, 12)
    outage.becomes(flapping(random.Random(72)))  # noqa: S311 - a test's choices
    street.accounted(till, 1 + SALES)
    outage.becomes(open_road)
    till.cash_in()
    till.pay_exactly()
    assert len(street.accounted(till, 2 + SALES)[-1]["items"]) == 1


def test_the_same_outage_where_nothing_may_be_sold_keeps_every_ticket(outage: Outage) -> None:
    street = outage.street
    till = outage.start()
    outage.becomes(no_road)
    street.looks(till)
    till.shows(LAMP, "Sans serveur")
    for count in range(1, 4):
        till.add(*till.articles[:count])
        till.cash_in()
        expect(till.page.locator("#avis")).to_have_text(BLOCKED)
        expect(till.page.locator("#paiement")).to_be_hidden()
        outage.goes_on(till, 12)
        till.tap(till.page.get_by_role("button", name="Mettre en attente"))
        expect(till.page.locator(".line")).to_have_count(0)
    till.add(*till.articles[:4])
    till.settled()
    outage.goes_on(till, 36)
    street.tablet.kill()
    till = street.back()
    expect(till.page.locator(".line")).to_have_count(4)
    assert street.counts(till) == (0, 0, 0)
    outage.becomes(open_road)
    till.cash_in()
    till.pay_exactly()
    expect(till.page.locator(".line")).to_have_count(0)
    for _ in range(3):
        till.tap(till.page.locator("#en-attente"))
        till.tap(till.page.locator("#attentes-liste button").first)
        till.page.locator(".line").first.wait_for()
        till.cash_in()
        till.pay_exactly()
        expect(till.page.locator(".line")).to_have_count(0)
    sales = street.accounted(till, 4)
    assert sorted(len(sale["items"]) for sale in sales) == [1, 2, 3, 4]
