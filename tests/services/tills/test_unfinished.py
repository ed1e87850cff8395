from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.services.tills.unfinished import MOST_SALES_SHOWN, unfinished_document
from app.store.cases.cases import close_case, open_case
from app.store.engine import writing
from app.store.tables.dgi import Delivery, DeliveryState
from tests.given.shop_in_process import InProcessShop, Module, opened_shop, put_outlet

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AT = "2026-11-22T09:00:00Z"
NOWHERE = Module("CD00000001-1", "http://127.0.0.1:9/edef", "none")


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """A shop whose control module nobody asks."""
    shop = opened_shop(database_url, module=NOWHERE)
    yield shop
    shop.end()


def sold(shop: InProcessShop, sales: int = 1) -> list[str]:
    return [shop.sell().sale.sale_id for _ in range(sales)]


def ended(shop: InProcessShop, sale_id: str, state: DeliveryState, **more: Any) -> None:
    """The delivery of that sale stands in that state, by the hand of the test."""
    with writing(shop.engine) as session:
        row = session.get_one(Delivery, ("KIN01", sale_id))
        row.state = state
        for name, value in more.items():
            setattr(row, name, value)


def refused(shop: InProcessShop, sale_id: str, text: str = "NIF inconnu") -> None:
    ended(shop, sale_id, "done", last_error=text)
    with writing(shop.engine) as session:
        open_case(session, "KIN01", "refused", sale_id, text=text, fix="cashier", at=AT)


def unfinished(shop: InProcessShop) -> dict[str, Any]:
    return unfinished_document(shop.engine, "KIN01", NOW)


def test_nothing_waits_where_all_is_through(shop: InProcessShop) -> None:
    [sale] = sold(shop)
    ended(shop, sale, "done")
    assert unfinished(shop) == {"time": "2026-11-22T10:00:00Z", "count": "0", "items": []}


def test_each_sale_says_where_it_is_and_since_when(shop: InProcessShop) -> None:
    waiting, doubtful, failed, bad = sold(shop, 4)
    ended(shop, doubtful, "in_doubt", doubt_since=AT, doubt_reason="La réponse s'est perdue.")
    ended(shop, failed, "failed", last_error="La DGI est en panne.")
    refused(shop, bad)
    items = unfinished(shop)["items"]
    assert [(row["sale_id"], row["state"], row["text"]) for row in items] == [
        (bad, "refused", "NIF inconnu"),
        (doubtful, "in_doubt", "La réponse s'est perdue."),
        (failed, "failed", "La DGI est en panne."),
        (waiting, "pending", ""),
    ]
    assert items[1]["since"] == AT
    assert (items[0]["case"], items[0]["fix"], items[3]["case"]) == ("refused", "cashier", "")
    assert {(row["terminal_id"], row["total"]) for row in items} == {("T1", "90000.00")}
    assert items[3]["fiscal_number"] == "KIN01-1-00000001"


def test_a_refused_sale_leaves_the_list_with_its_case(shop: InProcessShop) -> None:
    [sale] = sold(shop)
    refused(shop, sale)
    assert unfinished(shop)["count"] == "1"
    with writing(shop.engine) as session:
        close_case(session, "KIN01", "refused", sale, by="system", outcome="reprise", at=AT)
    assert unfinished(shop)["items"] == []


def test_at_most_twenty_are_told_and_all_are_counted(shop: InProcessShop) -> None:
    sales = sold(shop, MOST_SALES_SHOWN + 3)
    ended(shop, sales[-1], "failed")
    document = unfinished(shop)
    assert document["count"] == str(MOST_SALES_SHOWN + 3)
    shown = [row["sale_id"] for row in document["items"]]
    assert shown == [sales[-1], *sales[: MOST_SALES_SHOWN - 1]]


def test_another_outlets_sales_are_not_told(shop: InProcessShop) -> None:
    put_outlet(shop.engine, "LUB01", Module("CD00000002-1", NOWHERE.url, "none"))
    sold(shop)
    assert unfinished_document(shop.engine, "LUB01", NOW)["count"] == "0"
