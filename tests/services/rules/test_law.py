"""A table of the law between two releases: added ahead, rehearsed, approved by two, followed."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from app.access import KnownDevice
from app.control.simulator.behaviour import Behaviour
from app.control.simulator.journal import Journal
from app.control.simulator.tax import Line, groups
from app.control.simulator.tax import read_table as read_by_simulator
from app.control.simulator.tax_platform import TaxPlatform
from app.fiscal import law_files
from app.fiscal.canonical import canonical, digest, parse_canonical
from app.fiscal.errors import InvalidInvoice
from app.services.proof.fsck import check_store
from app.services.rules import law
from app.services.rules.law import LawRefused
from app.services.rules.rehearsing import Change, rehearse
from app.services.tills.context import context_document
from app.store.engine import reading
from app.store.ledger.entries import last_events
from tests.given import requests
from tests.given.clocks import NOON, HandClock
from tests.given.shop_in_process import InProcessShop, credited, opened_shop, submitted

NAME: Final = "CD-2026-12"
NOW: Final = datetime.fromtimestamp(NOON, UTC)
MIDNIGHT: Final = datetime(2026, 11, 30, 23, tzinfo=UTC)
"""Of 1 December in Kinshasa."""
ROOT: Final = Path(__file__).parents[3]
FILE: Final = json.loads(
    (Path(law_files.__file__).parent / "law" / "CD-2026-02.json").read_text(encoding="utf-8")
)
SUGAR: Final[dict[str, Any]] = {
    "price_mode": "HT",
    "items": [requests.flour(tax_group="C", unit_price="1000.00", quantity="1")],
}


def table(**changes: Any) -> Any:
    """A table with 3 % for group C from 1 December, announced."""
    rates = FILE["rates"] | {"C": "3"}
    return (
        FILE | {"name": NAME, "from": "2026-12-01", "state": "announced", "rates": rates} | changes
    )


def file(**changes: Any) -> bytes:
    return json.dumps(table(**changes)).encode()


def sugar(total: str) -> dict[str, Any]:
    return SUGAR | {"payments": [requests.cash(total)]}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def shop(database_url: str, clock: HandClock) -> Iterator[InProcessShop]:
    """Two outlets without control module."""
    shop = opened_shop(database_url, ("KIN01", "KIN02"), clock=clock)
    yield shop
    check_store(shop.engine)
    shop.end()


@pytest.fixture
def approved(shop: InProcessShop) -> InProcessShop:
    """The table is law from its day."""
    law.add(shop.engine, file(), "operator:Awa", NOW)
    law.approve(shop.engine, NAME, "operator:Awa", NOW)
    law.approve(shop.engine, NAME, "operator:Koffi", NOW)
    return shop


def table_of(shop: InProcessShop, at: datetime, total: str) -> str:
    return str(submitted(shop.facts(), at=at, **sugar(total)).prepared.invoice["tax_table"])


def says(shop: InProcessShop, number: int, outlet_id: str = "KIN01") -> list[Any]:
    with reading(shop.engine) as session:
        events = last_events(session, outlet_id, f"law-{number}", 9)
    return [parse_canonical(body) for _, body in events]


def computed_by_the_till(shop: InProcessShop, day: str) -> list[str]:
    """Table, total and VAT of the sugar: the till's own scripts, with the tables of its feed."""
    device = KnownDevice("d", "KIN01", "T1", None, replaced=False, revoked=False)  # type: ignore[arg-type]
    tables = context_document(shop.engine, device, (), NOW)["tables"]
    script = f"""
      import {{ tableOn }} from "{ROOT}/web/static/js/shop/supply.js";
      import {{ amountsText, taxOf }} from "{ROOT}/web/static/js/sale/tax.js";
      const table = tableOn({json.dumps(tables)}, "{day}");
      const {{ total, vat }} = amountsText(
        taxOf({json.dumps(SUGAR["items"])}, table.rates, "HT").totals);
      console.log(JSON.stringify([table.name, total, vat]));
    """
    node = ["node", "--input-type=module", "-e", script]
    said = subprocess.run(node, capture_output=True, text=True, check=True).stdout
    return list(json.loads(said))


def computed_by_the_simulator(at: datetime) -> list[str]:
    platform = TaxPlatform(Behaviour(), lambda: at, Journal(None), 1, [read_by_simulator(file())])
    _, whole = groups([Line("c", Decimal(1000), Decimal(1))], "ht", platform.behaviour)
    return [f"{whole.total:.2f}", f"{whole.vat:.2f}"]


def test_a_table_is_rehearsed_on_the_sales_that_were_made(shop: InProcessShop) -> None:
    flour = shop.sell()  # of a group whose rate stays
    changed = shop.sell("KIN02", **sugar("1050.00")).sale
    law.add(shop.engine, file(), "operator:Awa", NOW)
    shop.settle(credited(shop.facts(), flour.sale.fiscal_number, "1"))
    rehearsal = rehearse(shop.engine, law.added(shop.engine, NAME).table)
    assert rehearsal.sales == 2  # a credit note keeps the table of its original
    assert rehearsal.changes == (
        Change(changed.fiscal_number, ("1050.00", "1030.00"), ("50.00", "30.00")),
    )


def test_a_sale_of_a_group_that_goes_would_be_refused(shop: InProcessShop) -> None:
    shop.sell(**SUGAR | {"items": [requests.flour(tax_group="O", unit_price="1000.00")],
                         "payments": [requests.cash("2020.00")]})  # fmt: skip
    rates = {letter: rate for letter, rate in table()["rates"].items() if letter not in "OP"}
    law.add(shop.engine, file(rates=rates), "operator:Awa", NOW)
    (change,) = rehearse(shop.engine, law.added(shop.engine, NAME).table).changes
    assert change.refused is not None
    assert "groupe O" in change.refused


def test_one_person_is_not_enough_and_is_not_two(shop: InProcessShop) -> None:
    law.add(shop.engine, file(), "operator:Awa", NOW)
    assert not law.approve(shop.engine, NAME, "operator:Awa", NOW).approved
    for again in ("operator:Awa", "operator:awa", "operator:AWA"):
        with pytest.raises(LawRefused, match=r"^law\.person"):
            law.approve(shop.engine, NAME, again, NOW)
    assert table_of(shop, MIDNIGHT, "1050.00") == "CD-2026-02"
    law.record(shop.engine, shop.sealing)
    assert says(shop, 2) == []
    assert law.approve(shop.engine, NAME, "operator:Koffi", NOW).approved
    with pytest.raises(LawRefused, match=r"^law\.approved"):
        law.approve(shop.engine, NAME, "operator:Nzuzi", NOW)


def test_from_its_midnight_server_till_and_simulator_say_the_same(
    approved: InProcessShop, clock: HandClock
) -> None:
    before = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
    assert table_of(approved, before, "1050.00") == "CD-2026-02"
    assert computed_by_the_till(approved, "2026-11-30") == ["CD-2026-02", "1050.00", "50.00"]
    assert computed_by_the_simulator(before) == ["1050.00", "50.00"]
    clock.pass_time(int(MIDNIGHT.timestamp()) - clock.wall)
    sale = approved.settle(submitted(approved.facts(), at=MIDNIGHT, **sugar("1030.00"))).sale
    body = parse_canonical(sale.body)
    server = [body["tax_table"], body["totals"]["total"], body["totals"]["vat"]]
    assert server == [NAME, "1030.00", "30.00"]
    assert computed_by_the_till(approved, "2026-12-01") == server
    assert computed_by_the_simulator(MIDNIGHT) == server[1:]


def test_a_frozen_sale_whose_total_changed_is_refused(approved: InProcessShop) -> None:
    frozen = sugar("1050.00") | {
        "expected": {"tax_table": "CD-2026-02", "total": "1050.00", "vat": "50.00"}
    }
    with pytest.raises(InvalidInvoice) as refusal:
        submitted(approved.facts(), at=MIDNIGHT, **frozen)
    assert refusal.value.rule == "tax.table-changed"


def test_a_sale_that_waits_over_the_midnight_is_of_the_new_table(
    approved: InProcessShop, clock: HandClock
) -> None:
    waiting = submitted(approved.facts(), at=NOW, **sugar("1050.00"))
    clock.pass_time(int(MIDNIGHT.timestamp()) - clock.wall)
    with pytest.raises(InvalidInvoice) as refusal:
        approved.settle(waiting)
    assert refusal.value.rule == "SFE-1.1.19"  # what was paid is not the new total


def test_each_ledger_says_the_hash_of_the_table_and_who_approved_it_once(
    approved: InProcessShop,
) -> None:
    law.record(approved.engine, approved.sealing)
    law.record(approved.engine, approved.sealing)
    for outlet_id in ("KIN01", "KIN02"):
        (event,) = says(approved, 3, outlet_id)
        assert event["name"] == "law.approved"
        assert event["data"] == {
            "table": NAME,
            "hash": digest(canonical(table())),
            "by": "operator:Awa, operator:Koffi",
            "at": "2026-11-22T11:00:00Z",
        }


def test_a_table_withdrawn_before_its_day_never_begins(approved: InProcessShop) -> None:
    with pytest.raises(LawRefused, match=r"^law\.day"):
        law.withdraw(approved.engine, NAME, "operator:Awa", MIDNIGHT)
    law.withdraw(approved.engine, NAME, "operator:Awa", NOW)
    assert table_of(approved, MIDNIGHT, "1050.00") == "CD-2026-02"
    law.record(approved.engine, approved.sealing)
    assert [says(approved, n)[0]["name"] for n in (3, 4)] == ["law.approved", "law.withdrawn"]
    law.add(approved.engine, file(), "operator:Awa", NOW)
    assert not law.added(approved.engine, NAME).approved


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"from": "2026-11-22"}, "law.day"),
        ({"from": "2026-01-02"}, "law.day"),
        ({"name": "CD-2026-02"}, "law.name"),
        ({"name": "CD-2026-12", "from": "2027-01-01"}, "law.name"),
        ({"name": "CD-2026-13"}, "law.day"),
    ],
)
def test_a_table_has_a_name_and_a_day_of_its_own_and_the_day_is_to_come(
    approved: InProcessShop, changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(LawRefused, match=rule):
        law.add(approved.engine, file(**changes), "operator:Awa", NOW)


def test_what_is_no_table_and_what_nobody_added_is_refused(shop: InProcessShop) -> None:
    with pytest.raises(LawRefused, match=r"^format\.type"):
        law.add(shop.engine, b"{", "operator:Awa", NOW)
    with pytest.raises(InvalidInvoice) as refusal:
        law.add(shop.engine, file(state="voted"), "operator:Awa", NOW)
    assert (refusal.value.rule, refusal.value.path) == ("format.text", "/state")
    with pytest.raises(LawRefused, match=r"^law\.name"):
        law.approve(shop.engine, "CD-2099-01", "operator:Awa", NOW)
    assert law.standing(shop.engine)[1] == []
