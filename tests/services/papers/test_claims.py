"""What a claim code finds, and that it finds nothing before the invoice is a legal paper."""

import uuid
from collections.abc import Iterator

import pytest

from app.services.papers.claims import claimed_receipt
from app.store.engine import reading, writing
from app.store.ledger.sales import RecordedSale
from app.store.tables.outlets import Outlet
from tests.given.shop_in_process import HOST, InProcessShop, opened_shop, submitted


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """An outlet whose sealed invoices are legal papers by themselves."""
    shop = opened_shop(database_url)
    with writing(shop.engine) as session:
        session.get_one(Outlet, "KIN01").legal_mode = "platform"
    yield shop
    shop.end()


def code_of(sale_id: str) -> str:
    """The claim code, made digit by digit as a tablet would."""
    bits = f"{uuid.UUID(sale_id).int >> 48:080b}"
    symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = "".join(symbols[int(bits[n : n + 5], 2)] for n in range(0, 80, 5))
    return "-".join(text[n : n + 4] for n in range(0, 16, 4))


def claimed(shop: InProcessShop, code: str, outlet_id: str = "KIN01") -> str | None:
    with reading(shop.engine) as session:
        return claimed_receipt(session, outlet_id, code, HOST)


def sold(shop: InProcessShop, sale_id: str) -> RecordedSale:
    return shop.settle(submitted(shop.facts(), sale_id)).sale


def test_a_claim_code_finds_the_receipt_of_its_sale(shop: InProcessShop) -> None:
    sale = sold(shop, "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d")
    sold(shop, "0199a6a2-7b1e-7c55-9d5f-3f1f0a1b2c3d")
    assert code_of(sale.sale_id) == "06CT-D8KV-3SY5-B7AY"
    assert claimed(shop, "06CT-D8KV-3SY5-B7AY") == sale.receipt_token
    assert claimed(shop, code_of(sale.sale_id), "KIN02") is None


@pytest.mark.parametrize(
    "code", ["", "0000-0000-0000-0000", "U" * 16, "ÉÉÉÉ-ÉÉÉÉ-ÉÉÉÉ-ÉÉÉÉ", "0" * 99]
)
def test_a_code_of_no_sale_finds_nothing(shop: InProcessShop, code: str) -> None:
    shop.sell()
    assert claimed(shop, code) is None


def test_a_code_that_two_sales_share_finds_neither(shop: InProcessShop) -> None:
    sale = sold(shop, "0199a6a2-7b1e-7c55-9d5e-000000000000")
    sold(shop, "0199a6a2-7b1e-7c55-9d5e-ffffffffffff")
    assert claimed(shop, code_of(sale.sale_id)) is None


def test_a_claim_waits_until_the_invoice_is_a_legal_paper(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    with writing(shop.engine) as session:
        session.get_one(Outlet, "KIN01").legal_mode = "strict"
    assert claimed(shop, code_of(sale.sale_id)) is None
