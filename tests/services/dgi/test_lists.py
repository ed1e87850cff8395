"""What the authority says of itself is kept, compared, and acted upon."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlmodel import col, select

from app.control.module import Listed
from app.control.simulator import Behaviour, make_token
from app.fiscal.errors import InvalidInvoice
from app.services.dgi import lists, token_and_clock
from app.services.proof.fsck import check_store
from app.services.rules import policy
from app.store.dgi import lists as rows
from app.store.dgi import modules
from app.store.engine import reading, writing
from app.store.tables.dgi import AuthorityList, ControlModuleRow
from tests.given import requests, simulated_dgi
from tests.given.sales_in_doubt import announced, cases, now, open_kinds, work_off
from tests.given.shop_in_process import InProcessShop, credited, opened_shop, put_outlet, submitted
from tests.given.simulated_dgi import SimulatedDgi
from tests.given.what_was_delivered import SIGNER, module_row


@pytest.fixture(scope="module")
def _own_authority() -> Iterator[SimulatedDgi]:
    with simulated_dgi.authority() as dgi:
        yield dgi


@pytest.fixture
def dgi(_own_authority: SimulatedDgi) -> Iterator[SimulatedDgi]:
    """An authority whose rates a test may change."""
    address, clock, web = _own_authority.address, _own_authority.clock, _own_authority.web
    own = SimulatedDgi(address, clock, web, simulated_dgi.new_module(address))
    yield own
    own.clock.ahead *= 0
    announce_rates(own)
    own.break_with()


@pytest.fixture
def shop(database_url: str, dgi: SimulatedDgi, tmp_path: Path) -> Iterator[InProcessShop]:
    shop = opened_shop(database_url, module=dgi.module, signer=SIGNER, locks=tmp_path / "locks")
    yield shop
    check_store(shop.engine)
    shop.end()


def announce_rates(dgi: SimulatedDgi, **rates: str) -> None:
    """From now on the authority's list says so of these groups."""
    dgi.break_with({"on": "info", "fault": "new_rates", "rates": rates})
    headers = {"Authorization": f"Bearer {dgi.module.token}"}
    dgi.web.get(dgi.module.url + "/api/info/status", headers=headers)
    dgi.break_with()


def snapshot(shop: InProcessShop, dgi: SimulatedDgi, at: datetime | None = None) -> None:
    """The authority is asked, and the whole ledger verified."""
    lists.snapshot(shop.engine, shop.emcf(dgi.module), "KIN01", at or now())
    check_store(shop.engine)


def kept(shop: InProcessShop) -> list[AuthorityList]:
    with reading(shop.engine) as session:
        query = select(AuthorityList).order_by(col(AuthorityList.name), col(AuthorityList.number))
        found = list(session.exec(query))
        session.expunge_all()
    return found


def open_texts(shop: InProcessShop) -> list[str]:
    return [case.text for case in cases(shop) if case.closed_at is None]


def announcements_of(shop: InProcessShop, event: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(data) for data in announced(shop, event)]


# --- Evidence


def test_the_eight_lists_are_kept_as_they_came(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    snapshot(shop, dgi)
    found = {row.name: row for row in kept(shop)}
    assert set(found) == set(lists.NAMES)
    assert {row.status for row in found.values()} == {200}
    assert msgspec.json.decode(found["taxGroups"].body)["b"] == 16
    assert found["status"].nim == dgi.module.nim
    assert open_kinds(shop) == []


def test_another_answer_of_the_same_day_stands_beside_the_first(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    for _ in range(2):
        snapshot(shop, dgi)
    assert [row.number for row in kept(shop) if row.name == "taxGroups"] == [1, 2]


def test_the_day_is_that_of_the_outlet(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    snapshot(shop, dgi, late)
    assert {row.day for row in kept(shop)} == {"2026-11-22"}
    with reading(shop.engine) as session:
        assert lists.has_today(session, "KIN01", late)
        assert not lists.has_today(session, "KIN01", late - timedelta(days=1))


def test_an_answer_that_cannot_be_read_is_kept_and_proves_nothing(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    announce_rates(dgi, C="8")
    snapshot(shop, dgi)
    dgi.break_with({"on": "info", "fault": "html_502"})
    snapshot(shop, dgi)
    (_, page) = (row for row in kept(shop) if row.name == "taxGroups")
    assert (page.status, page.body[:1]) == (502, b"<")
    assert open_kinds(shop) == ["table"]
    assert shop.facts().stopped_groups == {"C"}


@pytest.mark.parametrize("fault", ["html_502", "error_in_200", "status_401"])
def test_a_day_without_a_readable_answer_has_none(
    shop: InProcessShop, dgi: SimulatedDgi, fault: str
) -> None:
    dgi.break_with({"on": "info", "fault": fault})
    snapshot(shop, dgi)
    with reading(shop.engine) as session:
        assert not lists.has_today(session, "KIN01", now())
    assert "table" not in open_kinds(shop)


def test_an_authority_that_does_not_answer_is_asked_one_question(shop: InProcessShop) -> None:
    asked = []

    class Nobody:
        """A line that is dead."""

        def info(self, name: str) -> Listed:
            asked.append(name)
            return Listed(None, b"La DGI est injoignable.", None)

    lists.snapshot(shop.engine, Nobody(), "KIN01", now())
    assert asked == ["status"]
    assert [(row.name, row.status) for row in kept(shop)] == [("status", None)]
    assert open_kinds(shop) == []


# --- Rates


def test_a_rate_that_is_not_ours_is_a_case_and_stops_its_group(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    announce_rates(dgi, C="8")
    snapshot(shop, dgi)
    snapshot(shop, dgi)
    assert open_texts(shop) == ["Groupe C : 5 % dans notre table CD-2026-02, 8 % à la DGI."]
    (announcement,) = announcements_of(shop, "device.table")
    assert (announcement["group"], announcement["state"]) == ("C", "open")
    assert shop.facts().stopped_groups == {"C"}


def test_a_group_that_the_authority_does_not_know_is_a_case(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    with simulated_dgi.authority(Behaviour(table="CD-2025-05")) as old:
        lists.snapshot(shop.engine, shop.emcf(old.module), "KIN01", now())
    groups = [case.about for case in cases(shop) if case.kind == "table"]
    assert groups == ["C", "G", "O", "P"]
    assert "aucun taux à la DGI" in open_texts(shop)[2]
    snapshot(shop, dgi)
    assert open_kinds(shop) == []


def test_agreement_closes_the_case_and_lifts_the_stop(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    announce_rates(dgi, C="8")
    snapshot(shop, dgi)
    announce_rates(dgi)
    snapshot(shop, dgi)
    assert [(case.kind, case.closed_by) for case in cases(shop)] == [("table", "system")]
    assert [t["state"] for t in announcements_of(shop, "device.table")] == ["open", "over"]
    assert shop.facts().stopped_groups == frozenset()


def test_a_rate_that_changes_again_is_another_case(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    for rate in ("8", "6.5"):
        announce_rates(dgi, C=rate)
        snapshot(shop, dgi)
    assert [case.closed_at is None for case in cases(shop)] == [False, True]
    assert "6,5 % à la DGI" in open_texts(shop)[0]
    assert len(announcements_of(shop, "device.table")) == 2


def sale_in(group: str) -> dict[str, Any]:
    return {"items": [requests.flour(), requests.flour(code="AUTRE", tax_group=group)]}


def paid(shop: InProcessShop, group: str) -> Any:
    items = sale_in(group)
    return submitted(shop.facts(), **items, payments=[requests.cash("180000.00")])


def test_nothing_is_sealed_with_a_group_that_stands_still(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    announce_rates(dgi, C="8")
    snapshot(shop, dgi)
    with pytest.raises(InvalidInvoice) as refused:
        shop.settle(paid(shop, "C"))
    assert (refused.value.rule, refused.value.path) == ("tax.stopped", "/items/1/tax_group")
    assert "groupe C sont arrêtées" in refused.value.detail
    assert shop.settle(paid(shop, "B")).created


def test_a_sale_that_was_sealed_before_the_stop_is_found_again(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    before = paid(shop, "C")
    first = shop.settle(before)
    announce_rates(dgi, C="8")
    snapshot(shop, dgi)
    again = shop.settle(
        submitted(shop.facts(), first.sale.sale_id, None, **sale_in("C"),
                  payments=[requests.cash("180000.00")])
    )  # fmt: skip
    assert (again.created, again.sale) == (False, first.sale)


def test_a_credit_note_is_never_held_back(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    original = shop.sell().sale
    work_off(shop, dgi)
    announce_rates(dgi, B="18")
    snapshot(shop, dgi)
    assert shop.facts().stopped_groups == {"B"}
    assert shop.settle(credited(shop.facts(), original.fiscal_number, "1")).created


def test_with_the_rule_off_a_difference_is_a_case_and_stops_nothing(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    announce_rates(dgi, C="8")
    snapshot(shop, dgi)
    with writing(shop.engine) as session:
        policy.change(session, "KIN01", "table_difference_stops", "0", by="M1", at="2026-11-22")
    assert shop.facts().stopped_groups == frozenset()
    assert shop.settle(paid(shop, "C")).created
    snapshot(shop, dgi)
    with reading(shop.engine) as session:
        assert rows.stopped_groups(session, "KIN01") == []
    assert open_kinds(shop) == ["table"]


def test_a_difference_stops_its_own_outlet_only(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    put_outlet(shop.engine, "KIN02", dgi.module)
    announce_rates(dgi, C="8")
    snapshot(shop, dgi)
    assert shop.facts("KIN02").stopped_groups == frozenset()
    assert cases(shop, "KIN02") == []


def test_an_outlet_without_control_module_asks_nobody(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    put_outlet(shop.engine, "KIN02")
    before = dgi.requests()
    lists.snapshot(shop.engine, shop.emcf(dgi.module), "KIN02", now())
    assert dgi.requests() == before


# --- The token


def watch(shop: InProcessShop, at: datetime) -> None:
    token_and_clock.watch_token(shop.engine, "KIN01", at)


def put_token(shop: InProcessShop, dgi: SimulatedDgi, token: str) -> None:
    nim, url = dgi.module.nim, dgi.module.url
    with writing(shop.engine) as session:
        row = ControlModuleRow(nim=nim, nif=requests.NIF, url=url, token=token)
        modules.put_module(session, row)


def token_ending(dgi: SimulatedDgi, end: datetime) -> str:
    return make_token(requests.NIF, dgi.module.nim, end)


END = datetime(2027, 6, 29, 23, 0, tzinfo=UTC)


def test_people_are_warned_once_per_threshold_before_the_token_ends(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    put_token(shop, dgi, token_ending(dgi, END))
    seen = []
    for days in (40, 31, 30, 29, 8, 7, 6, 1, 0.5, 0, -3):
        watch(shop, END - timedelta(days=days))
        seen.append(len(announcements_of(shop, "device.token")))
    assert seen == [0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4]
    texts = [case.text for case in cases(shop)]
    assert [text.rpartition("moins de ")[2].partition(".")[0] for text in texts[:3]] == [
        "30 jours",
        "7 jours",
        "un jour",
    ]
    assert "30/06/2027 à 00:00 (heure de Kinshasa)" in texts[0]
    assert "plus rien ne part à la DGI" in texts[3]
    assert open_kinds(shop) == ["token"]


def test_the_first_warning_is_a_rule(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    put_token(shop, dgi, token_ending(dgi, END))
    with writing(shop.engine) as session:
        policy.change(session, "*", "token_warn_days", "60", by="operator:anne", at="2026-11-22")
    watch(shop, END - timedelta(days=59))
    assert "moins de 60 jours" in open_texts(shop)[0]


def test_a_new_token_closes_the_case(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    put_token(shop, dgi, token_ending(dgi, END))
    watch(shop, END - timedelta(days=5))
    put_token(shop, dgi, token_ending(dgi, END + timedelta(days=365)))
    watch(shop, END - timedelta(days=5))
    assert open_kinds(shop) == []
    assert [t["state"] for t in announcements_of(shop, "device.token")] == ["open", "over"]


def test_what_the_authority_says_of_the_end_counts_more_than_the_token(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    snapshot(shop, dgi)
    assert module_row(shop, dgi.module).token_valid is not None
    with writing(shop.engine) as session:
        modules.put_token_end(session, dgi.module.nim, "2026-12-01T00:00:00Z")
    watch(shop, datetime(2026, 11, 30, tzinfo=UTC))
    assert "01/12/2026 à 01:00" in open_texts(shop)[0]
    put_token(shop, dgi, token_ending(dgi, END))
    assert module_row(shop, dgi.module).token_valid is None


def test_a_token_without_a_readable_end_proves_nothing(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    put_token(shop, dgi, "not a token")
    watch(shop, now())
    assert open_kinds(shop) == []


def test_a_token_of_another_shop_is_a_case_until_the_right_one_is_there(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    stranger = simulated_dgi.new_module(dgi.address)
    put_token(shop, dgi, stranger.token)
    watch(shop, now())
    lists.snapshot(shop.engine, shop.emcf(stranger), "KIN01", now())
    (text,) = open_texts(shop)
    assert stranger.nim in text
    put_token(shop, dgi, dgi.module.token)
    watch(shop, now())
    assert open_kinds(shop) == ["token"]  # only the authority can say that all is well
    lists.snapshot(shop.engine, shop.emcf(dgi.module), "KIN01", now())
    assert open_kinds(shop) == []


def test_a_token_that_the_authority_refuses_is_a_case_until_it_takes_one(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "info", "fault": "status_401"})
    snapshot(shop, dgi)
    snapshot(shop, dgi)
    assert open_texts(shop) == [
        f"La DGI refuse le jeton du module {dgi.module.nim} (401) : il faut le renouveler."
    ]
    assert len(announcements_of(shop, "device.token")) == 1
    dgi.break_with()
    snapshot(shop, dgi)
    assert open_kinds(shop) == []


# --- The clock


def test_a_clock_an_hour_off_is_a_case_with_both_times_until_they_agree(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "info", "fault": "clock_skew", "seconds": 3600})
    snapshot(shop, dgi)
    snapshot(shop, dgi)
    (case,) = cases(shop)
    assert (case.kind, case.closed_at) == ("clock", None)
    (announcement,) = announcements_of(shop, "device.clock")
    assert announcement["theirs"] > announcement["ours"]
    dgi.break_with()
    snapshot(shop, dgi)
    assert open_kinds(shop) == []


def test_nine_minutes_between_the_clocks_are_none_of_our_business(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    dgi.break_with({"on": "info", "fault": "clock_skew", "seconds": -540})
    snapshot(shop, dgi)
    assert cases(shop) == []
