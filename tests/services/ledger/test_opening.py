"""A series is opened once, under its own seal, whoever starts at the same time."""

import json
from collections.abc import Iterator

import pytest

from app.fiscal.ledger import parse_entry, sealed_statement
from app.services.ledger.opening import open_all, open_series
from app.services.proof.fsck import check_store
from app.store.engine import reading
from app.store.ledger import entries as rows
from app.store.ledger.keys import signing_keys
from tests.given import shop_in_process
from tests.given.requests import NIF
from tests.given.shop_in_process import (
    InProcessShop,
    insecure_signer,
    new_sale_id,
    opened_shop,
    put_outlet,
    started_shop,
)
from tests.harness import forks, in_other_processes


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """An outlet whose series was just opened."""
    shop = opened_shop(database_url)
    yield shop
    check_store(shop.engine)
    shop.end()


def test_the_first_entry_names_the_key_that_seals_and_is_sealed_by_it(shop: InProcessShop) -> None:
    with reading(shop.engine) as session:
        (stored,) = rows.walk_entries(session, "KIN01", "1")
        (key,) = signing_keys(session)
    entry, body = parse_entry(stored.entry), json.loads(stored.body)
    assert (entry.kind, entry.position, body["v"]) == ("opened", 1, "opened/1")
    statement = sealed_statement(entry)
    assert (statement["merchant_nif"], statement["outlet_id"]) == (NIF, "KIN01")
    assert body["key"] == {"kid": key.kid, **json.loads(key.jwk)}


def test_the_key_is_published_for_ten_years_from_the_opening(shop: InProcessShop) -> None:
    with reading(shop.engine) as session:
        (key,) = signing_keys(session)
        (stored,) = rows.walk_entries(session, "KIN01", "1")
    assert key.not_before == parse_entry(stored.entry).recorded_at
    assert int(key.not_after[:4]) == int(key.not_before[:4]) + 10
    assert key.not_after[4:] == key.not_before[4:]


def test_a_series_that_stands_is_not_opened_again(shop: InProcessShop) -> None:
    open_all(shop.engine, shop.sealing)
    outlet = shop.facts()
    again = shop.sealing.write(lambda session, party, at: open_series(session, party, outlet, at))
    assert again.result(30) is False
    assert [checked.verified.entries for checked in check_store(shop.engine)] == [1]


def test_an_outlet_that_came_later_is_opened_at_the_next_start(shop: InProcessShop) -> None:
    put_outlet(shop.engine, "KIN02")
    open_all(shop.engine, shop.sealing)
    assert [checked.verified.entries for checked in check_store(shop.engine)] == [1, 1]
    assert shop.sell("KIN02").sale.fiscal_number == "KIN02-1-00000001"


def test_a_new_key_of_the_same_party_goes_on_in_the_open_series(shop: InProcessShop) -> None:
    shop.sell()
    shop.sealing.stop()
    after = started_shop(shop.engine, signer=insecure_signer(kid="test-2"))
    assert after.sell().sale.fiscal_number == "KIN01-1-00000002"
    after.sealing.stop()
    with reading(shop.engine) as session:
        assert [key.kid for key in signing_keys(session)] == ["test-1", "test-2"]
    assert [checked.verified.entries for checked in check_store(shop.engine)] == [3]


def test_processes_that_start_together_open_the_series_once(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("keys"))
    engine = shop_in_process.opened_engine(database_url)
    for outlet_id in ("KIN01", "KIN02"):
        shop_in_process.put_outlet(engine, outlet_id)
    ids = [[new_sale_id()] for _ in range(6)]
    outcomes = forks.at_once(
        in_other_processes.sold_with_key_file,
        *[(database_url, folder, "KIN01", one, 1) for one in ids],
    )
    assert sorted(int(sold[0][1][-8:]) for sold in outcomes) == [1, 2, 3, 4, 5, 6]
    assert [checked.verified.entries for checked in check_store(engine)] == [7, 1]
    engine.dispose()
