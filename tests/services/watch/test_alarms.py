"""The grace period: people are told once when half, four fifths and all of it have passed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.services.watch.colours import colours
from tests.given.shop_in_process import InProcessShop, opened_shop
from tests.given.waiting_sales import HOUR, NOW, NOWHERE, announced, ended, grace_cases, sold


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """Two outlets whose e-MCF is nowhere; nothing is delivered."""
    shop = opened_shop(database_url, ("KIN01", "KIN02"), module=NOWHERE)
    yield shop
    shop.end()


def percents(shop: InProcessShop) -> list[str]:
    return [one["percent"] for one in announced(shop, "outlet.deadline")]


def test_half_four_fifths_and_all_of_the_grace_are_told_once_each(shop: InProcessShop) -> None:
    sold(shop, 0)
    seen = []
    for hours in (23, 24, 30, 38, 39, 47, 48, 60):
        colours(shop.engine, NOW + timedelta(hours=hours))
        seen.append(percents(shop)[-1:])
    assert seen == [[], ["50"], ["50"], ["50"], ["80"], ["80"], ["100"], ["100"]]
    assert percents(shop) == ["50", "80", "100"]
    (case,) = grace_cases(shop)
    assert (case.about, case.fix) == ("100 %", "operator")
    assert "depuis 48 h, sur les 48 h permises" in case.text
    assert announced(shop, "outlet.deadline")[0]["deadline"] == "2026-11-24T10:00:00Z"


def test_an_alarm_that_falls_while_the_queue_drains_is_no_news(shop: InProcessShop) -> None:
    old, _young = sold(shop, 0, -HOUR)
    for hours in (40, 41):
        colours(shop.engine, NOW + timedelta(hours=hours - 15))
    assert percents(shop) == ["50"]
    colours(shop.engine, NOW + timedelta(hours=39))
    ended(shop, old, "normalised", 39 * HOUR)
    colours(shop.engine, NOW + timedelta(hours=39))  # the young one is at 79 %
    assert percents(shop) == ["50", "80"]
    assert [case.about for case in grace_cases(shop)] == ["50 %"]


def test_the_alarm_ends_when_everything_is_in_time_again(shop: InProcessShop) -> None:
    (sale_id,) = sold(shop, 30 * HOUR)
    colours(shop.engine, NOW)
    ended(shop, sale_id, "normalised", 30 * HOUR)
    colours(shop.engine, NOW)
    assert grace_cases(shop) == []
    sold(shop, 30 * HOUR)  # another backlog is another alarm
    colours(shop.engine, NOW)
    assert percents(shop) == ["50", "50"]
