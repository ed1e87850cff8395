"""The OpenAPI document at /schema says what the API does, and its examples are accepted."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from app.server import create_app
from app.services.messages.catalogue import EVENTS
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


def whole(node: Any, schema: Document) -> Any:
    """The node with the named schemas in the place of their references."""
    if isinstance(node, list):
        return [whole(one, schema) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return whole(schema["components"]["schemas"][node["$ref"].rpartition("/")[2]], schema)
    return {name: whole(value, schema) for name, value in node.items()}


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
                assert media[1]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_names_are_short_ascii_and_every_member_has_its_words(schema: Document) -> None:
    tags = {tag["name"] for tag in schema["tags"]}
    for _, _, described in operations(schema):
        assert re.fullmatch(r"[a-z]+(_[a-z]+){1,3}", described["operationId"])
        assert set(described["tags"]) <= tags
        assert described["summary"]
    assert all(re.fullmatch("[a-z]+", tag) for tag in tags)
    for name, shape in schema["components"]["schemas"].items():
        assert re.fullmatch("[A-Za-z]+", name)
        for member, described in shape.get("properties", {}).items():
            assert "$ref" in described or described["description"], (name, member)


def test_every_json_answer_has_a_shape(schema: Document) -> None:
    for path, method, described in operations(schema):
        for status, answer in described["responses"].items():
            for media, content in answer.get("content", {}).items():
                if media.endswith("json"):
                    assert "$ref" in content["schema"], (path, method, status)


def test_the_webhooks_are_the_events_that_may_be_asked_for(schema: Document) -> None:
    assert set(schema["webhooks"]) == set(EVENTS)


def fits(schema: Document, value: Any) -> bool:
    """Whether an answer is of that shape: nothing is missing, nothing is more."""
    if "anyOf" in schema:
        return any(fits(one, value) for one in schema["anyOf"])
    if schema["type"] == "object":
        return _fits_object(schema, value)
    if schema["type"] == "array":
        return all(fits(schema["items"], one) for one in value)
    if schema["type"] == "string":
        return accepts(schema, value)
    return isinstance(value, bool if schema["type"] == "boolean" else str | int)


def _fits_object(schema: Document, value: Any) -> bool:
    if "properties" not in schema:
        more = schema["additionalProperties"]
        return more is True or all(fits(more, one) for one in value.values())
    return (
        set(schema["required"]) <= set(value)
        and set(value) <= set(schema["properties"])
        and all(fits(schema["properties"][name], value[name]) for name in value)
    )


def test_what_is_answered_has_the_shape_that_is_described(
    shop: RunningShop, schema: Document
) -> None:
    sold = shop.sell()
    number, code = (sold["security"][name] for name in ("fiscal_number", "auth_code"))
    hook = {"url": "https://example.com/bono", "events": ["*"]}
    made = shop.request("POST", "/api/v1/webhooks", json=hook)
    endpoint = made.headers["location"]
    asked: list[tuple[str, str, str, Any]] = [
        ("GET", "/api/v1/invoices/{invoice_id}", f"/api/v1/invoices/{number}", None),
        ("PUT", "/api/v1/invoices/{invoice_id}", f"/api/v1/invoices/{new_id()}", example()),
        ("GET", "/api/v1/invoices", "/api/v1/invoices?per_page=1", None),
        ("POST", "/api/v1/invoices/preview", "/api/v1/invoices/preview", sale_request()),
        ("GET", "/api/v1/verify/{fiscal_number}", f"/api/v1/verify/{number}?c={code}", None),
        ("GET", "/api/v1/tax-tables", "/api/v1/tax-tables", None),
        ("GET", "/.well-known/jwks.json", "/.well-known/jwks.json", None),
        ("GET", "/healthz", "/healthz", None),
        ("GET", "/readyz", "/readyz", None),
        ("GET", "/api/v1/outages", "/api/v1/outages?outlet_id=KIN01", None),
        ("GET", "/api/v1/webhooks", "/api/v1/webhooks", None),
        ("GET", "/api/v1/webhooks/{endpoint_id}", endpoint, None),
        ("POST", "/api/v1/webhooks/{endpoint_id}/rotate", f"{endpoint}/rotate", None),
        ("GET", "/api/v1/webhooks/{endpoint_id}/messages", f"{endpoint}/messages", None),
        (
            "POST", "/api/v1/invoices/{invoice_id}/deliveries",
            f"/api/v1/invoices/{number}/deliveries",
            {"channel": "whatsapp-link", "to": "+243 812 345 678"},
        ),
        (
            "GET", "/api/v1/invoices/{invoice_id}/deliveries",
            f"/api/v1/invoices/{number}/deliveries", None,
        ),
        ("GET", "/api/v1/nowhere", "/api/v1/nowhere", None),
    ]  # fmt: skip
    for method, path, address, body in asked:
        answer = shop.request(method, address, **({} if body is None else {"json": body}))
        shape: Document = {"$ref": "/Problem"}
        if path in schema["paths"]:
            described = schema["paths"][path][method.lower()]["responses"]
            shape = described[str(answer.status_code)]["content"]["application/json"]["schema"]
        assert fits(whole(shape, schema), answer.json()), (path, answer.text)
    shop.request("DELETE", endpoint)


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
        described["operationId"]: whole(
            described["requestBody"]["content"]["application/json"], schema
        )
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
    sale = bodies(schema)["issue_invoice"]["schema"]
    assert not accepts(sale, changed(sale_request(), member, value))
