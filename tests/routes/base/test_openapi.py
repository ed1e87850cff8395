"""The OpenAPI document at /schema says what the API does, and its examples are accepted."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from app.server import create_app
from app.settings import Settings
from app.wiring import assemble
from tests.given.requests import Document, changed, sale_request
from tests.given.shop_as_process import RunningShop, example, new_id

METHODS: Final = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


@pytest.fixture(scope="module")
def schema(shop: RunningShop) -> Document:
    """The document as a client reads it."""
    answer = shop.get("/schema", key=None)
    assert answer.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    document: Document = answer.json()
    return document


def operations(schema: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and description of every operation."""
    for path, methods in schema["paths"].items():
        for method, described in methods.items():
            yield path, method, described


def test_the_document_has_the_shape_of_openapi_3_1(schema: Document) -> None:
    assert schema["openapi"].startswith("3.1.")
    assert schema["info"]["title"]
    assert schema["info"]["version"]
    names = [re.sub(r"\{[^}]+\}", "{}", path) for path in schema["paths"]]
    assert len(names) == len(set(names))  # templated paths that differ in names only are one
    identities = [described["operationId"] for _, _, described in operations(schema)]
    assert len(identities) == len(set(identities))


def test_every_operation_has_its_parameters_and_answers(schema: Document) -> None:
    for path, method, described in operations(schema):
        assert method in METHODS
        given = {(p["name"], p["in"]) for p in described.get("parameters", [])}
        assert {name for name, where in given if where == "path"} == set(
            re.findall(r"\{([^}]+)\}", path)
        )
        assert all(p["required"] for p in described.get("parameters", []) if p["in"] == "path")
        assert all(p["schema"] for p in described.get("parameters", []))
        assert any(status.startswith("2") for status in described["responses"])
        for status, answer in described["responses"].items():
            assert re.fullmatch(r"[2-5][0-9]{2}", status)
            assert answer["description"]
            assert all("/" in media for media in answer.get("content", {}))


def test_every_refusal_is_a_problem_document(schema: Document) -> None:
    for path, _, described in operations(schema):
        if not path.startswith("/api/"):
            continue
        for status, answer in described["responses"].items():
            if status.startswith(("4", "5")):
                (media,) = answer["content"].items()
                assert media[0] == "application/problem+json"
                assert set(media[1]["schema"]["required"]) == {
                    "type", "title", "status", "rule", "path", "detail",
                }  # fmt: skip


def test_every_route_of_the_api_is_described(schema: Document, tmp_path: Path) -> None:
    app = create_app(assemble(Settings(var=tmp_path)))
    routed = {
        (re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path_format), method.lower())
        for route in app.routes
        if route.path.startswith(("/api/", "/.well-known"))
        for method in getattr(route, "methods", ())
        if method != "OPTIONS"
    }
    app.state.parts.engine.dispose()
    described = {(path, method) for path, method, _ in operations(schema)}
    assert routed
    assert routed <= described


def test_bearer_keys_and_tablets_are_documented(schema: Document) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    device = schemes["device"]
    assert (device["type"], device["in"], device["name"]) == ("apiKey", "header", "Signature")
    assert "RFC 9421" in device["description"]
    for path, _, described in operations(schema):
        if path.startswith(("/api/v1/invoices", "/api/v1/exports", "/api/v1/devices")):
            own = "/prints/" in path or "/devices/" in path
            assert {"device" if own else "bearer": []} in described["security"]
            assert all(set(way) <= set(schemes) for way in described["security"])


def bodies(schema: Document) -> dict[str, Document]:
    """The request bodies by operation."""
    return {
        described["operationId"]: described["requestBody"]["content"]["application/json"]
        for _, _, described in operations(schema)
        if "requestBody" in described
    }


def test_request_bodies_refuse_unknown_members_at_every_depth(schema: Document) -> None:
    assert len(bodies(schema)) == 6
    for body in bodies(schema).values():
        objects = list(_objects(body["schema"]))
        assert objects
        for document in objects:
            assert document["additionalProperties"] is False
            assert set(document["required"]) <= set(document["properties"])


def _objects(schema: Document) -> Iterator[Document]:
    if schema.get("type") == "object":
        yield schema
        for member in schema["properties"].values():
            yield from _objects(member)
    elif schema.get("type") == "array":
        yield from _objects(schema["items"])


def test_no_member_of_a_sale_is_a_json_number(schema: Document) -> None:
    def types(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("type"), str):
                yield node["type"]
            for member in node.values():
                yield from types(member)

    for body in bodies(schema).values():
        assert set(types(body["schema"])) <= {"object", "array", "string"}


def test_the_examples_are_accepted(shop: RunningShop, schema: Document) -> None:
    tried = 0
    sold = shop.sell()["sale_id"]
    for path, method, described in operations(schema):
        if "requestBody" not in described:
            continue
        sale = described["requestBody"]["content"]["application/json"]["example"]
        answer = shop.request(
            method.upper(),
            path.format(invoice_id=sold if "deliveries" in path else new_id()),
            json=sale,
            headers={"Idempotency-Key": new_id()},
        )
        assert str(answer.status_code) in described["responses"]
        assert answer.status_code in {200, 201, 202}, answer.text
        tried += 1
        if path == "/api/v1/exports":
            shop.wait(answer.headers["location"], "state", ("ready",))
        if path == "/api/v1/webhooks":  # else every sale from now on would be told to nobody
            shop.request("DELETE", answer.headers["location"])
    assert tried == 6


# --- The schema against the sales that the API is known to accept and refuse: a second reader.


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def accepts(schema: Document, value: Any) -> bool:
    """Whether a JSON Schema of ours accepts the value (the few words that ours use)."""
    match schema["type"]:
        case "object":
            return (
                isinstance(value, dict)
                and set(schema["required"]) <= set(value) <= set(schema["properties"])
                and all(accepts(schema["properties"][name], value[name]) for name in value)
            )
        case "array":
            return isinstance(value, list) and all(accepts(schema["items"], v) for v in value)
        case _:
            return (
                isinstance(value, str)
                and value in schema.get("enum", [value])
                and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
                and _compiled(schema.get("pattern", "")).search(value) is not None
            )


def test_the_schema_accepts_the_sales_that_the_api_accepts(schema: Document) -> None:
    for body in bodies(schema).values():
        if "items" in body["schema"]["properties"]:
            assert accepts(body["schema"], sale_request())
            assert accepts(body["schema"], example())
        assert accepts(body["schema"], body["example"])


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("/colour", "red"), ("/items/0/colour", "red"), ("/items/0/unit_price", 45000),
        ("/items/0/unit_price", "1e3"), ("/items/0/unit_price", "-1.00"),
        ("/items/0/unit_price", "1.234"), ("/items/0/quantity", "1.2345"),
        ("/items/0/name", None), ("/items/0/name", "x" * 65), ("/items/0/tax_group", "Q"),
        ("/client/type", "XX"), ("/timestamp", "hier"), ("/outlet_id", "kin01"), ("/items", {}),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_api_refuses(
    schema: Document, member: str, value: object
) -> None:
    sale = bodies(schema)["ApiV1InvoicesInvoiceIdPutInvoice"]["schema"]
    assert not accepts(sale, changed(sale_request(), member, value))
