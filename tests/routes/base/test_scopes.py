"""Every route of the API is tried with another outlet's key and with none: nothing leaks (F20)."""

from typing import Any, Final

import pytest

from tests.given.requests import sale_request
from tests.given.shop_as_process import NEIGHBOUR, RunningShop, new_id

KEYLESS: Final = {"/api/v1/tax-tables", "/api/v1/verify/{fiscal_number}"}
"""What anyone may ask."""
OF_TABLETS: Final = {
    "/api/v1/devices/{device_id}/heartbeat", "/api/v1/invoices/{invoice_id}/prints/{copy_id}",
}  # fmt: skip
"""What no key opens."""


def operations(shop: RunningShop) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation below /api."""
    paths: dict[str, dict[str, dict[str, Any]]] = shop.get("/schema").json()["paths"]
    return [
        (method.upper(), path, described)
        for path, methods in paths.items()
        for method, described in methods.items()
        if path.startswith("/api/")
    ]


class Secrets:
    """What the demo's outlet would not tell its neighbour."""

    def __init__(self, shop: RunningShop) -> None:
        sold = shop.sell()
        asked = shop.request("POST", "/api/v1/exports", json={"outlet_id": "KIN01"})
        self.export_id = asked.json()["id"]
        shop.wait(f"/api/v1/exports/{self.export_id}", "state", ("ready",))
        hook = {"url": "https://9.9.9.9/bono", "events": ["report.sealed"]}
        made = shop.request("POST", "/api/v1/webhooks", json=hook).json()
        self.endpoint_id = made["id"]
        self.sale_id = sold["sale_id"]
        self.send = f"/api/v1/invoices/{self.sale_id}/deliveries"
        sent = {"channel": "whatsapp-link", "to": "+243 812 345 678"}
        self.message_id = shop.request("POST", self.send, json=sent).json()["id"]
        self.number = sold["security"]["fiscal_number"]
        self.texts = [
            self.number, sold["security"]["auth_code"], sold["security"]["seal"],
            sold["links"]["receipt"], sold["normalisation"]["code_def_dgi"], "Farine",
            made["secret"], made["url"], self.endpoint_id, "243812345678",
        ]  # fmt: skip

    def fill(self, path: str, invoice_id: str) -> str:
        """The address with the secret's own names in it."""
        return path.format(
            invoice_id=invoice_id,
            export_id=self.export_id,
            number=1,
            fiscal_number=self.number,
            copy_id="original",
            device_id="0" * 22,
            endpoint_id=self.endpoint_id,
            message_id=self.message_id,
        )


@pytest.fixture(scope="module")
def secrets(shop: RunningShop) -> Secrets:
    """A sale and an export of the demo's outlet."""
    return Secrets(shop)


def _body(path: str) -> dict[str, Any]:
    """What the operation at that path would take."""
    if path.endswith("/deliveries"):
        return {"channel": "whatsapp-link", "to": "+243 899 999 999"}
    return sale_request() if "invoices" in path else {"outlet_id": "KIN01"}


@pytest.mark.parametrize("key", ["neighbour", "unknown", None])
def test_no_route_tells_a_stranger_anything(
    shop: RunningShop, secrets: Secrets, key: str | None
) -> None:
    tried = 0
    before = shop.rows()
    for method, path, _ in operations(shop):
        for invoice_id in (secrets.sale_id, secrets.number):
            body = _body(path)
            more: dict[str, Any] = {} if method == "GET" else {"json": body}
            more |= {"headers": {"Idempotency-Key": secrets.sale_id}}
            answer = shop.request(method, secrets.fill(path, invoice_id), key, **more)
            tried += 1
            if path == "/api/v1/tax-tables":
                continue
            if (method, path, key) == ("GET", "/api/v1/webhooks", "neighbour"):
                assert answer.json() == {"items": []}
            elif (method, path, key) == ("GET", "/api/v1/invoices", "neighbour"):
                assert all(
                    item["security"]["fiscal_number"].startswith(NEIGHBOUR)
                    for item in answer.json()["items"]
                )
            else:
                assert answer.status_code in {400, 401, 403, 404}, (method, path, answer.text)
            assert not [text for text in secrets.texts if text in answer.text]
    assert tried >= 20
    assert shop.rows() == before


def test_another_outlets_things_look_like_things_that_do_not_exist(
    shop: RunningShop, secrets: Secrets
) -> None:
    there = [f"/api/v1/invoices/{name}" for name in (secrets.sale_id, secrets.number)]
    export = f"/api/v1/exports/{secrets.export_id}"
    there += [export, f"{export}/audit.zip", f"{export}/chunks/1"]
    hook = f"/api/v1/webhooks/{secrets.endpoint_id}"
    there += [hook, f"{hook}/messages", secrets.send]
    nowhere = shop.get(f"/api/v1/invoices/{new_id()}", "neighbour")
    assert nowhere.status_code == 404
    for path in there:
        answer = shop.get(path, "neighbour")
        assert (answer.status_code, answer.content) == (404, nowhere.content)


def test_every_route_that_needs_a_key_says_so_in_the_schema(shop: RunningShop) -> None:
    for method, path, described in operations(shop):
        expected: Any = None if path in KEYLESS else [{"bearer": []}]
        if path == "/api/v1/invoices/{invoice_id}":
            expected = [{"bearer": []}, {"device": []}]
        if path in OF_TABLETS:
            expected = [{"device": []}]
        assert described.get("security") == expected, (method, path)
