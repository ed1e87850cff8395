"""The catalogue as the till reads it: only what a sale needs."""

from typing import Any

import msgspec

from app.fiscal.money import amount_text, quantity_text
from app.store.catalogue import articles_of
from app.store.engine import Engine, reading
from app.store.tables import Article


def catalogue_document(engine: Engine, outlet_id: str) -> bytes:
    """The articles of the outlet as JSON: {`items`}. The same articles give the same bytes."""
    with reading(engine) as session:
        items = [_item(article) for article in articles_of(session, outlet_id)]
    return msgspec.json.encode({"items": items})


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
