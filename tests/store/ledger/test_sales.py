"""Lists of sales: newest first, page by page, one state at a time."""

from collections.abc import Iterator

import pytest

from app.store.dgi import deliveries
from app.store.engine import reading, writing
from app.store.ledger.sales import (
    RecordedSale,
    SaleFilter,
    list_sales,
    sale_named,
    sale_of_number,
    sale_of_receipt,
    sale_state,
)
from app.store.tables.ledger import Answer, FrozenStatus
from tests.given.shop_in_process import InProcessShop, Module, opened_shop, submitted

NOWHERE = Module("CD00000001-1", "http://127.0.0.1:9/edef", "none")


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """Ten sales on their way to a control module, two of another outlet."""
    shop = opened_shop(database_url, ["KIN01", "KIN02"], module=NOWHERE)
    outlet = shop.facts()
    shop.settle_all(submitted(outlet) for _ in range(10))
    shop.settle_all(submitted(shop.facts("KIN02")) for _ in range(2))
    yield shop
    shop.end()


def numbers(
    shop: InProcessShop, only: SaleFilter, count: int = 50, outlet_id: str = "KIN01"
) -> list[int]:
    with reading(shop.engine) as session:
        states = list_sales(session, outlet_id, only, count)
    return [int(state.sale.fiscal_number[-8:]) for state in states]


def sale_of(shop: InProcessShop, number: int) -> RecordedSale:
    with reading(shop.engine) as session:
        state = sale_state(session, "KIN01", fiscal_number=f"KIN01-1-{number:08}")
    assert state is not None
    return state.sale


def freeze(shop: InProcessShop, number: int, status: FrozenStatus) -> None:
    sale = sale_of(shop, number)
    with writing(shop.engine) as session:
        session.add(Answer(outlet_id="KIN01", sale_id=sale.sale_id, status=status, body=b"{}"))


def doubt(shop: InProcessShop, number: int) -> None:
    with writing(shop.engine) as session:
        delivery = deliveries.delivery(session, "KIN01", sale_of(shop, number).sale_id)
        assert delivery is not None
        delivery.state = "in_doubt"


def test_the_newest_sale_comes_first(shop: InProcessShop) -> None:
    assert numbers(shop, SaleFilter()) == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_an_outlet_lists_its_own_sales_only(shop: InProcessShop) -> None:
    assert numbers(shop, SaleFilter(), outlet_id="KIN02") == [2, 1]
    assert numbers(shop, SaleFilter(), outlet_id="KIN03") == []


def test_pages_follow_each_other_without_gap_or_double(shop: InProcessShop) -> None:
    pages, before = [], None
    with reading(shop.engine) as session:
        while page := list_sales(session, "KIN01", SaleFilter(before=before), 3):
            pages.append([int(state.sale.fiscal_number[-8:]) for state in page])
            before = (page[-1].sale.series, page[-1].sale.position)
    assert pages == [[10, 9, 8], [7, 6, 5], [4, 3, 2], [1]]


def test_a_sale_that_comes_while_someone_reads_moves_no_page(shop: InProcessShop) -> None:
    with reading(shop.engine) as session:
        last = list_sales(session, "KIN01", SaleFilter(), 4)[-1].sale
    shop.sell()
    assert numbers(shop, SaleFilter(before=(last.series, last.position)), 2) == [6, 5]


def test_each_status_lists_the_sales_that_stand_in_it(shop: InProcessShop) -> None:
    freeze(shop, 1, "normalised")
    freeze(shop, 2, "refused")
    freeze(shop, 3, "sealed")
    doubt(shop, 4)
    doubt(shop, 5)
    freeze(shop, 5, "normalised")  # decided later: no doubt any more
    with writing(shop.engine) as session:
        delivery = deliveries.delivery(session, "KIN01", sale_of(shop, 5).sale_id)
        assert delivery is not None
        delivery.state = "done"
    assert numbers(shop, SaleFilter("normalised")) == [5, 1]
    assert numbers(shop, SaleFilter("refused")) == [2]
    assert numbers(shop, SaleFilter("in_doubt")) == [4]
    assert numbers(shop, SaleFilter("sealed")) == [10, 9, 8, 7, 6, 3]


def test_a_filter_and_a_page_work_together(shop: InProcessShop) -> None:
    for number in (2, 4, 6, 8):
        freeze(shop, number, "normalised")
    with reading(shop.engine) as session:
        first = list_sales(session, "KIN01", SaleFilter("normalised"), 2)
        before = (first[-1].sale.series, first[-1].sale.position)
    assert numbers(shop, SaleFilter("normalised", before), 2) == [4, 2]


def test_a_sale_is_found_by_its_id_its_number_and_its_receipt(shop: InProcessShop) -> None:
    sale = sale_of(shop, 7)
    with reading(shop.engine) as session:
        found = [
            sale_state(session, "KIN01", sale_id=sale.sale_id),
            sale_of_number(session, "KIN01-1-00000007"),
            sale_of_receipt(session, sale.receipt_token),
        ]
        assert [state and state.sale for state in found] == [sale] * 3
        assert sale_state(session, "KIN02", sale_id=sale.sale_id) is None
        assert sale_state(session, "KIN02", fiscal_number="KIN01-1-00000007") is None
        assert sale_of_receipt(session, "0" * 32) is None


def test_people_name_a_sale_by_its_number_or_by_its_id(shop: InProcessShop) -> None:
    sale = sale_of(shop, 7)
    with reading(shop.engine) as session:
        for name in (sale.sale_id, sale.fiscal_number):
            state = sale_named(session, "KIN01", name)
            assert state is not None
            assert state.sale == sale
            assert sale_named(session, "KIN02", name) is None
        assert sale_named(session, "KIN01", "KIN01-1-99999999") is None
