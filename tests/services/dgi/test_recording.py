"""What the authority says of an invoice becomes a fact of the ledger and a frozen answer."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.control.simulator import Behaviour
from app.fiscal.canonical import parse_canonical
from app.fiscal.seal import b64
from app.services.ledger.answers import current_answer
from app.store.engine import reading
from app.store.ledger import entries as rows
from app.store.ledger.sales import SaleFilter, list_sales
from tests.given import requests
from tests.given.shop_in_process import InProcessShop, opened_shop
from tests.given.simulated_dgi import SimulatedDgi, authority, check_agreement
from tests.given.what_was_delivered import SIGNER, calls, module_row, settled_queue, sold, wait_for


def test_invoices_are_normalised_in_their_order(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    ids = sold(shop, 5)
    shop.delivering()
    wait_for(shop, ids[-1], state="done")
    assert [i["rn"][-6:] for i in dgi.invoices()] == [
        "000001",
        "000002",
        "000003",
        "000004",
        "000005",
    ]
    assert module_row(shop, dgi.module).last_total_counter == 5
    assert set(shop.notified) == {("KIN01", sale_id) for sale_id in ids}


def test_the_answer_is_frozen_with_what_the_authority_said(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    (one,) = sold(shop)
    shop.delivering()
    wait_for(shop, one, state="done")
    state = shop.state(one)
    answer = msgspec.json.decode(state.frozen or b"")
    (invoice,) = dgi.invoices()
    assert state.frozen_status == answer["status"] == "normalised"
    assert answer["normalisation"]["code_def_dgi"].replace("-", "") == invoice["code"]
    assert answer["normalisation"]["counters"] == "1/1 FV"
    assert current_answer(state, "another.example") == state.frozen


def test_every_call_and_every_raw_answer_is_stored(shop: InProcessShop) -> None:
    (one,) = sold(shop)
    shop.delivering()
    wait_for(shop, one, state="done")
    exchanges = calls(shop, one)
    assert [(e.call.number, e.call.step) for e in exchanges] == [(1, "post"), (2, "confirm")]
    assert [e.answer.status for e in exchanges if e.answer] == [200, 200]
    with reading(shop.engine) as session:
        number = shop.state(one).sale.fiscal_number
        (body,) = rows.entries_about(session, "KIN01", number, "normalised")
    assert exchanges[1].answer is not None
    assert parse_canonical(body)["confirmation"] == b64(exchanges[1].answer.body)


def test_a_sale_made_while_the_agent_waits_is_delivered_when_it_is_woken(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    agent = shop.delivering()
    for sale_id in sold(shop, 2):
        settled_queue(shop, agent, dgi.module, sale_id)


@pytest.fixture
def stale(database_url: str, tmp_path: Path) -> Iterator[tuple[InProcessShop, SimulatedDgi]]:
    """An authority that still has the tax table of 2025, and an outlet of it."""
    with authority(Behaviour(table="CD-2025-05")) as dgi:
        shop = opened_shop(database_url, module=dgi.module, signer=SIGNER, locks=tmp_path)
        yield shop, dgi
        shop.end()
        check_agreement(shop.engine, dgi.invoices())
        shop.engine.dispose()


def refused(stale: tuple[InProcessShop, SimulatedDgi], tax_group: str) -> dict[str, str]:
    """The refusal in the frozen answer of a sale in that group."""
    shop, dgi = stale
    sale = shop.sell(items=[requests.flour(tax_group=tax_group)]).sale
    shop.delivering()
    wait_for(shop, sale.sale_id, state="done")
    state = shop.state(sale.sale_id)
    answer = msgspec.json.decode(state.frozen or b"")
    assert state.frozen_status == answer["status"] == "refused"
    with reading(shop.engine) as session:
        (body,) = rows.entries_about(session, "KIN01", sale.fiscal_number, "refused")
    fact = parse_canonical(body)
    assert (fact["sale_id"], fact["entry_hash"]) == (sale.sale_id, sale.entry_hash)
    assert dgi.invoices() == []
    refusal: dict[str, str] = answer["refusal"]
    return refusal


def test_what_the_authority_refuses_is_a_fact_and_a_frozen_answer(
    stale: tuple[InProcessShop, SimulatedDgi],
) -> None:
    refusal = refused(stale, "O")
    assert (refusal["by"], refusal["code"]) == ("emcf", "9")
    assert "groupe de taxation" in refusal["text"]


def test_other_totals_are_refused_with_both_figures_and_cancelled(
    stale: tuple[InProcessShop, SimulatedDgi],
) -> None:
    refusal = refused(stale, "C")
    assert (refusal["by"], refusal["code"]) == ("totals", "TOTALS")
    assert "TVA : 4285,71 pour nous, 6666.67 pour la DGI".replace(".", ",") in refusal["text"]


def test_a_refused_sale_may_be_replaced_and_the_queue_goes_on(
    stale: tuple[InProcessShop, SimulatedDgi],
) -> None:
    refused(stale, "O")
    shop, dgi = stale
    with reading(shop.engine) as session:
        (state,) = list_sales(session, "KIN01", SaleFilter("refused"), 5)
    replacing = shop.sell(replaces=state.sale.sale_id).sale
    wait_for(shop, replacing.sale_id, state="done")
    assert shop.state(replacing.sale_id).frozen_status == "normalised"
    assert len(dgi.invoices()) == 1
