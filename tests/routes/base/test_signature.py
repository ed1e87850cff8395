"""A request is a tablet's only when it is signed in the one form, and exactly as it came (F20)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from litestar.testing import TestClient

from app.server import create_app
from app.settings import Settings
from app.store.engine import writing
from app.store.tables.tills import Device
from app.wiring import assemble
from tests.given import requests
from tests.given.shop_as_process import NEIGHBOUR, RunningShop, furnish_neighbour, new_id, opened
from tests.given.signing_tablet import P256_ORDER, SigningTablet, encoded, field_of, numbers_of
from tests.routes.base.forged_requests import (
    FORGERIES,
    OF_BODIES,
    PIN,
    ROUTES,
    Asked,
    asked_for,
    filled,
    sent,
)
from tests.routes.refused import refused

VECTORS: Final = json.loads(
    (Path(__file__).parents[2] / "vectors" / "device-signatures.json").read_text()
)


@pytest.mark.parametrize("route", ROUTES)
def test_a_forged_request_is_refused_and_nothing_changes(
    untouched: RunningShop, tablet: SigningTablet, route: str
) -> None:
    asked = asked_for(untouched, tablet, route, new_id())
    forgeries = FORGERIES | (OF_BODIES if asked.body else {})
    for name, forge in forgeries.items():
        answer = sent(untouched, asked, forge(asked))
        key = route in {"a sale", "an answer"} and "Signature-Input is missing" in name
        try:  # who does not even say to be a tablet is asked for a key
            refused(answer, 401, "auth.key" if key else "auth.device", "")
        except AssertionError as error:
            raise AssertionError(f"{name}: {answer.status_code} {answer.text}") from error


@pytest.mark.parametrize("route", [name for name, (*_, body) in ROUTES.items() if body is not None])
def test_a_changed_body_is_refused_and_nothing_changes(
    untouched: RunningShop, tablet: SigningTablet, route: str
) -> None:
    asked = asked_for(untouched, tablet, route, new_id())
    headers = asked.headers()
    for body in (asked.body + b" ", b"{}x", b""):
        asked.body = body
        refused(sent(untouched, asked, headers), 401, "auth.device", "")


def test_a_body_that_nobody_signed_is_refused(
    untouched: RunningShop, tablet: SigningTablet
) -> None:
    asked = asked_for(untouched, tablet, "the context", new_id())
    headers = asked.headers()
    asked.body = b"{}"
    refused(sent(untouched, asked, headers), 401, "auth.device", "")


def test_a_key_of_the_api_is_no_tablet(untouched: RunningShop) -> None:
    for path in ("contexte.json", "articles.json", "clients.json"):
        refused(untouched.get(f"/caisse/{path}"), 401, "auth.device", "")
    for path in ("ouvrir", "fermer", "approuver"):
        answer = untouched.request("POST", f"/caisse/{path}", json=PIN)
        refused(answer, 401, "auth.device", "")


def test_a_tablet_is_no_key_of_the_api(untouched: RunningShop, tablet: SigningTablet) -> None:
    sale = requests.sale_request()
    for method, path, document in (
        ("GET", "/api/v1/invoices", None),
        ("POST", "/api/v1/invoices/preview", sale),
        ("POST", "/api/v1/exports", {"outlet_id": "KIN01"}),
    ):
        answer = tablet.ask(untouched.http, method, path, document)
        assert answer.json()["rule"] in {"auth.key", "scope.operation"}, answer.text
    answer = tablet.ask(
        untouched.http, "POST", "/api/v1/invoices", sale, **{"Idempotency-Key": new_id()}
    )
    refused(answer, 401, "auth.key", "")


def test_both_forms_of_one_signature_are_it(shop: RunningShop, tablet: SigningTablet) -> None:
    """A browser makes high and low values of s alike; no id of ours follows from a signature."""
    asked = asked_for(shop, tablet, "closing", new_id())
    headers = asked.headers()
    r, s = numbers_of(headers["Signature"])
    for twin in (s, P256_ORDER - s):
        answer = sent(shop, asked, headers | {"Signature": field_of(r, twin)})
        assert answer.status_code == 204, answer.text


@pytest.mark.parametrize("created", ["0", "-1", "99999999999"])
def test_the_clock_of_a_tablet_is_never_judged(
    shop: RunningShop, tablet: SigningTablet, created: str
) -> None:
    asked = asked_for(shop, tablet, "closing", new_id())
    parameters = f';created={created};keyid="{tablet.device_id}";alg="ecdsa-p256-sha256"'
    headers = asked.headers() | tablet.signature(asked.fields(), parameters)
    assert sent(shop, asked, headers).status_code == 204


def test_a_sale_is_the_tablets_and_a_replay_changes_nothing(
    shop: RunningShop, tablet: SigningTablet
) -> None:
    place = tablet.enrol(shop.http).json()["terminal_id"]
    sale_id, sale = new_id(), requests.sale_request(pos_terminal_id=place)
    asked = Asked(
        tablet, "PUT", shop.http.base_url.join(f"/api/v1/invoices/{sale_id}"), encoded(sale)
    )
    headers = asked.headers()
    first = sent(shop, asked, headers)
    assert first.status_code == 201, first.text
    invoice = first.json()["invoice"]
    assert (invoice["source"], invoice["submitted_by"]) == ("till", f"device:{tablet.device_id}")
    before = shop.rows()
    again = sent(shop, asked, headers)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replay"] == "true"
    number = first.json()["security"]["fiscal_number"]
    for name in (sale_id, number):
        read = tablet.ask(shop.http, "GET", f"/api/v1/invoices/{name}")
        assert (read.status_code, read.content) == (200, first.content)
    assert shop.rows() == before


def test_a_tablet_speaks_for_its_own_terminal_and_outlet(
    untouched: RunningShop, tablet: SigningTablet
) -> None:
    for changes, rule, path in (
        ({"pos_terminal_id": "T99"}, "scope.terminal", "/pos_terminal_id"),
        ({"outlet_id": NEIGHBOUR}, "scope.outlet", "/outlet_id"),
        ({"merchant_nif": "A7700001Y"}, "scope.merchant", "/merchant_nif"),
    ):
        sale = requests.sale_request(**changes)
        answer = tablet.ask(untouched.http, "PUT", f"/api/v1/invoices/{new_id()}", sale)
        refused(answer, 403, rule, path)


def test_the_tablet_of_another_outlet_reads_and_changes_nothing_of_this_one(
    own_shop: RunningShop,
) -> None:
    sold = own_shop.sell()
    with opened(own_shop.var) as engine:
        stranger = SigningTablet().put_in(engine, NEIGHBOUR, "T1")
    before = own_shop.rows()
    texts = [sold["security"]["fiscal_number"], sold["security"]["auth_code"], "Farine"]
    for name, (method, path, document) in ROUTES.items():
        for sale in (sold["sale_id"], sold["security"]["fiscal_number"]):
            if sale != sold["sale_id"] and "/prints/{sale}" in path:
                continue
            filled_path = filled(path, SigningTablet(), sale)  # another device's heartbeat
            answer = stranger.ask(
                own_shop.http, method, filled_path, filled(document, stranger, sold["sale_id"])
            )
            assert not [text for text in texts if text in answer.text], name
            if not path.startswith("/caisse") or name in {"opening", "approving"}:
                assert answer.status_code in {400, 403, 404, 422}, (name, answer.text)
    after = own_shop.rows()
    assert after.pop("pin_attempts") > before.pop("pin_attempts")  # that was counted
    assert after == before
    own_shop.check()


# --- Another implementation


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    """A server on whose outlet the tablet of the vectors is a terminal; nothing of it runs."""
    parts = assemble(Settings(var=tmp_path))
    furnish_neighbour(parts.engine)
    with writing(parts.engine) as session:
        session.add(
            Device(
                outlet_id=NEIGHBOUR,
                device_id=VECTORS["device_id"],
                terminal_id="T1",
                jwk=json.dumps(VECTORS["key"]),
                enrolled_at="2026-11-22T10:00:00Z",
            )
        )
    yield TestClient(create_app(parts))
    parts.engine.dispose()


@pytest.mark.filterwarnings("ignore:.*inferred style")  # of the API's handlers
@pytest.mark.parametrize("name", VECTORS["requests"])
def test_what_another_implementation_signs_is_signed(client: TestClient[Any], name: str) -> None:
    given = VECTORS["requests"][name]
    for headers, known in ((given["headers"], True), (given["headers"] | {"Host": "x"}, False)):
        answer = client.request(
            given["method"], given["url"], content=given["body"] or None, headers=headers
        )
        assert (answer.json()["rule"] != "auth.device") == known, answer.text
