"""The original of a sale exists once, whoever asks at the same time."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.fiscal.errors import InvalidInvoice
from app.services.papers.prints import Printed, Wanted, print_paper
from app.store.engine import reading, writing
from app.store.ledger.sales import RecordedSale
from app.store.papers.prints import papers_of
from app.store.tables.outlets import Outlet
from tests.given.shop_in_process import HOST, InProcessShop, opened_shop

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """An outlet whose sealed invoices are legal papers by themselves."""
    shop = opened_shop(database_url)
    with writing(shop.engine) as session:
        session.get_one(Outlet, "KIN01").legal_mode = "platform"
    yield shop
    shop.end()


def wanted(sale: RecordedSale, copy_id: str = "original", device_id: str = "tablet-1") -> Wanted:
    return Wanted("KIN01", sale.sale_id, copy_id, device_id)


def printed(shop: InProcessShop, paper: Wanted) -> Printed:
    found = print_paper(shop.engine, paper, HOST, NOW)
    assert found is not None
    return found


def copy() -> str:
    return str(uuid.uuid4())


def test_a_second_request_for_the_original_is_the_first_one(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    first = printed(shop, wanted(sale))
    assert (first.new, first.number, first.at) == (True, 1, "2026-11-22T10:00:00Z")
    later = print_paper(shop.engine, wanted(sale, device_id="tablet-2"), HOST, NOW.replace(hour=11))
    assert later == replace(first, new=False)


def test_of_many_requests_at_once_one_makes_the_original(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    with ThreadPoolExecutor(8) as threads:
        papers = list(threads.map(lambda _: printed(shop, wanted(sale)), range(8)))
    assert sorted(paper.new for paper in papers) == [False] * 7 + [True]
    with reading(shop.engine) as session:
        assert len(papers_of(session, "KIN01", sale.sale_id)) == 1


def test_copies_are_numbered_in_their_order_and_keep_their_number(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    printed(shop, wanted(sale))
    names = sorted((copy() for _ in range(5)), reverse=True)  # all within one second
    numbers = [printed(shop, wanted(sale, name)).number for name in names]
    assert numbers == [1, 2, 3, 4, 5]
    assert [printed(shop, wanted(sale, name)).number for name in names] == numbers
    assert not printed(shop, wanted(sale, names[2])).new
    assert printed(shop, wanted(sale)).number == 1


def test_copies_asked_for_at_once_have_numbers_of_their_own(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    printed(shop, wanted(sale))
    names = [copy() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        papers = list(threads.map(lambda name: printed(shop, wanted(sale, name)), names))
    assert sorted(paper.number for paper in papers) == list(range(1, 9))


def test_what_was_never_printed_has_no_copy(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    with pytest.raises(InvalidInvoice) as refused:
        printed(shop, wanted(sale, copy()))
    assert refused.value.rule == "print.original"


def test_an_invoice_is_also_named_by_its_fiscal_number(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    first = printed(shop, wanted(sale))
    named = print_paper(shop.engine, replace(wanted(sale), name=sale.fiscal_number), HOST, NOW)
    assert named == replace(first, new=False)


def test_without_the_answer_of_the_dgi_nothing_is_printed_in_strict_mode(
    shop: InProcessShop,
) -> None:
    with writing(shop.engine) as session:
        session.get_one(Outlet, "KIN01").legal_mode = "strict"
    with pytest.raises(InvalidInvoice) as refused:
        printed(shop, wanted(shop.sell().sale))
    assert refused.value.rule == "SFE-1.1.5"


def test_a_sale_of_another_outlet_is_no_sale(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    assert print_paper(shop.engine, replace(wanted(sale), outlet_id="KIN02"), HOST, NOW) is None
