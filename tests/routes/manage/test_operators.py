"""The operators' pages: one-time links, every outlet, the largest trouble first, acts by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from app.fiscal.ledger import utc_text
from app.server import create_app
from app.services.people import operators
from app.settings import Settings
from app.store.cases.cases import open_case
from app.store.engine import writing
from app.wiring import assemble
from tests.commands.test_help import bono
from tests.given import requests
from tests.given.shop_as_process import NEIGHBOUR, RunningShop, open_shop, opened
from tests.given.visitors import HTMX, MANAGER, Visitor, at_till, browser, new_link, operator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*inferred style")  # of the API's handlers

POINT: Final = "/exploitation/points/KIN01"
CASE: Final = f"{POINT}/cas/refused-1"
PAGES: Final = (
    "/exploitation", "/exploitation/regles", f"{POINT}/envois", CASE, f"{POINT}/pannes",
    f"{POINT}/pannes/journal.jsonl", f"{POINT}/messages",
)  # fmt: skip
ACTS: Final = (
    "/exploitation/regles", f"{POINT}/envois/pause", f"{POINT}/envois/reprendre",
    f"{POINT}/envois/essayer", f"{CASE}/clore", f"{CASE}/proposer", f"{CASE}/confirmer",
    f"{CASE}/retirer", f"{POINT}/messages/x/rejouer", "/exploitation/fermer",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with open_shop(tmp_path_factory.mktemp("operated")) as shop:
        with opened(shop.var) as engine, writing(engine) as session:
            at, text = utc_text(datetime.now(UTC)), "NIF inconnu"
            open_case(session, "KIN01", "refused", "une-vente", text=text, fix="operator", at=at)
        yield shop


@pytest.fixture
def awa(shop: RunningShop) -> Iterator[Visitor]:
    with operator(shop) as visitor:
        yield visitor


# --- Links and sessions


def test_looking_at_a_link_does_not_use_it_and_using_it_does(shop: RunningShop) -> None:
    link = new_link(shop)
    with browser(shop) as first, browser(shop) as second:
        for _ in range(2):  # a message app looks first, then the person
            page = first.see(link)
            assert (page.status_code, "set-cookie" in page.headers) == (200, False)
        entered = first.http.post(link)
        assert (entered.status_code, entered.headers["location"]) == (303, "/exploitation")
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert first.see("/exploitation").status_code == 200
        spent = second.http.post(link, headers={"Accept": "text/html"})
        assert (spent.status_code, "Ce lien ne sert plus" in spent.text) == (404, True)
        assert second.see("/exploitation").status_code == 403


def test_a_link_older_than_fifteen_minutes_is_spent(shop: RunningShop) -> None:
    before = datetime.now(UTC) - timedelta(minutes=16)
    with opened(shop.var) as engine, browser(shop) as visitor:
        link = f"/exploitation/entrer/{operators.new_link(engine, 'Awa', before)}"
        assert visitor.see(link).status_code == 404
        assert visitor.http.post(link).status_code == 404


def test_a_session_ends_after_twelve_hours_and_when_it_is_closed(shop: RunningShop) -> None:
    now = datetime.now(UTC)
    with opened(shop.var) as engine:
        secret = operators.enter(engine, operators.new_link(engine, "Awa", now), now)
        assert secret
        almost, after = (now + timedelta(hours=12, seconds=s) for s in (-1, 1))
        found = operators.standing(engine, secret, almost)
        assert found
        assert found.by == "operator:Awa"
        assert operators.standing(engine, secret, after) is None
        operators.leave(engine, secret, now)
        assert operators.standing(engine, secret, now) is None


def test_closing_forgets_the_browser(shop: RunningShop) -> None:
    with operator(shop) as awa:
        assert awa.send("/exploitation/fermer").status_code == 303
        assert awa.see("/exploitation").status_code == 403


@pytest.mark.parametrize("name", ["", " ", "a" * 41, "Awa\n", "<b>", "x:y"])
def test_a_name_that_could_not_stand_in_the_ledger_gets_no_link(
    shop: RunningShop, name: str
) -> None:
    with opened(shop.var) as engine, pytest.raises(operators.NotAName):
        operators.new_link(engine, name, datetime.now(UTC))


def test_the_command_prints_a_link_that_works(shop: RunningShop) -> None:
    ended = bono(shop.var, "operator-link", "--name", "Grâce M.", BONO_PORT=shop.card["url"][-5:])
    assert (ended.returncode, ended.stderr) == (0, "")
    link = ended.stdout.strip().removeprefix(shop.card["url"])
    with browser(shop, "/exploitation") as visitor:
        assert visitor.http.post(link).status_code == 303
        assert "Grâce M." in visitor.see("/exploitation").text
    refused = bono(shop.var, "operator-link", "--name", "<b>")
    assert (refused.returncode, "--name" in refused.stderr) == (2, True)


# --- Who may do what


def test_the_tables_of_this_file_name_every_address(tmp_path: Path) -> None:
    named = [*(("GET", path) for path in PAGES), *(("POST", path) for path in ACTS)]
    for route in create_app(assemble(Settings(var=tmp_path))).routes:
        if route.path.startswith("/exploitation") and "/entrer/" not in route.path:
            pattern = re.compile(re.sub(r"\{\w+\}", r"[^/]+", route.path_format))
            for method in getattr(route, "methods", set()) - {"OPTIONS"}:
                assert any(m == method and pattern.fullmatch(path) for m, path in named), pattern


@pytest.mark.parametrize("path", PAGES)
def test_an_operator_sees_the_page_and_nobody_else_does(
    shop: RunningShop, awa: Visitor, path: str
) -> None:
    page = awa.see(path)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    with browser(shop) as nobody, at_till(shop, MANAGER) as manager:
        assert nobody.see(path).status_code == 403
        assert manager.see(path).status_code == 403
        assert nobody.see(path, **HTMX).headers["hx-refresh"] == "true"


@pytest.mark.parametrize("path", ACTS)
def test_a_form_without_the_token_of_its_session_does_nothing(
    shop: RunningShop, awa: Visitor, path: str
) -> None:
    with operator(shop, "Koffi") as other, at_till(shop, MANAGER) as manager:
        tokens = ["", other.token(), manager.token()]
    before = shop.rows()
    for token in tokens:
        assert awa.send(path, token=token, outcome="Fait").status_code == 403
    assert shop.rows() == before


@pytest.mark.parametrize(
    "path",
    ["points/XXX99/envois", "points/XXX99/cas/refused-1", f"points/{NEIGHBOUR}/cas/refused-1"],
)
def test_what_is_not_there_is_not_found(awa: Visitor, path: str) -> None:
    assert awa.see(f"/exploitation/{path}").status_code == 404


# --- The outlets


def test_the_largest_trouble_stands_first(shop: RunningShop, awa: Visitor) -> None:
    page = awa.see("/exploitation").text
    assert page.index("Alimentation Exemple") < page.index("Boutique voisine")
    assert "1 point de vente" in page.replace("\u00a0", " ")
    assert shop.card["merchant_nif"] not in page


def test_what_an_operator_does_carries_the_operators_name(shop: RunningShop, awa: Visitor) -> None:
    assert awa.does(f"{POINT}/envois/pause").startswith("Les envois sont en pause")
    assert "Mis en pause par Awa (service central)" in awa.see(f"{POINT}/envois").text
    with at_till(shop, MANAGER) as manager:
        assert "Mis en pause par Awa (service central)" in manager.see("/gestion").text
    sale = shop.put(requests.sale_request()).json()["sale_id"]
    assert awa.does(f"{POINT}/envois/reprendre") == "Les envois reprennent."
    shop.wait(f"/api/v1/invoices/{sale}", "status", ("normalised",))
    [event] = shop.events("sync.paused")
    assert event["data"]["by"] == "operator:Awa"


def test_an_operator_closes_a_case_of_an_outlet(shop: RunningShop, awa: Visitor) -> None:
    with opened(shop.var) as engine, writing(engine) as session:
        here, at = NEIGHBOUR, utc_text(datetime.now(UTC))
        case = open_case(session, here, "message", "autre", text="Perdu.", fix="operator", at=at)
        assert case
        path = f"/exploitation/points/{NEIGHBOUR}/cas/{case.case_id}"
    assert "À vous d’agir" in awa.see(path).text
    assert awa.does(f"{path}/clore", outcome="Adresse corrigée") == "Le cas est clos."
    assert "par Awa (service central). Adresse corrigée" in awa.see(path).text
