"""An outage of three days: what a till does under each policy, and what the ledger says after it.

The till's clock is moved, not waited for: it starts three days ago, and so does the clock of the
server that it asks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.roads import flapping, later_clock, no_road, open_road
from tests.browser.tills import NORMALISED, Till

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

    from tests.browser.core_page import Answer, Asked
    from tests.browser.roads import Onward, Traffic
    from tests.browser.streets import Street

LAMP = "#lampe-tablette .lamp-word"
DAYS = 3
SALES = 500
"""Sold offline, in 48 hours."""
LEGS = 10
"""Parts of the 48 hours: the clock is moved between two of them."""
OVERDUE = (
    "Une vente attend sa facture depuis 48 h : on n’encaisse plus avant qu’elle parte. "
    "Le ticket est gardé. Appelez le gérant."
)
QUICK_HANDS = """async (count) => {
  const $ = (selector) => document.querySelector(selector);
  const until = (holds) => new Promise((resolve) => {
    const watching = new MutationObserver(() => look());
    const look = () => {
      if (!holds()) return;
      watching.disconnect();
      resolve();
    };
    watching.observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
  });
  for (let sale = 0; sale < count; sale += 1) {
    $("#articles [data-key='SEL01'] .tile").click();
    await until(() => $(".line") && !$("#encaisser").disabled);
    $("#encaisser").click();
    await until(() => $("#especes")?.checkVisibility());
    $("#especes").click();
    await until(() => !$(".line"));
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
    till.pay_exactly()
    till.shows(
        "#echelle",
        "Hors ligne : encore 48 h pour vendre. "
        "Chaque client reçoit un ticket provisoire, sa facture suivra.",
    )
    for leg in range(LEGS):
        till.page.evaluate(QUICK_HANDS, SALES // LEGS - (leg == 0))
        outage.goes_on(till, 48 // LEGS)
    outage.goes_on(till, 48 % LEGS)
    till.add(till.articles[0])
    till.cash_in()
    till.shows("#echelle", OVERDUE)
    expect(till.page.locator("#paiement")).to_be_hidden()
    assert len(till.stored("outbox")) == SALES
    outage.goes_on(till, 24)
    outage.becomes(flapping(random.Random(72)))  # noqa: S311 - a test's choices
    sales = street.accounted(till, 1 + SALES)
    assert {sale["timestamp"][:13] for sale in sales}
