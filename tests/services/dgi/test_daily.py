"""Once a day the authority says its lists, at 06:00 of the outlet; nobody asks in vain for long."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import structlog.testing
from sqlmodel import select

from app.control.module import Listed
from app.services.dgi.daily import Daily
from app.services.dgi.lists import NAMES
from app.store.engine import reading
from app.store.tables.dgi import AuthorityList
from tests.given.shop_in_process import InProcessShop, Module, opened_shop

NOWHERE: Final = Module("CD00000001-1", "http://127.0.0.1:9/edef", "none")
NOON: Final = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
"""12:00 in Kinshasa."""
HOUR: Final = timedelta(hours=1)
RATES: Final = {"A": 0, "B": 16}


class DailyDgi:
    """Whoever is asked for lists; it counts who asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.silent = False

    def __call__(self, nim: str) -> "DailyDgi":
        assert nim == NOWHERE.nim
        return self

    def info(self, name: str) -> Listed:
        self.asked.append(name)
        if self.silent:
            return Listed(None, b"timed out", None)
        document: dict[str, Any] = dict(RATES) if name == "taxGroups" else {}
        return Listed(200, json.dumps(document).encode(), document)


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """Two outlets in Kinshasa, of one e-MCF."""
    shop = opened_shop(database_url, ("KIN01", "KIN02"), module=NOWHERE)
    yield shop
    shop.end()


def days(shop: InProcessShop, outlet_id: str = "KIN01") -> list[str]:
    """The days of which the store has the rates of the outlet."""
    with reading(shop.engine) as session:
        rows = session.exec(
            select(AuthorityList.day)
            .where(AuthorityList.outlet_id == outlet_id, AuthorityList.name == "taxGroups")
            .order_by(AuthorityList.day)
        )
        return list(rows)


def test_the_first_look_of_a_process_asks_for_each_outlet_once(shop: InProcessShop) -> None:
    daily, authority = Daily(), DailyDgi()
    assert daily.run(shop.engine, authority, NOON) == 2
    assert authority.asked == [*NAMES, *NAMES]
    for minutes in (1, 30, 600):
        assert daily.run(shop.engine, authority, NOON + timedelta(minutes=minutes)) == 0
    assert days(shop) == days(shop, "KIN02") == ["2026-11-22"]


def test_a_process_that_starts_later_that_day_asks_nothing(shop: InProcessShop) -> None:
    Daily().run(shop.engine, DailyDgi(), NOON)
    again = DailyDgi()
    assert Daily().run(shop.engine, again, NOON + HOUR) == 0
    assert again.asked == []


def test_the_next_days_lists_are_asked_for_at_six_in_the_morning(shop: InProcessShop) -> None:
    daily, authority = Daily(), DailyDgi()
    daily.run(shop.engine, authority, NOON)
    before_six = NOON + 17 * HOUR + timedelta(minutes=59)  # 05:59 in Kinshasa
    assert daily.run(shop.engine, authority, before_six) == 0
    assert daily.run(shop.engine, authority, before_six + timedelta(minutes=1)) == 2
    assert days(shop) == ["2026-11-22", "2026-11-23"]


def test_an_authority_that_is_silent_is_asked_every_quarter_of_an_hour(shop: InProcessShop) -> None:
    daily, authority = Daily(), DailyDgi()
    authority.silent = True
    asked = [daily.run(shop.engine, authority, NOON + timedelta(minutes=n)) for n in range(31)]
    assert [n for n, count in enumerate(asked) if count] == [0, 15, 30]
    authority.silent = False
    assert daily.run(shop.engine, authority, NOON + timedelta(minutes=45)) == 2


def test_one_outlets_trouble_is_not_the_next_ones(shop: InProcessShop) -> None:
    class Broken(DailyDgi):
        def info(self, name: str) -> Listed:
            if len(self.asked) == 0:
                self.asked.append(name)
                raise ValueError("a row nobody can read")
            return super().info(name)

    with structlog.testing.capture_logs() as logs:
        assert Daily().run(shop.engine, Broken(), NOON) == 2
    assert [entry["outlet_id"] for entry in logs if entry["event"] == "daily.failed"] == ["KIN01"]
    assert (days(shop), days(shop, "KIN02")) == ([], ["2026-11-22"])


def test_an_outlet_without_module_asks_nobody(database_url: str) -> None:
    shop = opened_shop(database_url)
    assert Daily().run(shop.engine, DailyDgi(), NOON) == 0
    shop.end()
