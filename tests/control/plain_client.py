"""The authority's API spoken without our own client, and its own example invoice."""

from decimal import Decimal
from typing import Any

from tests.control.conftest import DgiShop
from tests.control.invoices_and_diary import NIF

INVOICE = "/api/invoice"


def form(**changes: Any) -> dict[str, Any]:
    """The authority's own example: total 102900.00, VAT 12813.79."""
    lines = [("FAR25", 45000, 2, "B"), ("SEL01", 1500, 3, "A"), ("SAV04", 2100, 4, "C")]
    return {
        "nif": NIF,
        "rn": "KIN01-2026-000731",
        "mode": "ttc",
        "isf": "TEST_SFE",
        "type": "FV",
        "items": [item(*line) for line in lines],
        "client": {"type": "PP"},
        "operator": {"id": "07", "name": "Marie"},
        "payment": [{"name": "ESPECES", "amount": 102900.0}],
        **changes,
    }


def item(code: str, price: Any, quantity: Any, group: str, **more: Any) -> dict[str, Any]:
    values = {"code": code, "name": code, "price": price, "quantity": quantity}
    return {"type": "BIE", "taxGroup": group, **values, **more}


def posted(shop: DgiShop, **changes: Any) -> dict[str, Any]:
    answer = shop.ask("POST", INVOICE, form(**changes))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json(parse_float=Decimal)
    return document


def settled(shop: DgiShop, uid: str, action: str, body: Any) -> dict[str, Any]:
    answer = shop.ask("PUT", f"{INVOICE}/{uid}/{action}", body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def confirmed(shop: DgiShop, **changes: Any) -> dict[str, Any]:
    answer = posted(shop, **changes)
    totals = {name: str(answer[name]) for name in ("total", "vtotal")}
    return settled(shop, answer["uid"], "confirm", totals)


def error_of(shop: DgiShop, **changes: Any) -> str:
    answer = posted(shop, **changes)
    assert answer["uid"] is None
    assert answer["errorDesc"]
    code: str = answer["errorCode"]
    return code


def bag_back(code: str, quantity: Any = 1, **changes: Any) -> dict[str, Any]:
    lines = [item("FAR25", 45000, quantity, "B")]
    credit = {"type": "FA", "reference": code, "referenceType": "RAM", "items": lines}
    return credit | changes
