"""`/api/v1/invoices/{id}/deliveries`: a receipt on its way to a customer."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.given.shop_as_process import RunningShop, new_id
from tests.routes.refused import refused


@pytest.fixture(scope="module")
def sold(shop: RunningShop) -> dict[str, Any]:
    """A normalised sale of the demo."""
    return shop.sell()


def deliver(shop: RunningShop, name: str, key: str = "card", **body: str) -> Any:
    """The receipt is asked for."""
    return shop.request("POST", f"/api/v1/invoices/{name}/deliveries", key, json=body)


def test_a_link_opens_whatsapp_with_the_receipt(shop: RunningShop, sold: dict[str, Any]) -> None:
    answer = deliver(shop, sold["sale_id"], channel="whatsapp-link", to="081 234 56 78")
    assert answer.status_code == 202
    document = answer.json()
    assert (document["state"], document["to"]) == ("prepared", "243812345678")
    address = urlsplit(document["link"])
    assert (address.netloc, address.path) == ("wa.me", "/243812345678")
    (text,) = parse_qs(address.query)["text"]
    assert sold["security"]["fiscal_number"] in text
    assert f"http://{shop.http.base_url.host}" in text
    assert text.endswith(sold["links"]["receipt"])


def test_the_deliveries_of_a_sale_are_listed_by_its_id_or_number(
    shop: RunningShop, sold: dict[str, Any]
) -> None:
    made = deliver(shop, sold["sale_id"], channel="whatsapp-link", to="0899999999").json()
    for name in (sold["sale_id"], sold["security"]["fiscal_number"]):
        listed = shop.get(f"/api/v1/invoices/{name}/deliveries").json()["items"]
        assert made["id"] in [item["id"] for item in listed]
        assert {item["channel"] for item in listed} == {"whatsapp-link"}


@pytest.mark.parametrize("channel", ["email", "whatsapp"])
def test_a_channel_that_is_not_set_up_is_refused(
    shop: RunningShop, sold: dict[str, Any], channel: str
) -> None:
    answer = deliver(shop, sold["sale_id"], channel=channel, to="client@example.com")
    refused(answer, 422, "delivery.channel", "/channel")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"channel": "sms", "to": "0812345678"}, "/channel"),
        ({"channel": "whatsapp-link", "to": "demain"}, "/to"),
    ],
)
def test_what_cannot_be_reached_is_refused(
    shop: RunningShop, sold: dict[str, Any], body: dict[str, str], path: str
) -> None:
    refused(deliver(shop, sold["sale_id"], **body), 400, "format.text", path)


def test_an_unknown_sale_has_no_deliveries(shop: RunningShop) -> None:
    answer = deliver(shop, new_id(), channel="whatsapp-link", to="0812345678")
    refused(answer, 404, "unknown", "")
    refused(shop.get(f"/api/v1/invoices/{new_id()}/deliveries"), 404, "unknown", "")


def test_a_key_that_may_only_sell_sends_nothing(shop: RunningShop, sold: dict[str, Any]) -> None:
    body = {"channel": "whatsapp-link", "to": "0812345678"}
    refused(deliver(shop, sold["sale_id"], "writer", **body), 403, "scope.operation", "")
