"""What synchronising the catalogue costs on a bad network (5 000 articles, a day's changes)."""

import gzip
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app.services.shop.articles import articles_document
from app.store.engine import Engine, writing
from app.store.shop import articles as article_rows
from app.store.tables.shop import Article
from tests.given.shop_in_process import opened_engine, put_outlet

FIRST_SYNC_BYTES = 350 * 1024
DAILY_BYTES = 5 * 1024
LEVEL = 5
"""Of the gzip of `app.server`."""

GOODS = (
    "Farine", "Riz", "Huile végétale", "Savon", "Lessive", "Bougies", "Tomate", "Sardines",
    "Lait en poudre", "Jus de mangue", "Bière", "Eau minérale", "Biscuits", "Sucre", "Café",
    "Thé", "Piles", "Cahier", "Stylo", "Allumettes", "Haricots", "Chinchard", "Poulet", "Œufs",
)  # fmt: skip
MAKERS = ("Fleuve", "Kivu", "Soleil", "Mama Exemple", "Katanga", "Équateur", "Lukaya", "Bandal")
SHELVES = ("Épicerie", "Frais", "Boissons", "Maison", "Papeterie", "Bébé", "Hygiène", "Services")


def article(number: int, chance: random.Random) -> Article:
    size = f"{chance.randrange(1, 60)} {chance.choice(['g', 'kg', 'cl', 'l', 'pièces'])}"
    return Article(
        outlet_id="KIN01",
        code=f"{chance.choice('ABCDEFGH')}{number:05}",
        type="BIE",
        name=f"{chance.choice(GOODS)} {chance.choice(MAKERS)} {size}",
        unit=chance.choice(["pièce", "sac", "paquet", "bouteille"]),
        category=chance.choice(SHELVES),
        unit_price=chance.randrange(20, 9000) * 5_000,
        tax_group=chance.choice("AABBBBC"),
        barcode=str(chance.randrange(10**12, 10**13)),
        favourite=chance.random() < 0.01,
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = opened_engine(database_url)
    put_outlet(engine)
    yield engine
    engine.dispose()


def put(engine: Engine, *articles: Article) -> None:
    with writing(engine) as session:
        article_rows.put_articles(session, *articles)


class Till:
    """A tablet that follows the catalogue page by page, and counts what came over the wire."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.cursor = engine, "0"
        self.items: dict[str, dict[str, Any]] = {}
        self.shelves: list[str] = []
        self.pages = 0

    def pull(self) -> int:
        """Everything new; returns its compressed bytes."""
        total = 0
        while True:
            body = articles_document(self.engine, "KIN01", int(self.cursor))
            total += len(gzip.compress(body, LEVEL))
            document = msgspec.json.decode(body)
            assert len(document["items"]) + len(document["gone"]) <= 1000
            self.items.update({item["code"]: item for item in document["items"]})
            for code in document["gone"]:
                self.items.pop(code, None)
            self.cursor, self.shelves = document["cursor"], document["shelves"]
            self.pages += 1
            if not document["more"]:
                return total


def test_five_thousand_articles_come_in_pages_and_a_day_in_a_small_one(engine: Engine) -> None:
    chance = random.Random(7)  # noqa: S311 - names for a shop
    articles = [article(number, chance) for number in range(5000)]
    with writing(engine) as session:  # as they stand after an import, numbered from 1
        session.add_all(
            [Article(**a.model_dump() | {"changed": n}) for n, a in enumerate(articles, 1)]
        )
    till = Till(engine)
    assert till.pull() <= FIRST_SYNC_BYTES
    assert (till.pages, len(till.items), till.cursor) == (5, 5000, "5000")
    changed = chance.sample(range(5000), 50)
    for number in changed[:40]:
        articles[number].unit_price += 5_000
    put(engine, *articles[:10], *[articles[number] for number in changed[:40]])
    with writing(engine) as session:
        article_rows.remove_articles(session, "KIN01", [articles[n].code for n in changed[40:]])
    assert till.pull() <= DAILY_BYTES
    assert len(till.items) == 4990
    assert till.items[articles[changed[0]].code]["unit_price"] == (
        f"{articles[changed[0]].unit_price // 100}.00"
    )
    assert till.pull() < 200  # nothing is new


def test_a_first_look_has_only_what_is_sold_and_a_later_one_says_what_is_gone(
    engine: Engine,
) -> None:
    chance = random.Random(8)  # noqa: S311 - names for a shop
    one, two = article(1, chance), article(2, chance)
    put(engine, one, two)
    before = Till(engine)
    before.pull()
    with writing(engine) as session:
        article_rows.remove_articles(session, "KIN01", [one.code])
    new = msgspec.json.decode(articles_document(engine, "KIN01", 0))
    assert [item["code"] for item in new["items"]] == [two.code]
    assert (new["gone"], new["cursor"], new["shelves"]) == ([], "3", [two.category])
    before.pull()
    assert set(before.items) == {two.code}


def test_a_cursor_of_another_store_begins_anew(engine: Engine) -> None:
    put(engine, article(1, random.Random(9)))  # noqa: S311 - names for a shop
    document = msgspec.json.decode(articles_document(engine, "KIN01", 4000))
    assert (len(document["items"]), document["cursor"]) == (1, "1")


def test_shelves_stand_in_the_order_of_their_letters(engine: Engine) -> None:
    chance = random.Random(10)  # noqa: S311 - names for a shop
    for number, shelf in enumerate(("Épicerie", "Frais", "boissons", "Eau")):
        row = article(number, chance)
        row.category = shelf
        put(engine, row)
    document = msgspec.json.decode(articles_document(engine, "KIN01", 0))
    assert document["shelves"] == ["boissons", "Eau", "Épicerie", "Frais"]


def test_a_specific_tax_is_told_as_a_sale_must_say_it(engine: Engine) -> None:
    row = article(1, random.Random(11))  # noqa: S311 - names for a shop
    row.specific_tax_kind, row.specific_tax_value = "percent", 10_000
    put(engine, row)
    (item,) = msgspec.json.decode(articles_document(engine, "KIN01", 0))["items"]
    assert item["specific_tax"] == {"kind": "percent", "value": "10", "label": "Taxe spécifique"}
