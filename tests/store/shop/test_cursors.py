"""What the tills synchronise: every change has a number of its own, in the order of the commits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.store.engine import Engine, reading, writing
from app.store.shop import articles as article_rows
from app.store.shop import clients
from app.store.shop import rates as rate_rows
from app.store.tables.shop import Article, Client, CurrencyRate
from tests.given.shop_in_process import opened_engine, put_outlet


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = opened_engine(database_url)
    put_outlet(engine)
    put_outlet(engine, "KIN02")
    yield engine
    engine.dispose()


def article(code: str, **changes: Any) -> Article:
    members: dict[str, Any] = {
        "outlet_id": "KIN01",
        "code": code,
        "type": "BIE",
        "name": f"Article {code}",
        "unit": "pièce",
        "category": "Épicerie",
        "unit_price": 50_000,
        "tax_group": "B",
    }
    return Article(**members | changes)


def put(engine: Engine, *articles: Article) -> None:
    with writing(engine) as session:
        article_rows.put_articles(session, *articles)


def changes(engine: Engine, since: int = 0, outlet_id: str = "KIN01") -> list[tuple[str, int]]:
    with reading(engine) as session:
        rows = article_rows.articles_since(session, outlet_id, since, 100)
    return [(row.code, row.changed) for row in rows]


def test_each_new_article_takes_the_next_number_of_its_outlet(engine: Engine) -> None:
    put(engine, article("A"), article("B"), article("C", outlet_id="KIN02"))
    put(engine, article("D"))
    assert changes(engine) == [("A", 1), ("B", 2), ("D", 3)]
    assert changes(engine, outlet_id="KIN02") == [("C", 1)]


def test_an_article_that_says_what_it_said_moves_nothing(engine: Engine) -> None:
    put(engine, article("A"), article("B"))
    put(engine, article("A"), article("B"))
    put(engine, article("A"), article("B", unit_price=60_000))
    assert changes(engine) == [("A", 1), ("B", 3)]


def test_an_article_from_before_the_cursors_gets_one_when_it_is_put_again(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(article("A"))
    assert changes(engine) == []
    put(engine, article("A"))
    assert changes(engine) == [("A", 1)]


def test_an_article_that_is_removed_is_gone_once_and_may_come_back(engine: Engine) -> None:
    put(engine, article("A"), article("B"))
    for _ in range(2):
        with writing(engine) as session:
            article_rows.remove_articles(session, "KIN01", ["A", "never sold"])
    assert changes(engine) == [("B", 2), ("A", 3)]
    with reading(engine) as session:
        assert [row.gone for row in article_rows.articles_since(session, "KIN01", 2, 9)] == [True]
        assert article_rows.shelves_of(session, "KIN01") == ["Épicerie"]
    put(engine, article("A"))
    with reading(engine) as session:
        assert [row.gone for row in article_rows.articles_since(session, "KIN01", 3, 9)] == [False]


def test_writers_at_once_never_share_a_number(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: put(engine, article(f"A{n}"), article(f"B{n}")), range(8)))
    numbers = [number for _, number in changes(engine)]
    assert numbers == list(range(1, 17))


def client(**changes: Any) -> Client:
    members: dict[str, Any] = {
        "outlet_id": "KIN01",
        "client_id": "A2699999B",
        "type": "PM",
        "name": "Quincaillerie Exemple SARL",
        "nif": "A2699999B",
        "changed": 0,
    }
    return Client(**members | changes)


def keep(engine: Engine, kept: Client) -> Client:
    with writing(engine) as session:
        clients.keep_client(session, kept)
    with reading(engine) as session:
        rows = clients.clients_since(session, "KIN01", 0, 100)
        return next(row for row in rows if row.client_id == kept.client_id)


def test_a_client_keeps_what_a_later_invoice_leaves_out(engine: Engine) -> None:
    keep(engine, client(contact="+243 1", exemption="EXO-1"))
    kept = keep(engine, client(name="Quincaillerie Nouvelle SARL"))
    assert (kept.name, kept.contact, kept.exemption, kept.changed) == (
        "Quincaillerie Nouvelle SARL", "+243 1", "EXO-1", 2,
    )  # fmt: skip
    assert keep(engine, client(name="Quincaillerie Nouvelle SARL")).changed == 2
    assert keep(engine, client(exemption="EXO-2")).exemption == "EXO-2"


def test_the_same_new_client_at_two_tills_is_one_client(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda _: keep(engine, client()), range(8)))
    assert {row.changed for row in kept} == {1}
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: keep(engine, client(client_id=f"C{n}")), range(8)))
    with reading(engine) as session:
        rows = clients.clients_since(session, "KIN01", 0, 100)
    assert [row.changed for row in rows] == list(range(1, 10))


def test_the_newest_rates_come_first(engine: Engine) -> None:
    with writing(engine) as session:
        for day in range(1, 12):
            session.add(
                CurrencyRate(
                    outlet_id="KIN01",
                    currency="USD",
                    day=f"2026-11-{day:02}",
                    rate=28_500_000,
                    source="BCC",
                )
            )
    with reading(engine) as session:
        rates = rate_rows.newest_rates(session, "KIN01", 8)
    assert [rate.day for rate in rates] == [f"2026-11-{day:02}" for day in range(11, 3, -1)]
