"""A browser becomes a till, and a till opens for a person with a PIN."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from litestar.testing import TestClient

from app.server import create_app
from app.services.shop import sample
from app.services.tills import links
from app.settings import Settings
from app.wiring import assemble
from tests.given.signing_tablet import SigningTablet
from tests.routes.refused import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from litestar import Litestar

    from app.process import Parts

pytestmark = pytest.mark.filterwarnings("ignore:.*inferred style")  # of the API's handlers

SESSION = "bono_session"
NOBODY = sample.EmcfAddress("http://127.0.0.1:9/edef", "token")
PIN = {"cashier_id": "C1", "pin": "1234"}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """The sample shop in a process that is no demo: no browser enrols itself."""
    parts = assemble(Settings(var=tmp_path))
    sample.furnish(parts.engine, "TEST_SFE", NOBODY, datetime.now(UTC))
    yield replace(parts, settings=Settings(role="outlet", var=tmp_path))
    parts.engine.dispose()


@pytest.fixture
def client(parts: Parts) -> TestClient[Litestar]:
    return TestClient(create_app(parts))


def _demo(parts: Parts, host: str = "127.0.0.1") -> TestClient[Litestar]:
    """The same shop as a demo, asked by a browser at that address."""
    app = create_app(replace(parts, settings=Settings(var=parts.settings.var)))

    async def from_host(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["client"] = (host, 50000)
        await app(scope, receive, send)

    return TestClient(from_host)  # type: ignore[arg-type]


def _link(parts: Parts, terminal_id: str = sample.TERMINAL) -> str:
    key = (sample.OUTLET, terminal_id)
    return f"/caisse/enroler/{links.new_link(parts.engine, key, datetime.now(UTC))}"


def _enrolled(client: TestClient[Litestar], parts: Parts) -> SigningTablet:
    tablet = SigningTablet()
    assert tablet.enrol(client, _link(parts)).status_code == 201
    return tablet


# --- Enrolling


def test_looking_at_a_link_does_not_use_it_and_using_it_does(
    client: TestClient[Litestar], parts: Parts
) -> None:
    link = _link(parts)
    for _ in range(2):  # a message app looks first, then the person
        page = client.get(link)
        assert "Inscrire cet appareil" in page.text
        assert "set-cookie" not in page.headers
    tablet = SigningTablet()
    answer = tablet.enrol(client, link)
    assert answer.json() == {
        "device_id": tablet.device_id,
        "outlet_id": sample.OUTLET,
        "terminal_id": sample.TERMINAL,
        "terminal_name": "Caisse 1",
    }
    assert "set-cookie" not in answer.headers
    assert "Ce lien ne sert plus" in client.get(link).text
    refused(SigningTablet().enrol(client, link), 404, "enrol.link", "")


def test_a_tablet_whose_answer_was_lost_asks_again(
    client: TestClient[Litestar], parts: Parts
) -> None:
    link, tablet = _link(parts), SigningTablet()
    first, again = tablet.enrol(client, link), tablet.enrol(client, link)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content


def test_a_link_that_nobody_gave_enrols_nobody(client: TestClient[Litestar]) -> None:
    refused(SigningTablet().enrol(client, "/caisse/enroler/inconnu"), 404, "enrol.link", "")


GOOD = SigningTablet().jwk
KEYS: dict[str, tuple[Any, str, str]] = {
    "no key": ({}, "format.missing", "/key"),
    "a key that is text": ({"key": "x"}, "format.type", "/key"),
    "another curve": ({"key": GOOD | {"crv": "P-384"}}, "format.key", "/key/crv"),
    "another kind": ({"key": GOOD | {"kty": "OKP"}}, "format.key", "/key/kty"),
    "a point off the curve": ({"key": GOOD | {"y": GOOD["x"]}}, "format.key", "/key"),
    "a short coordinate": ({"key": GOOD | {"x": "AQ"}}, "format.key", "/key"),
    "no base64url": ({"key": GOOD | {"x": "+" * 43}}, "format.key", "/key"),
    "a private key": ({"key": GOOD | {"d": GOOD["x"]}}, "format.member", "/key/d"),
    "a number": ({"key": GOOD | {"x": 7}}, "format.type", "/key/x"),
}


@pytest.mark.parametrize("case", KEYS)
def test_what_is_no_key_of_ours_is_refused_and_the_link_still_works(
    client: TestClient[Litestar], parts: Parts, case: str
) -> None:
    document, rule, path = KEYS[case]
    link = _link(parts)
    refused(client.post(link, json=document), 400, rule, path)
    assert SigningTablet().enrol(client, link).status_code == 201


def test_the_demo_enrols_browsers_of_its_own_machine(parts: Parts) -> None:
    client, first, second = _demo(parts), SigningTablet(), SigningTablet()
    places = [tablet.enrol(client).json()["terminal_id"] for tablet in (first, second, first)]
    assert places == ["T1", "T2", "T1"]
    assert first.enrol(client).status_code == 200


def test_nobody_else_enrols_without_a_link(client: TestClient[Litestar], parts: Parts) -> None:
    refused(SigningTablet().enrol(client), 403, "enrol.demo", "")
    refused(SigningTablet().enrol(_demo(parts, "192.168.1.7")), 403, "enrol.demo", "")
    page = _demo(parts).post(
        "/caisse/enroler", json={"key": GOOD}, headers={"Origin": "https://elsewhere.example"}
    )
    refused(page, 403, "enrol.demo", "")


def test_a_tablet_takes_another_terminal_by_another_link(
    client: TestClient[Litestar], parts: Parts
) -> None:
    tablet = _enrolled(client, parts)
    key = links.free_terminal(parts.engine, sample.OUTLET, sample.TERMINAL)
    tablet.ask(client, "POST", "/caisse/fermer", {})  # it is known, and kept for seconds
    assert tablet.enrol(client, _link(parts, key[1])).json()["terminal_id"] == "T2"
    place = tablet.ask(client, "GET", "/caisse/contexte.json").json()["pos_terminal_id"]
    assert place == "T2"


# --- Opening and closing


def test_the_right_pin_opens_the_till_and_closing_closes_it(
    client: TestClient[Litestar], parts: Parts
) -> None:
    tablet = _enrolled(client, parts)
    answer = tablet.ask(client, "POST", "/caisse/ouvrir", PIN)
    assert answer.json() == {"cashier_id": "C1", "name": "Marie", "role": "cashier"}
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION}=")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    for _ in range(2):
        closed = tablet.ask(client, "POST", "/caisse/fermer", {})
        assert (closed.status_code, closed.content) == (204, b"")
    assert SESSION not in client.cookies


def test_a_wrong_pin_says_how_many_tries_are_left_and_then_how_long_to_wait(
    client: TestClient[Litestar], parts: Parts
) -> None:
    tablet = _enrolled(client, parts)
    for left in ("4", "3", "2", "1"):
        wrong = tablet.ask(client, "POST", "/caisse/ouvrir", PIN | {"pin": "0000"})
        assert (wrong.status_code, wrong.json()["rule"]) == (422, "pin.wrong")
        assert wrong.json()["left"] == left
        assert "set-cookie" not in wrong.headers
    for pin in ("0000", "1234"):
        locked = tablet.ask(client, "POST", "/caisse/ouvrir", PIN | {"pin": pin})
        refused(locked, 429, "pin.locked", "")
        assert 0 < int(locked.headers["retry-after"]) <= 60
    joseph = {"cashier_id": "C2", "pin": "2345"}
    assert tablet.ask(client, "POST", "/caisse/ouvrir", joseph).status_code == 200


def test_a_pin_cannot_be_asked_in_another_form(client: TestClient[Litestar], parts: Parts) -> None:
    tablet = _enrolled(client, parts)
    for document in ({}, {"cashier_id": "C1"}, PIN | {"pin": 1234}, PIN | {"pin": "1" * 65}):
        answer = tablet.ask(client, "POST", "/caisse/ouvrir", document)
        assert answer.status_code == 400, answer.text


def test_a_link_older_than_fifteen_minutes_is_spent(
    client: TestClient[Litestar], parts: Parts
) -> None:
    key = (sample.OUTLET, sample.TERMINAL)
    before = datetime.now(UTC) - timedelta(minutes=16)
    link = f"/caisse/enroler/{links.new_link(parts.engine, key, before)}"
    assert "Ce lien ne sert plus" in client.get(link).text
    refused(SigningTablet().enrol(client, link), 404, "enrol.link", "")
