"""A refused sale is sold again once, whoever tries."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.fiscal.errors import InvalidInvoice
from app.services.ledger.settle import Settled
from app.store.engine import reading
from app.store.ledger.sales import replacements
from tests.given.sales_in_doubt import open_abouts, open_kinds, work_off
from tests.given.shop_in_process import InProcessShop, submitted
from tests.given.simulated_dgi import SimulatedDgi
from tests.given.what_was_delivered import sold

NO = {"on": "post", "fault": "error_in_200", "code": "9", "text": "Groupe de taxation invalide."}


def refused_sale(shop: InProcessShop, dgi: SimulatedDgi) -> str:
    dgi.break_with(NO)
    (sale_id,) = sold(shop)
    work_off(shop, dgi)
    dgi.break_with()
    assert shop.state(sale_id).frozen_status == "refused"
    return sale_id


def again(shop: InProcessShop, sale_id: str) -> Settled | InvalidInvoice:
    try:
        return shop.sell(replaces=sale_id)
    except InvalidInvoice as error:
        return error


def test_a_refused_sale_is_replaced_and_its_case_closes(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = refused_sale(shop, dgi)
    assert open_kinds(shop) == ["refused"]
    replacing = shop.sell(replaces=sale_id).sale
    assert open_kinds(shop) == ["refused"]
    work_off(shop, dgi)
    assert shop.state(replacing.sale_id).frozen_status == "normalised"
    assert open_kinds(shop) == []


def test_a_refused_sale_cannot_be_replaced_twice(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = refused_sale(shop, dgi)
    first = shop.sell(replaces=sale_id).sale
    for _ in range(2):
        second = again(shop, sale_id)
        assert isinstance(second, InvalidInvoice)
        assert (second.rule, second.path) == ("sale.replaced", "/replaces")
        assert first.fiscal_number in second.detail
        work_off(shop, dgi)
    with reading(shop.engine) as session:
        assert replacements(session, "KIN01", sale_id) == [first.sale_id]


def test_two_sales_of_one_commit_cannot_replace_the_same(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = refused_sale(shop, dgi)
    outlet = shop.facts()
    work = [submitted(outlet, replaces=sale_id) for _ in range(4)]
    outcomes = shop.settle_all(work)
    with ThreadPoolExecutor(2) as threads:
        outcomes += threads.map(lambda _: again(shop, sale_id), range(4))
    assert sum(isinstance(outcome, Settled) for outcome in outcomes) == 1
    rules = {outcome.rule for outcome in outcomes if isinstance(outcome, InvalidInvoice)}
    assert rules == {"sale.replaced"}


@pytest.mark.parametrize("named", ["the first", "the second"])
def test_a_replacement_that_was_refused_too_may_be_replaced_once(
    shop: InProcessShop, dgi: SimulatedDgi, named: str
) -> None:
    sale_id = refused_sale(shop, dgi)
    dgi.break_with(NO)
    second = shop.sell(replaces=sale_id).sale
    work_off(shop, dgi)
    dgi.break_with()
    assert shop.state(second.sale_id).frozen_status == "refused"
    assert open_abouts(shop) == [second.sale_id]
    third = again(shop, sale_id if named == "the first" else second.sale_id)
    assert isinstance(third, Settled)
    for refused in (sale_id, second.sale_id):
        outcome = again(shop, refused)
        assert isinstance(outcome, InvalidInvoice)
        assert outcome.rule == "sale.replaced"
        assert third.sale.fiscal_number in outcome.detail
    work_off(shop, dgi)
    assert open_abouts(shop) == []


@pytest.mark.parametrize("other", ["waiting", "normalised"])
def test_only_a_refused_sale_can_be_replaced(
    shop: InProcessShop, dgi: SimulatedDgi, other: str
) -> None:
    (sale_id,) = sold(shop)
    if other == "normalised":
        work_off(shop, dgi)
    outcome = again(shop, sale_id)
    assert isinstance(outcome, InvalidInvoice)
    assert (outcome.rule, outcome.path) == ("SFE-1.1.5", "/replaces")


def test_the_same_replacing_sale_sent_twice_is_found(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = refused_sale(shop, dgi)
    outlet = shop.facts()
    first = shop.settle(submitted(outlet, replaces=sale_id))
    same = shop.settle(submitted(outlet, first.sale.sale_id, replaces=sale_id))
    assert (same.created, same.sale) == (False, first.sale)
