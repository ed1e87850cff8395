"""What a revoked tablet still holds is kept as it came; what it may do besides is nothing."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from app.services.tills import links
from tests.given import requests
from tests.given.shop_as_process import NEIGHBOUR, RunningShop, new_id, opened
from tests.given.signing_tablet import SigningTablet
from tests.routes.base.forged_requests import PIN, ROUTES, filled
from tests.routes.refused import refused

REVOKED: Final = "2026-11-22T11:00:00Z"
SALE: Final = requests.sale_request()


def tablet_in(shop: RunningShop, outlet_id: str = "KIN01", **more: Any) -> SigningTablet:
    """A tablet of that shop, revoked or replaced."""
    with opened(shop.var) as engine:
        return SigningTablet().put_in(engine, outlet_id, "T1", **more)


def held(shop: RunningShop) -> list[tuple[str, str, str, bytes]]:
    """What is kept: outlet, sale, tablet, bytes."""
    with closing(sqlite3.connect(f"file:{shop.database}?mode=ro", uri=True)) as connection:
        return connection.execute(
            "SELECT outlet_id, sale_id, device_id, body FROM held_sale ORDER BY at, sale_id"
        ).fetchall()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"outlet_id": "KIN01"', id="half a sale"),
        pytest.param("é\xff".encode("latin-1"), id="no text"),
        pytest.param(b"x" * 256 * 1024, id="the largest body"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_a_revoked_tablet_sends_is_kept_byte_for_byte(shop: RunningShop, body: bytes) -> None:
    tablet, sale_id = tablet_in(shop, revoked_at=REVOKED), new_id()
    address = f"/api/v1/invoices/{sale_id}"
    for _ in range(2):
        answer = tablet.ask(shop.http, "PUT", address, body)
        assert (answer.status_code, answer.json()) == (202, {"sale_id": sale_id, "status": "held"})
    asked = tablet.ask(shop.http, "GET", address)
    assert (asked.status_code, asked.content) == (202, answer.content)
    assert ("KIN01", sale_id, tablet.device_id, body) in held(shop)
    assert shop.get(address).status_code == 404


def test_the_sale_of_a_revoked_tablet_is_not_sealed(shop: RunningShop) -> None:
    tablet, sale_id = tablet_in(shop, revoked_at=REVOKED), new_id()
    before = shop.rows()
    assert tablet.ask(shop.http, "PUT", f"/api/v1/invoices/{sale_id}", SALE).status_code == 202
    after = shop.rows()
    assert after.pop("held_sale") == before.pop("held_sale") + 1
    assert after == before


def test_the_first_bytes_under_an_id_stay(shop: RunningShop) -> None:
    tablet, sale_id = tablet_in(shop, revoked_at=REVOKED), new_id()
    for body in (b"first", b"second"):
        answer = tablet.ask(shop.http, "PUT", f"/api/v1/invoices/{sale_id}", body)
        assert answer.status_code == 202
    assert [row[3] for row in held(shop) if row[1] == sale_id] == [b"first"]


def test_a_sale_that_comes_many_times_at_once_is_kept_once(shop: RunningShop) -> None:
    tablet, sale_id = tablet_in(shop, revoked_at=REVOKED), new_id()

    def send(_turn: int) -> int:
        return tablet.ask(shop.http, "PUT", f"/api/v1/invoices/{sale_id}", SALE).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(8))) == {202}
    assert [row[1] for row in held(shop)].count(sale_id) == 1


def test_a_revoked_tablet_may_do_nothing_else(shop: RunningShop) -> None:
    tablet = tablet_in(shop, revoked_at=REVOKED)
    sold = shop.sell()["sale_id"]
    before = shop.rows()
    for name, (method, path, document) in ROUTES.items():
        if name != "a sale":
            answer = tablet.ask(
                shop.http, method, filled(path, tablet, sold), filled(document, tablet, sold)
            )
            refused(answer, 403, "auth.revoked", "")
    assert shop.rows() == before


def test_an_address_that_is_no_sale_keeps_nothing(
    untouched: RunningShop, revoked: SigningTablet
) -> None:
    answer = revoked.ask(untouched.http, "PUT", "/api/v1/invoices/KIN01-1-00000001", SALE)
    refused(answer, 400, "format.text", "/sale_id")


def test_a_body_that_is_too_large_is_refused(
    untouched: RunningShop, revoked: SigningTablet
) -> None:
    answer = revoked.ask(
        untouched.http, "PUT", f"/api/v1/invoices/{new_id()}", b"x" * (256 * 1024 + 1)
    )
    refused(answer, 413, "format.size", "")


@pytest.fixture(scope="module")
def revoked(shop: RunningShop) -> SigningTablet:
    """A revoked tablet of the shop."""
    return tablet_in(shop, revoked_at=REVOKED)


def test_a_held_sale_of_one_outlet_is_unknown_in_another(
    shop: RunningShop, revoked: SigningTablet
) -> None:
    sale_id = new_id()
    assert revoked.ask(shop.http, "PUT", f"/api/v1/invoices/{sale_id}", SALE).status_code == 202
    neighbour = tablet_in(shop, NEIGHBOUR, revoked_at=REVOKED)
    refused(neighbour.ask(shop.http, "GET", f"/api/v1/invoices/{sale_id}"), 403, "auth.revoked", "")
    neighbour.ask(shop.http, "PUT", f"/api/v1/invoices/{sale_id}", b"{}")
    kept = {row[0]: row[3] for row in held(shop) if row[1] == sale_id}
    assert set(kept) == {"KIN01", NEIGHBOUR}
    assert kept[NEIGHBOUR] == b"{}"


def test_what_is_held_cannot_be_changed_or_deleted(
    shop: RunningShop, revoked: SigningTablet
) -> None:
    revoked.ask(shop.http, "PUT", f"/api/v1/invoices/{new_id()}", SALE)
    with closing(sqlite3.connect(shop.database)) as connection:
        for statement in ("UPDATE held_sale SET body = 'x'", "DELETE FROM held_sale"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(statement)


def test_the_sales_of_a_replaced_tablet_are_taken_but_it_opens_no_till(shop: RunningShop) -> None:
    tablet = tablet_in(shop, replaced_at=REVOKED)
    sold = tablet.ask(shop.http, "PUT", f"/api/v1/invoices/{new_id()}", SALE)
    assert sold.status_code == 201, sold.text
    assert sold.json()["invoice"]["submitted_by"] == f"device:{tablet.device_id}"
    refused(tablet.ask(shop.http, "POST", "/caisse/ouvrir", PIN), 403, "auth.replaced", "")


def test_a_replaced_tablet_does_not_close_the_till_of_the_one_that_replaced_it(
    own_shop: RunningShop,
) -> None:
    old = tablet_in(own_shop, replaced_at=REVOKED)
    new = tablet_in(own_shop)
    assert new.ask(own_shop.http, "POST", "/caisse/ouvrir", PIN).status_code == 200
    assert old.ask(own_shop.http, "POST", "/caisse/fermer", {}).status_code == 204
    assert open_tills(own_shop) == 1
    assert new.ask(own_shop.http, "POST", "/caisse/fermer", {}).status_code == 204
    assert open_tills(own_shop) == 0


def open_tills(shop: RunningShop) -> int:
    """How many tills are open."""
    with closing(sqlite3.connect(f"file:{shop.database}?mode=ro", uri=True)) as connection:
        query = "SELECT count(*) FROM till_session WHERE closed_at IS NULL"
        return int(connection.execute(query).fetchone()[0])


def test_a_tablet_that_holds_sales_is_not_replaced_in_silence(own_shop: RunningShop) -> None:
    old = tablet_in(own_shop, outbox=3, last_seq=7, oldest=REVOKED)
    with opened(own_shop.var) as engine:
        link = links.new_link(engine, ("KIN01", "T1"), datetime.now(UTC))
    new = SigningTablet()
    assert new.enrol(own_shop.http, f"/caisse/enroler/{link}").status_code == 201
    assert new.enrol(own_shop.http, f"/caisse/enroler/{link}").status_code == 200
    events = own_shop.events("tablet.replaced")
    assert [event["data"] for event in events] == [
        {
            "terminal_id": "T1", "device_id": old.device_id, "replaced_by": new.device_id,
            "outbox": "3", "last_seq": "7", "oldest": REVOKED,
        }
    ]  # fmt: skip
    sold = old.ask(own_shop.http, "PUT", f"/api/v1/invoices/{new_id()}", SALE)
    assert sold.status_code == 201, sold.text
    own_shop.check()
