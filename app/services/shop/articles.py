"""The catalogue as a till reads it: what changed since it last asked, only what a sale needs."""

from typing import Any

import msgspec

from app.fiscal.money import amount_text, quantity_text
from app.folding import order_key
from app.services.shop import deltas
from app.store.engine import Engine, reading
from app.store.shop.articles import articles_since, last_article_change, shelves_of
from app.store.tables.shop import Article


def articles_document(engine: Engine, outlet_id: str, since: int) -> bytes:
    """The articles that changed after that cursor as JSON; 0 gives all that are sold.

    The members are `items`, `gone` (codes), `cursor`, `more` and `shelves`.
    """
    with reading(engine) as session:
        last = last_article_change(session, outlet_id)
        first = deltas.beginning(since, last)
        rows = articles_since(session, outlet_id, first, deltas.MOST_CHANGES + 1)
        page = deltas.page(rows, last)
        document = {
            "items": [_item(article) for article in page.rows if not article.gone],
            "gone": [article.code for article in page.rows if article.gone and since],
            "cursor": page.cursor,
            "more": page.more,
            "shelves": sorted(shelves_of(session, outlet_id), key=order_key),
        }
    return msgspec.json.encode(document)


def _item(article: Article) -> dict[str, Any]:
    item: dict[str, Any] = {
        "code": article.code,
        "type": article.type,
        "name": article.name,
        "unit": article.unit,
        "category": article.category,
        "unit_price": amount_text(article.unit_price),
        "tax_group": article.tax_group,
    }
    if article.barcode:
        item["barcode"] = article.barcode
    if article.favourite:
        item["favourite"] = True
    if article.specific_tax_kind and article.specific_tax_value is not None:
        item["specific_tax"] = _specific_tax(article, article.specific_tax_value)
    return item


def _specific_tax(article: Article, value: int) -> dict[str, str]:
    per_unit = article.specific_tax_kind == "per_unit"
    return {
        "kind": "per_unit" if per_unit else "percent",
        "value": amount_text(value) if per_unit else quantity_text(value),
        "label": article.specific_tax_label or "Taxe spécifique",
    }
