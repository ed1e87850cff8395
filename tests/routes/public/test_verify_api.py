"""What anyone may ask, and what every answer carries."""

import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from litestar.testing import TestClient

from app.routes.base.limits import CHECKS_PER_MINUTE
from app.server import create_app
from app.settings import Settings
from app.wiring import assemble
from tests.given.requests import Document, sale_request
from tests.given.shop_as_process import RunningShop, new_id
from tests.harness.postgres import Cluster

INSECURE = pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning")

# --- Keys and tables


def test_any_jose_library_verifies_a_seal_with_the_published_keys(shop: RunningShop) -> None:
    sealed = shop.sell()["security"]
    keys = shop.get("/.well-known/jwks.json", key=None)
    assert "max-age" in keys.headers["cache-control"]
    verified = jws.deserialize_compact(
        sealed["seal"], KeySet.import_key_set(keys.json()), algorithms=["ES256"]
    )
    statement = json.loads(verified.payload)
    assert (statement["v"], statement["fiscal_number"]) == ("seal/1", sealed["fiscal_number"])


def test_published_keys_say_who_may_use_them_and_hold_no_secret(shop: RunningShop) -> None:
    for key in shop.get("/.well-known/jwks.json", key=None).json()["keys"]:
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
        assert "d" not in key
        assert key["nbf"] < key["exp"]
        assert key["outlets"] == "*"


def test_both_dated_tax_tables_are_given_with_their_rates(shop: RunningShop) -> None:
    document = shop.get("/api/v1/tax-tables", key=None).json()
    tables = {table["name"]: table for table in document["items"]}
    assert document["in_force"] == "CD-2026-02"
    older, newer = (
        {g["group"]: g.get("rate") for g in tables[name]["groups"]}
        for name in ("CD-2025-05", "CD-2026-02")
    )
    assert "".join(older) == "ABCDEFGHIJKLMN"
    assert "".join(newer) == "ABCDEFGHIJKLMNOP"
    assert (older["C"], newer["C"], newer["O"], newer["B"]) == ("8", "5", "1", "16")
    assert newer["N"] is None


# --- Health


def test_a_process_that_lives_tells_its_clock(shop: RunningShop) -> None:
    document = shop.get("/healthz", key=None).json()
    assert document["status"] == "ok"
    off = datetime.now(UTC) - datetime.fromisoformat(document["time"])
    assert timedelta(seconds=-5) < off < timedelta(seconds=30)


def test_a_shop_that_can_sell_is_ready(shop: RunningShop) -> None:
    answer = shop.get("/readyz", key=None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_a_shop_whose_signer_does_not_open_is_alive_but_not_ready(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, pkcs11_module=tmp_path / "no-such-module.so")
    with TestClient(create_app(assemble(settings))) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["rule"]) == (503, "not-ready")
        assert client.get("/.well-known/jwks.json").status_code == 200


@INSECURE
def test_a_shop_whose_database_is_gone_is_alive_but_not_ready(
    postgresql: Cluster, tmp_path: Path
) -> None:
    with ExitStack() as later:
        with postgresql.fresh_database() as url:
            settings = Settings(var=tmp_path, database_url=url)
            client = later.enter_context(TestClient(create_app(assemble(settings))))
            assert client.get("/readyz").status_code == 200
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["rule"]) == (503, "not-ready")


# --- One paper


def test_number_and_code_of_a_paper_tell_what_it_should_say(shop: RunningShop) -> None:
    sold = shop.sell()
    number, code = (sold["security"][name] for name in ("fiscal_number", "auth_code"))
    document = shop.get(f"/api/v1/verify/{number}", key=None, params={"c": code.lower()}).json()
    assert (document["result"], document["status"]) == ("authentic", "normalised")
    assert document["totals"] == sold["totals"]
    assert document["security"] == sold["security"]
    assert document["normalisation"]["code_def_dgi"] == sold["normalisation"]["code_def_dgi"]
    assert "items" not in json.dumps(document)
    assert "client" not in document


def test_a_wrong_code_looks_exactly_like_an_unknown_number(shop: RunningShop) -> None:
    sold = shop.sell()["security"]
    number = sold["fiscal_number"]
    unknown = shop.get("/api/v1/verify/KIN01-1-99999999", key=None, params={"c": "X" * 19})
    assert unknown.status_code == 404
    for path in (
        f"/api/v1/verify/{number}?c=AAAA-AAAA-AAAA-AAAA",
        f"/api/v1/verify/{number}?c={sold['auth_code'][:-1]}",
        f"/api/v1/verify/{number}",
        f"/api/v1/verify/{number}?c=%F0%9F%92%A9",
        "/api/v1/verify/nonsense?c=AAAA-AAAA-AAAA-AAAA",
    ):
        answer = shop.get(path, key=None)
        assert (answer.status_code, answer.content) == (404, unknown.content)
        dated = {"date", "content-length"}
        assert {k: v for k, v in answer.headers.items() if k not in dated} == {
            k: v for k, v in unknown.headers.items() if k not in dated
        }


@INSECURE
def test_guessing_codes_is_slowed_down(tmp_path: Path) -> None:
    with TestClient(create_app(assemble(Settings(var=tmp_path)))) as client:
        path = "/api/v1/verify/KIN01-1-00000001?c=AAAA-AAAA-AAAA-AAAA"
        answers = [client.get(path) for _ in range(2 * CHECKS_PER_MINUTE + 1)]
        slowed = [a for a in answers if a.status_code == 429]
        assert {a.status_code for a in answers} == {404, 429}
        assert len(slowed) > 0
        assert slowed[0].json()["rule"] == "rate"
        assert 1 <= int(slowed[0].headers["retry-after"]) <= 60
        assert client.get("/healthz").status_code == 200


# --- Every answer

EVERYWHERE: Final = [
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/schema"), ("GET", "/.well-known/jwks.json"),
    ("GET", "/api/v1/tax-tables"), ("GET", "/api/v1/invoices"), ("GET", "/nowhere"),
    ("GET", "/manifest.webmanifest"), ("GET", "/a/nowhere.css"), ("GET", "/caisse"),
    ("GET", "/verifier"), ("GET", "/schema/nowhere"), ("PUT", "/api/v1/invoices/1"),
    ("DELETE", "/healthz"), ("OPTIONS", "/healthz"), ("HEAD", "/healthz"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
@pytest.mark.parametrize("key", ["card", None])
def test_every_answer_has_the_security_headers(
    shop: RunningShop, method: str, path: str, key: str | None
) -> None:
    headers = shop.request(method, path, key).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    if not headers.get("content-type", "").endswith("json"):  # it may be shown as a document
        assert policy["script-src"] == "'self'"
        assert headers["referrer-policy"] == "no-referrer"
        assert "cross-origin-opener-policy" in headers
        assert "permissions-policy" in headers


def test_no_page_loads_anything_from_outside(shop: RunningShop) -> None:
    sold = shop.sell()
    pages = ["/caisse", "/verifier", "/v", "/nowhere", *sold["links"].values()]
    for page in pages:
        if page.endswith(".pdf"):
            continue
        html = shop.get(page, key=None, headers={"Accept": "text/html"}, follow_redirects=True).text
        assert "<html" in html
        loaded = re.findall(r'(?:src|href|action|data)="([^"]*)"', html)
        assert loaded
        assert [address for address in loaded if re.match(r"(?:[a-z]+:)?//", address)] == []
        assert "<script>" not in html
        for address in loaded:
            if address.startswith("/a/"):
                assert shop.get(address.partition("#")[0], key=None).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/recus/nobody", "/a/nowhere.css", "/caisse/x"])
def test_a_browser_on_an_unknown_page_reads_a_calm_french_sentence(
    shop: RunningShop, path: str
) -> None:
    answer = shop.get(path, key=None, headers={"Accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>Rien ne se trouve à cette adresse.</h1>" in answer.text
    assert '<html lang="fr' in answer.text
    assert 'href="/caisse"' in answer.text


def test_the_api_tells_a_browser_a_problem_document_too(shop: RunningShop) -> None:
    answer = shop.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_head_is_a_get_without_its_body(shop: RunningShop) -> None:
    sold = shop.sell()
    for path in ("/healthz", f"/api/v1/invoices/{sold['sale_id']}", "/verifier"):
        head, whole = (shop.request(m, path) for m in ("HEAD", "GET"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_options_tell_the_methods(shop: RunningShop) -> None:
    answer = shop.request("OPTIONS", f"/api/v1/invoices/{new_id()}", None)
    assert answer.status_code == 204
    assert {"PUT", "OPTIONS"} <= set(answer.headers["allow"].split(", "))
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_another_site_gets_no_cors(shop: RunningShop) -> None:
    answer = shop.put(sale_request(), headers={"Origin": "https://evil.example"})
    assert answer.status_code == 201
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_receipt_is_private(shop: RunningShop) -> None:
    links: Document = shop.sell()["links"]
    for name in ("receipt", "pdf"):
        answer = shop.get(links[name], key=None)
        assert answer.status_code == 200
        assert {"private", "no-store"} & set(answer.headers["cache-control"].split(", "))
        assert answer.headers["x-robots-tag"] == "noindex"
    assert shop.get(links["pdf"], key=None).content.startswith(b"%PDF-")
    assert shop.get(f"{links['receipt']}.exe", key=None).status_code == 404
