from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from app.server import create_app
from app.services import sample_shop, terminals
from app.settings import Settings
from app.wiring import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from litestar import Litestar

    from app.services.parts import Parts

pytestmark = pytest.mark.filterwarnings("ignore:.*inferred style")  # of the API's handlers

TERMINAL, SESSION = "bono_terminal", "bono_session"
NOBODY = sample_shop.EmcfAddress("http://127.0.0.1:9/edef", "token")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """The sample shop in a process that is no demo: no browser enrols itself."""
    parts = assemble(Settings(var=tmp_path))
    sample_shop.furnish(parts.engine, "TEST_SFE", NOBODY, datetime.now(UTC))
    yield replace(parts, settings=Settings(role="outlet", var=tmp_path))
    parts.engine.dispose()


@pytest.fixture
def client(parts: Parts) -> TestClient[Litestar]:
    return TestClient(create_app(parts))


def _link(parts: Parts) -> str:
    key = (sample_shop.OUTLET, sample_shop.TERMINAL)
    return f"/caisse/enroler/{terminals.new_link(parts.engine, key, datetime.now(UTC))}"


def _token(page: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _opened(client: TestClient[Litestar], parts: Parts) -> None:
    client.post(_link(parts))
    form = {"_csrf": _token(client.get("/caisse").text), "cashier_id": "C1", "pin": "1234"}
    client.post("/caisse/ouvrir", data=form)
    assert SESSION in client.cookies


def test_a_browser_that_is_no_till_is_told_how_to_become_one(client: TestClient[Litestar]) -> None:
    page = client.get("/caisse")
    assert "n’est pas encore une caisse" in page.text
    assert "set-cookie" not in page.headers


def test_looking_at_a_link_does_not_use_it_and_using_it_does(
    client: TestClient[Litestar], parts: Parts
) -> None:
    link = _link(parts)
    for _ in range(2):  # a message app looks first, then the person
        assert "Inscrire cet appareil" in client.get(link).text
    page = client.post(link)
    assert "Qui est à la caisse" in page.text
    cookie = page.history[0].headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    client.cookies.clear()
    assert "Ce lien ne sert plus" in client.get(link).text
    assert "Ce lien ne sert plus" in client.post(link).text
    assert TERMINAL not in client.cookies


def test_the_till_s_own_addresses_ask_for_an_open_till(client: TestClient[Litestar]) -> None:
    for path in ("articles.json", "contexte.json", "ruban", "ventes/x/bandeau"):
        answer = client.get(f"/caisse/{path}")
        assert (answer.status_code, answer.json()["rule"]) == (401, "auth.key")


def test_a_form_without_the_page_s_token_opens_nothing(
    client: TestClient[Litestar], parts: Parts
) -> None:
    client.post(_link(parts))
    answer = client.post("/caisse/ouvrir", data={"cashier_id": "C1", "pin": "1234", "_csrf": "x"})
    assert (answer.status_code, answer.json()["rule"]) == (403, "auth.csrf")
    assert SESSION not in client.cookies


def test_an_open_till_knows_its_shop_and_its_taxes(
    client: TestClient[Litestar], parts: Parts
) -> None:
    _opened(client, parts)
    context = client.get("/caisse/contexte.json").json()
    assert context["operator"] == "Marie"
    assert context["pos_terminal_id"] == sample_shop.TERMINAL
    assert context["rates"]["B"] == "16"
    assert "N" not in context["rates"]


def test_the_catalogue_travels_once(client: TestClient[Litestar], parts: Parts) -> None:
    _opened(client, parts)
    first = client.get("/caisse/articles.json")
    assert len(first.json()["items"]) == len(sample_shop.ARTICLES)
    again = client.get("/caisse/articles.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_lamps_say_what_is_known_and_no_more(
    client: TestClient[Litestar], parts: Parts
) -> None:
    _opened(client, parts)
    ribbon = client.get("/caisse/ruban").text
    assert "Non configurée" in ribbon
    assert "Aucune facture" in ribbon


def test_the_strip_of_an_unknown_sale_is_not_found(
    client: TestClient[Litestar], parts: Parts
) -> None:
    _opened(client, parts)
    assert client.get("/caisse/ventes/inconnue/bandeau").status_code == 404


def test_closing_needs_the_page_s_token_and_closes(
    client: TestClient[Litestar], parts: Parts
) -> None:
    _opened(client, parts)
    assert client.post("/caisse/fermer", data={"_csrf": "x"}).status_code == 403
    page = client.post("/caisse/fermer", data={"_csrf": _token(client.get("/caisse").text)})
    assert "Qui est à la caisse" in page.text
    assert client.get("/caisse/contexte.json").status_code == 401
