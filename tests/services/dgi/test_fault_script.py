"""The whole fault script of the authority under load, over real sockets (F6 to F9, F19)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from app.control.simulator import make_token
from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import InvalidInvoice
from app.services.dgi import lists
from app.services.dgi.modules import Address
from app.store.dgi import deliveries, modules
from app.store.engine import reading, writing
from app.store.ledger.entries import entries_about
from app.store.tables.dgi import ControlModuleRow
from tests.given import requests
from tests.given.outlets_under_load import OUTLETS, House, hasty, house
from tests.harness.waiting import wait_until


@pytest.fixture
def shops(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """Three outlets; whatever a test does, they agree with the authority afterwards."""
    with house(sqlite_url, tmp_path) as opened:
        yield opened
        opened.bring_all_through()
        opened.check()


def on(endpoint: str, nth: int, fault: str, **members: Any) -> dict[str, Any]:
    return {"on": endpoint, "nth": nth, "fault": fault, **members}


SCRIPT: Final = [
    on("post", 2, "drop_before_commit"),
    on("post", 4, "drop_after_commit"),
    on("post", 6, "html_502"),
    on("post", 8, "html_502", committed=True),
    on("post", 10, "status_503", seconds=1),
    on("post", 12, "status_429", seconds=1),
    on("post", 14, "status_401"),
    on("post", 16, "error_in_200", code="99"),
    on("post", 18, "error_in_200", code="77", text="Code que personne ne connaît."),
    on("post", 20, "missing_member", of="uid"),
    on("post", 22, "missing_member", of="vtotal"),
    on("post", 24, "extra_member"),
    on("post", 26, "brotli"),
    on("post", 28, "null_error_code"),
    on("post", 30, "upper_uid"),
    on("post", 32, "wrong_totals"),
    on("post", 34, "wrong_totals", of="vtotal", by="-0.01"),
    on("post", 36, "repeat"),
    on("post", 38, "drip", seconds=0.001),
    on("post", 40, "stall", seconds=3),
    on("post", 42, "stall", seconds=3, committed=True),
    on("confirm", 3, "drop_before_commit"),
    on("confirm", 6, "drop_after_commit"),
    on("confirm", 9, "html_502"),
    on("confirm", 12, "html_502", committed=True),
    on("confirm", 15, "status_503", seconds=1),
    on("confirm", 18, "error_in_200", code="77", text="Code que personne ne connaît."),
    on("confirm", 21, "error_in_200", code="20"),
    on("confirm", 24, "missing_member", of="qrCode"),
    on("confirm", 26, "missing_member", of="nim"),
    on("confirm", 28, "missing_member", of="dateTime"),
    on("confirm", 30, "extra_member"),
    on("confirm", 32, "repeat"),
    on("confirm", 34, "stall", seconds=3),
    on("confirm", 36, "stall", seconds=3, committed=True),
    on("confirm", 38, "status_401"),
    on("confirm", 40, "clock_skew", seconds=3600),
    on("confirm", 42, "brotli"),
    on("status", 2, "html_502"),
    on("status", 4, "missing_member", of="pendingRequestsList"),
    on("status", 6, "drop_after_commit"),
    on("cancel", 1, "drop_after_commit"),
]
"""Every fault there is, each at some call of some outlet."""


def sell_for(shops: House, outlet_id: str, sales: int) -> None:
    for _ in range(sales):
        shops.sell(outlet_id)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_fault_of_the_script_under_load(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    with house(url, tmp_path) as shops:
        shops.script(*SCRIPT)
        shops.start()
        tills = [threading.Thread(target=sell_for, args=(shops, o, 14)) for o in OUTLETS]
        for till in tills:
            till.start()
        for till in tills:
            till.join()
        wait_until(lambda: _met_enough(shops), seconds=120, otherwise=lambda: repr(shops.waiting()))
        shops.bring_all_through()
        shops.check()
        ends = [state.frozen_status for o in OUTLETS for state in shops.states(o)]
        assert ends.count("normalised") >= 30


def _met_enough(shops: House) -> bool:
    """Most rules of the script have met their call; people settle what holds a queue meanwhile."""
    shops.settle_doubts()
    shops.hurry()
    met = shops.authority.requests()
    return not shops.waiting() or (met.get("post", 0) >= 42 and met.get("confirm", 0) >= 42)


def test_a_token_revoked_in_the_middle_of_the_day_stops_its_outlet_only(shops: House) -> None:
    nim = shops.modules["KIN01"].nim
    shops.script({**on("post", 4, "revoke"), "nim": nim})
    for outlet_id in OUTLETS:
        sell_for(shops, outlet_id, 6)
    shops.start()
    wait_until(
        lambda: {o for o, _, _ in shops.waiting()} == {"KIN01"},
        seconds=30,
        otherwise=lambda: repr(shops.waiting()),
    )
    wait_until(
        lambda: shops.case_about("KIN01", "token", nim) is not None,
        seconds=30,
        otherwise=lambda: repr(shops.waiting()),
    )
    assert len(shops.authority.recorded(nim)) == 3
    assert {state for _, state, _ in shops.waiting()} <= {"pending", "submitted"}  # none failed
    renew_token(shops, "KIN01")
    shops.hurry()
    wait_until(lambda: not shops.waiting(), seconds=30, otherwise=lambda: repr(shops.waiting()))
    recorded = [invoice["rn"] for invoice in shops.authority.recorded(nim)]
    assert recorded == sorted(recorded)
    assert len(recorded) == 6
    case = shops.case_about("KIN01", "token", nim)
    assert case is not None
    assert case.closed_at is not None


def renew_token(shops: House, outlet_id: str) -> None:
    """Somebody puts another token in."""
    module = shops.modules[outlet_id]
    token = make_token(requests.NIF, module.nim, datetime.now(UTC) + timedelta(days=200))
    with writing(shops.shop.engine) as session:
        row = ControlModuleRow(nim=module.nim, nif=requests.NIF, url=module.url, token=token)
        modules.put_module(session, row)


@pytest.mark.parametrize("hours", [1, -1])
def test_an_authority_whose_clock_is_an_hour_off_normalises_all_the_same(
    shops: House, hours: int
) -> None:
    shops.script({"on": "any", "fault": "clock_skew", "seconds": hours * 3600})
    for outlet_id in OUTLETS:
        sell_for(shops, outlet_id, 4)
    shops.start()
    wait_until(lambda: not shops.waiting(), seconds=60, otherwise=lambda: repr(shops.waiting()))
    statuses = {state.frozen_status for o in OUTLETS for state in shops.states(o)}
    assert statuses == {"normalised"}


def test_a_rate_that_changes_with_sales_waiting_refuses_what_it_concerns_and_no_more(
    shops: House,
) -> None:
    before = [shops.sell("KIN01", items=[of_group("C")]) for _ in range(2)]
    after = [shops.sell("KIN01", items=[of_group(group)]) for group in "CBCB"]
    change = {**on("post", 3, "new_rates"), "rates": {"C": "8"}}
    shops.script({**change, "nim": shops.modules["KIN01"].nim})
    sell_for(shops, "KIN02", 2)
    sell_for(shops, "LUB01", 2)
    shops.start()
    wait_until(lambda: not shops.waiting(), seconds=60, otherwise=lambda: repr(shops.waiting()))
    ends = [shops.shop.state(sale_id).frozen_status for sale_id in before + after]
    assert ends == ["normalised", "normalised", "refused", "normalised", "refused", "normalised"]
    case = shops.case_about("KIN01", "difference", after[0])
    assert case is not None
    assert "pour nous" in case.text
    assert "pour la DGI" in case.text
    check_the_lists(shops)


def check_the_lists(shops: House) -> None:
    """The day's lists tell of the change: nothing more is sold in that group, all else is."""
    module = shops.modules["KIN01"]
    emcf = hasty(Address(module.nim, requests.NIF, module.url, module.token))
    lists.snapshot(shops.shop.engine, emcf, "KIN01", datetime.now(UTC))
    emcf.close()
    with pytest.raises(InvalidInvoice) as refused:
        shops.sell("KIN01", items=[of_group("C")])
    assert refused.value.rule == "tax.stopped"
    shops.sell("KIN01", items=[of_group("B")])


def of_group(group: str) -> dict[str, Any]:
    """Two sacks, 90 000.00, of that tax group."""
    return requests.flour(tax_group=group)


@pytest.mark.parametrize(
    ("endpoint", "code"), [("post", "77"), ("confirm", "77"), ("post", "ZZ"), ("confirm", "31")]
)
def test_a_code_that_nobody_knows_is_a_refusal_in_the_words_of_the_authority(
    shops: House, endpoint: str, code: str
) -> None:
    words = "Motif que personne n'a publié."
    refusal = {"fault": "error_in_200", "code": code, "text": words, "times": 1}
    shops.script({"on": endpoint, "nim": shops.modules["KIN01"].nim, **refusal})
    first, second = shops.sell("KIN01"), shops.sell("KIN01")
    sell_for(shops, "KIN02", 1)
    sell_for(shops, "LUB01", 1)
    shops.start()
    wait_until(lambda: not shops.waiting(), seconds=60, otherwise=lambda: repr(shops.waiting()))
    assert shops.shop.state(first).frozen_status == "refused"
    assert shops.shop.state(second).frozen_status == "normalised"
    case = shops.case_about("KIN01", "refused", first)
    assert case is not None
    assert words in case.text


@pytest.mark.parametrize(
    ("member", "by"), [("total", "0.01"), ("vtotal", "-0.01"), ("vab", "0.01")]
)
def test_totals_that_differ_by_a_centime_are_cancelled_and_never_printed(
    shops: House, member: str, by: str
) -> None:
    wrong = {"on": "post", "fault": "wrong_totals", "of": member, "by": by, "times": 1}
    shops.script({**wrong, "nim": shops.modules["KIN01"].nim})
    sale_id = shops.sell("KIN01")
    sell_for(shops, "KIN02", 1)
    sell_for(shops, "LUB01", 1)
    shops.start()
    wait_until(lambda: not shops.waiting(), seconds=60, otherwise=lambda: repr(shops.waiting()))
    state = shops.shop.state(sale_id)
    assert state.frozen_status == "refused"
    assert not shops.printable(state)
    with reading(shops.shop.engine) as session:
        states = [change.state for change in deliveries.changes(session, "KIN01", sale_id)]
    assert states == ["submitted", "refused"]
    case = shops.case_about("KIN01", "difference", sale_id)
    assert case is not None
    for figure in both_figures(member, by):
        assert figure in case.text
    assert shops.authority.recorded(shops.modules["KIN01"].nim) == []


def both_figures(member: str, by: str) -> list[str]:
    """Ours and theirs, as people read them: 90000,00 of which VAT 12413,79."""
    ours = Decimal("90000.00" if member == "total" else "12413.79")
    return [str(amount).replace(".", ",") for amount in (ours, ours + Decimal(by))]


def test_a_confirmation_without_counters_is_a_case_and_the_invoice_stands(
    sqlite_url: str, tmp_path: Path
) -> None:
    with house(sqlite_url, tmp_path) as shops:
        shops.script({"on": "confirm", "fault": "missing_member", "of": "counters", "times": 1})
        sale_id = shops.sell("KIN01")
        shops.start()
        wait_until(lambda: not shops.waiting(), seconds=60, otherwise=lambda: "waiting")
        state = shops.shop.state(sale_id)
        assert state.frozen_status == "normalised"
        with reading(shops.shop.engine) as session:
            (body,) = entries_about(session, "KIN01", state.sale.fiscal_number, "normalised")
        assert "counters" not in parse_canonical(body)
        case = shops.case_about("KIN01", "elements", sale_id)
        assert case is not None
        assert "counters" in case.text
