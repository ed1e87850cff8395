"""Facts and events stand behind the last entry of their series, without a seal."""

import json
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import update

from app.fiscal.errors import LedgerBroken, SignerBusy
from app.fiscal.ledger import Entry, parse_entry
from app.services.ledger.facts import (
    Fact,
    append_event,
    append_event_in,
    append_facts,
    event_body,
)
from app.services.proof.fsck import check_store
from app.store.engine import reading, writing
from app.store.ledger import entries as rows
from app.store.tables.ledger import Series
from tests.given.shop_in_process import InProcessShop, opened_shop, put_outlet

FIRST: Final = ("KIN01", "1")
SECOND: Final = ("KIN02", "1")
LATER: Final = "2099-01-01T00:00:00Z"
EARLIER: Final = "2020-01-01T00:00:00Z"


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """Two outlets with one sale each."""
    shop = opened_shop(database_url, ("KIN01", "KIN02"))
    for outlet_id in ("KIN01", "KIN02"):
        shop.sell(outlet_id)
    yield shop
    shop.end()


def entries(shop: InProcessShop, key: rows.Key = FIRST) -> list[Entry]:
    with reading(shop.engine) as session:
        return [parse_entry(stored.entry) for stored in rows.walk_entries(session, *key)]


def happened(key: rows.Key, text: str) -> Fact:
    return Fact(key, "event", event_body("test", text, {}), "test")


def told(shop: InProcessShop, outlet_id: str) -> list[tuple[str, str]]:
    """When and what the outlet's events about the test say, the newest first."""
    with reading(shop.engine) as session:
        found = rows.last_events(session, outlet_id, "test", 9)
    return [(at, json.loads(body)["text"]) for at, body in found]


def test_an_event_stands_behind_the_sale_before_it_and_the_store_still_verifies(
    shop: InProcessShop,
) -> None:
    with writing(shop.engine) as session:
        append_event(session, FIRST, "test", "Un.", {"key": "K1"}, LATER, about="test")
    opened, sale, event = entries(shop)
    assert (event.kind, event.position, event.seal) == ("event", 3, None)
    assert event.recorded_at == LATER
    assert (opened.kind, sale.kind) == ("opened", "invoice")
    assert told(shop, "KIN01") == [(LATER, "Un.")]
    assert [checked.verified.entries for checked in check_store(shop.engine)] == [3, 2]


def test_a_fact_of_a_slow_clock_is_as_late_as_what_stands_before_it(shop: InProcessShop) -> None:
    with writing(shop.engine) as session:
        append_event(session, FIRST, "test", "Un.", {}, EARLIER, about="test")
    _opened, sale, event = entries(shop)
    assert event.recorded_at == sale.recorded_at > EARLIER
    check_store(shop.engine)


def test_facts_that_are_written_together_follow_each_other_in_their_series(
    shop: InProcessShop,
) -> None:
    facts = [happened(FIRST, "Un."), happened(SECOND, "Deux."), happened(FIRST, "Trois.")]
    with writing(shop.engine) as session:
        append_facts(session, rows.lock_heads(session, [FIRST, SECOND]), facts, LATER)
    assert [text for _, text in told(shop, "KIN01")] == ["Trois.", "Un."]
    assert [text for _, text in told(shop, "KIN02")] == ["Deux."]
    assert [checked.verified.entries for checked in check_store(shop.engine)] == [4, 3]


def test_behind_a_head_that_is_not_the_last_entry_no_fact_is_written(shop: InProcessShop) -> None:
    with writing(shop.engine) as session:
        session.execute(update(Series).values(entry_hash="ab" * 32))
    with writing(shop.engine) as session:
        held = rows.lock_heads(session, [FIRST])
        with pytest.raises(LedgerBroken):
            append_facts(session, held, [happened(FIRST, "Un.")], LATER)
    with pytest.raises(LedgerBroken), writing(shop.engine) as session:
        append_event(session, FIRST, "test", "Un.", {}, LATER)
    assert len(entries(shop)) == 2


def test_an_event_waits_for_the_series_that_it_stands_in(shop: InProcessShop) -> None:
    with pytest.raises(SignerBusy), writing(shop.engine) as session:
        append_event(session, ("KIN01", "2"), "test", "Un.", {}, LATER)


def test_an_event_of_all_outlets_passes_over_those_that_have_no_series(
    shop: InProcessShop,
) -> None:
    put_outlet(shop.engine, "KIN03")
    with writing(shop.engine) as session:
        every = ("KIN01", "KIN02", "KIN03")
        append_event_in(
            session, [(name, "1") for name in every], "test", "Un.", {}, LATER, about="test"
        )
    assert [told(shop, outlet_id) for outlet_id in every] == [[(LATER, "Un.")]] * 2 + [[]]
