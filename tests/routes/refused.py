"""Reading problem documents, and sending bytes that deserve one."""

from typing import Any, Final

import httpx

from tests.given.shop_as_process import RunningShop, new_id

PROBLEM: Final = {"type", "title", "status", "rule", "path", "detail"}
JSON: Final = {"Content-Type": "application/json"}


def refused(answer: httpx.Response, status: int, rule: str, path: str) -> dict[str, Any]:
    """The problem document that says so."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert set(document) - {"errors"} == PROBLEM
    assert (answer.status_code, document["rule"], document["path"]) == (status, rule, path)
    assert document["status"] == status
    assert document["type"] == f"/regles/{rule}"
    assert document["title"].endswith(".")
    assert document["title"][0].isupper() or document["title"][0] == "«"
    return document


def send(
    shop: RunningShop, body: bytes, sale_id: str | None = None, **headers: str
) -> httpx.Response:
    """Put these bytes as a sale."""
    answer: httpx.Response = shop.request(
        "PUT", f"/api/v1/invoices/{sale_id or new_id()}", content=body, headers=JSON | headers
    )
    return answer
