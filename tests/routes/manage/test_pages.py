"""The manager's pages: who may see them, whose they are, and that every act has a name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import text

from app.fiscal.ledger import utc_text
from app.server import create_app
from app.settings import Settings
from app.store.cases.cases import open_case
from app.store.engine import writing
from app.store.messages import messages
from app.store.tables.messages import Message
from app.wiring import assemble
from tests.given import requests
from tests.given.shop_as_process import NEIGHBOUR, RunningShop, open_shop, opened
from tests.given.signing_tablet import SigningTablet
from tests.given.visitors import (
    CASHIER,
    HTMX,
    MANAGER,
    Visitor,
    at_till,
    browser,
    done,
    mark,
    neighbours_manager,
    operator,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*inferred style")  # of the API's handlers

CASE: Final = "message-1"
"""A case and a message of the outlet; those of the neighbour have other names."""
MESSAGE: Final = "msg_ours"
THEIR_MESSAGE: Final = "msg_theirs"
THEIR_CASE: Final = "refused-1"
PAGES: Final = (
    "/gestion", "/gestion/envois", f"/gestion/cas/{CASE}", "/gestion/regles", "/gestion/pannes",
    "/gestion/pannes/journal.jsonl", "/gestion/messages",
)  # fmt: skip
ACTS: Final = (
    "/gestion/envois/pause", "/gestion/envois/reprendre", "/gestion/envois/essayer",
    f"/gestion/cas/{CASE}/clore", f"/gestion/cas/{CASE}/proposer", f"/gestion/cas/{CASE}/confirmer",
    f"/gestion/cas/{CASE}/retirer", "/gestion/regles", f"/gestion/messages/{MESSAGE}/rejouer",
)  # fmt: skip
EVERY_ACT: Final = {
    "outcome": "Fait", "reason": "Vu", "issue": "absent", "regle_amber_minutes": "7",
    "avant_amber_count": "50",
}  # fmt: skip
"""Fields that would do something at each of these addresses."""


def _message(outlet_id: str, message_id: str) -> Message:
    return Message(
        outlet_id=outlet_id,
        message_id=message_id,
        channel="email",
        event="receipt",
        target="client@example.com",
        body=b"{}",
        created_at="2026-11-22T10:00:00Z",
        state="failed",
        done_at="2026-11-22T10:00:00Z",
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop and its neighbour, each with a case and a message."""
    with open_shop(tmp_path_factory.mktemp("managed")) as shop:
        with opened(shop.var) as engine, writing(engine) as session:
            at = utc_text(datetime.now(UTC))
            ours, theirs = "Pas remis.", "Leur secret."
            open_case(session, "KIN01", "message", "client", text=ours, fix="operator", at=at)
            open_case(
                session, NEIGHBOUR, "refused", "leur-vente", text=theirs, fix="manager", at=at
            )
            messages.add(session, [_message("KIN01", MESSAGE), _message(NEIGHBOUR, THEIR_MESSAGE)])
        yield shop


@pytest.fixture
def manager(shop: RunningShop) -> Iterator[Visitor]:
    with at_till(shop, MANAGER) as visitor:
        yield visitor


# --- Who may see them


def test_the_tables_of_this_file_name_every_address(tmp_path: Path) -> None:
    named = [*(("GET", path) for path in PAGES), *(("POST", path) for path in ACTS)]
    routed = [
        (method, re.compile(re.sub(r"\{\w+\}", r"[^/]+", route.path_format)))
        for route in create_app(assemble(Settings(var=tmp_path))).routes
        for method in getattr(route, "methods", set()) - {"OPTIONS"}
        if route.path.startswith("/gestion")
    ]
    for method, pattern in routed:
        assert any(m == method and pattern.fullmatch(path) for m, path in named), pattern
    for method, path in named:
        assert any(m == method and pattern.fullmatch(path) for m, pattern in routed), path


@pytest.mark.parametrize("path", PAGES)
def test_a_manager_sees_the_page_and_nobody_keeps_it(manager: Visitor, path: str) -> None:
    page = manager.see(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES)
def test_without_a_managers_code_the_page_says_so(shop: RunningShop, path: str) -> None:
    with browser(shop) as nobody:
        page = nobody.see(path)
    assert page.status_code == 403
    assert "Il faut le code d’un gérant" in page.text
    assert 'href="/caisse"' in page.text


def test_a_cashier_is_told_that_a_managers_code_is_needed(shop: RunningShop) -> None:
    with at_till(shop, CASHIER) as cashier:
        for path in PAGES:
            page = cashier.see(path)
            assert (page.status_code, "ouverte au nom de Marie" in page.text) == (403, True)
            assert "Pas remis" not in page.text
        for path in ACTS:
            assert cashier.send(path, token="x", **EVERY_ACT).status_code == 403


def test_an_operator_is_no_manager_and_a_manager_no_operator(
    shop: RunningShop, manager: Visitor
) -> None:
    with operator(shop) as awa:
        assert awa.see("/gestion").status_code == 403
    assert manager.see("/exploitation").status_code == 403


def test_closing_the_till_closes_the_pages(shop: RunningShop) -> None:
    tablet = SigningTablet()
    with browser(shop) as visitor:
        tablet.enrol(visitor.http)
        tablet.ask(visitor.http, "POST", "/caisse/ouvrir", MANAGER)
        secret = visitor.http.cookies["bono_session"]
        assert visitor.see("/gestion").status_code == 200
        tablet.ask(visitor.http, "POST", "/caisse/fermer", {})
        visitor.http.cookies.set("bono_session", secret)
        assert visitor.see("/gestion").status_code == 403


ENDS: Final = {
    "twelve hours later": "UPDATE till_session SET opened_at = :before WHERE closed_at IS NULL",
    "the tablet revoked": "UPDATE device SET revoked_at = :before",
    "no manager any more": "UPDATE person SET role = substr('cashier', 1, length(:before))",
}
MANAGES: Final = "UPDATE person SET role = 'manager' WHERE cashier_id LIKE 'M%'"


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_the_right_ends_it_at_once(shop: RunningShop, manager: Visitor, end: str) -> None:
    assert manager.see("/gestion").status_code == 200
    before = utc_text(datetime.now(UTC) - timedelta(hours=12, seconds=1))
    with opened(shop.var) as engine:
        with engine.begin() as connection:
            connection.execute(text(ENDS[end]), {"before": before})
        assert manager.see("/gestion").status_code == 403
        with engine.begin() as connection:
            connection.execute(text(MANAGES))


# --- Whose they are


@pytest.mark.parametrize("path", ACTS)
@pytest.mark.parametrize("token", ["", "x", "another's"])
def test_a_form_of_no_session_or_of_another_does_nothing(
    shop: RunningShop, manager: Visitor, path: str, token: str
) -> None:
    before = shop.rows()
    if token == "another's":
        with at_till(shop, MANAGER) as other:
            token = other.token()
            before = shop.rows()
            answer = manager.send(path, token=token, **EVERY_ACT)
    else:
        answer = manager.send(path, token=token, **EVERY_ACT)
    assert answer.status_code == 403
    assert "Cette page est trop ancienne" in answer.text
    assert shop.rows() == before


def test_a_form_in_another_coding_does_nothing(shop: RunningShop, manager: Visitor) -> None:
    token, before = manager.token(), shop.rows()
    for more in ({"json": {"jeton": token}}, {"files": {"jeton": (None, token)}}):
        answer = manager.http.post("/gestion/envois/pause", **more)
        assert answer.status_code == 403
    assert shop.rows() == before


THEIRS: Final[tuple[tuple[str, str], ...]] = (
    ("GET", f"/gestion/cas/{THEIR_CASE}"),
    ("POST", f"/gestion/cas/{THEIR_CASE}/clore"),
    ("POST", f"/gestion/cas/{THEIR_CASE}/proposer"),
    ("POST", f"/gestion/cas/{THEIR_CASE}/confirmer"),
    ("POST", f"/gestion/cas/{THEIR_CASE}/retirer"),
    ("POST", f"/gestion/messages/{THEIR_MESSAGE}/rejouer"),
)


@pytest.mark.parametrize(("method", "path"), THEIRS)
def test_what_is_another_outlets_is_not_there(
    shop: RunningShop, manager: Visitor, method: str, path: str
) -> None:
    answer = manager.see(path) if method == "GET" else manager.send(path, **EVERY_ACT)
    assert answer.status_code == 404
    assert "Leur secret" not in answer.text
    with opened(shop.var) as engine, engine.begin() as connection:
        asked = "SELECT count(*) FROM sync_case WHERE closed_at IS NULL AND outlet_id = 'LUB01'"
        assert connection.scalar(text(asked)) == 1
        asked = f"SELECT state FROM message WHERE message_id = '{THEIR_MESSAGE}'"  # noqa: S608
        assert connection.scalar(text(asked)) == "failed"


def test_each_manager_sees_their_own_outlet_only(shop: RunningShop, manager: Visitor) -> None:
    with neighbours_manager(shop) as neighbour:
        theirs = "".join(neighbour.see(path).text for path in PAGES if CASE not in path)
    ours = "".join(manager.see(path).text for path in PAGES)
    assert "Leur secret" in theirs
    assert "Leur secret" not in ours
    assert "Pas remis" in ours
    assert "Pas remis" not in theirs
    assert "Boutique voisine" not in ours


def test_an_outlet_without_a_control_module_has_no_queue_to_pause(shop: RunningShop) -> None:
    with neighbours_manager(shop) as neighbour:
        assert "Mettre en pause" not in neighbour.see("/gestion/envois").text
        assert neighbour.send("/gestion/envois/pause").status_code == 404


# --- Acts


def test_a_pause_and_its_end_stand_in_the_ledger_once_with_who_did_it(
    shop: RunningShop, manager: Visitor
) -> None:
    assert manager.does("/gestion/envois/pause").startswith("Les envois sont en pause")
    assert manager.does("/gestion/envois/pause") == "C’était déjà fait."
    page = manager.see("/gestion/envois").text
    assert "Mis en pause par Béatrice à" in page
    assert "Béatrice a mis les envois en pause" in page
    sale = shop.put(requests.sale_request())
    assert (sale.status_code, sale.json()["status"]) == (202, "sealed")
    assert "En attente" in manager.see("/gestion/envois").text
    assert manager.does("/gestion/envois/reprendre") == "Les envois reprennent."
    shop.wait(f"/api/v1/invoices/{sale.json()['sale_id']}", "status", ("normalised",))
    for name in ("sync.paused", "sync.resumed"):
        [event] = shop.events(name)
        assert event["data"] == {"nim": "CD01999901-1", "by": "M1"}
    shop.check()


def test_trying_now_is_journalled_too(shop: RunningShop, manager: Visitor) -> None:
    before = len(shop.events("sync.tried"))
    assert manager.does("/gestion/envois/essayer").startswith("Un nouvel essai est demandé")
    assert [event["data"]["by"] for event in shop.events("sync.tried")[before:]] == ["M1"]


@pytest.mark.parametrize("path", ["/gestion/envois/vider", f"/gestion/cas/{CASE}/effacer"])
def test_an_act_that_is_none_is_not_found(manager: Visitor, path: str) -> None:
    assert manager.send(path).status_code == 404


def test_a_case_is_closed_with_who_and_what(shop: RunningShop, manager: Visitor) -> None:
    with opened(shop.var) as engine, writing(engine) as session:
        at = utc_text(datetime.now(UTC))
        case = open_case(session, "KIN01", "message", "autre", text="Perdu.", fix="manager", at=at)
        assert case
        path = f"/gestion/cas/{case.case_id}"
    nothing = manager.send(f"{path}/clore", outcome=" ")
    assert nothing.status_code == 422
    assert "Dites en quelques mots ce qui a été fait." in nothing.text
    assert "Perdu." in manager.see("/gestion").text
    assert manager.does(f"{path}/clore", outcome="Adresse corrigée <b>") == "Le cas est clos."
    assert "par Béatrice. Adresse corrigée &lt;b&gt;" in manager.see(path).text
    assert "Perdu." not in manager.see("/gestion").text


def test_a_failed_message_is_sent_again(manager: Visitor) -> None:
    assert "En échec" in manager.see("/gestion/messages?etat=failed").text
    assert manager.does(f"/gestion/messages/{MESSAGE}/rejouer") == "Le message repart."


def test_a_message_about_a_sale_names_its_invoice(shop: RunningShop, manager: Visitor) -> None:
    sale = shop.put(requests.sale_request()).json()
    about = _message("KIN01", "msg_about")
    about.sale_id = sale["sale_id"]
    with opened(shop.var) as engine, writing(engine) as session:
        messages.add(session, [about])
    number = sale["security"]["fiscal_number"]
    assert f"{number} · E-mail à client@example.com" in manager.see("/gestion/messages").text


def test_events_of_devices_are_said_in_words(shop: RunningShop, manager: Visitor) -> None:
    rows = [_message("KIN01", "msg_token"), _message("KIN01", "msg_tablet")]
    rows[0].event, rows[1].event = "device.token", "device.replaced"
    with opened(shop.var) as engine, writing(engine) as session:
        messages.add(session, rows)
    log = manager.see("/gestion/messages").text
    assert "En échec · Jeton de la DGI" in log
    assert "En échec · Appareil" in log
    assert "device." not in log


def test_the_probe_log_is_downloaded_as_it_is_verified(manager: Visitor) -> None:
    log = manager.see("/gestion/pannes/journal.jsonl")
    assert log.headers["content-disposition"] == 'attachment; filename="pannes-KIN01.jsonl"'
    assert log.text.startswith('{"keys":')


# --- What htmx asks


def test_htmx_is_given_the_part_that_changes_and_nothing_while_it_does_not(
    manager: Visitor,
) -> None:
    page = manager.see("/gestion/regles")
    assert "<html" in page.text
    whole = manager.see("/gestion/pannes")
    part = manager.see("/gestion/pannes", **HTMX)
    assert "<html" in whole.text
    assert "<html" not in part.text
    again = manager.see(f"/gestion/pannes?vu={mark(part)}", **HTMX)
    assert (again.status_code, again.content) == (204, b"")
    assert re.fullmatch(r"\d\d:\d\d", again.headers["bono-made"])
    assert again.headers["vary"].startswith("HX-Request")


def test_what_was_done_is_said_in_the_part_too(manager: Visitor) -> None:
    part = manager.see("/gestion/envois?fait=essai", **HTMX)
    assert done(part).startswith("Un nouvel essai est demandé")
    assert "hx-swap-oob" in part.text
    strange = manager.see("/gestion/envois?fait=<script>")
    assert done(strange) == ""


def test_a_page_whose_session_ended_comes_again_whole(shop: RunningShop, manager: Visitor) -> None:
    with browser(shop) as nobody:
        answer = nobody.see("/gestion", **HTMX)
    assert (answer.status_code, answer.headers["hx-refresh"]) == (403, "true")
    stale = manager.http.post("/gestion/envois/pause", data={"jeton": "x"}, headers=HTMX)
    assert (stale.status_code, stale.headers["hx-refresh"]) == (403, "true")
