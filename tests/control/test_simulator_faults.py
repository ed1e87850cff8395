"""Every fault of the script, seen from the socket."""

from datetime import timedelta
from decimal import Decimal
from time import monotonic
from typing import Any

import brotli
import httpx
import pytest

from app.control.simulator import make_token
from app.control.simulator.faults import Rule, Script
from tests.control.conftest import DgiShop, MovableClock
from tests.control.invoices_and_diary import NIF
from tests.control.plain_client import (
    INVOICE,
    bag_back,
    confirmed,
    error_of,
    form,
    item,
    posted,
    settled,
)

TOTALS = {"total": "102900.00", "vtotal": "12813.79"}


def waiting_requests(shop: DgiShop) -> list[dict[str, Any]]:
    """What the authority says waits for its confirm."""
    waiting: list[dict[str, Any]] = shop.ask("GET", INVOICE).json()["pendingRequestsList"]
    return waiting


def rule(**members: Any) -> Rule:
    return Rule(**{"on": "post", "fault": "html_502"} | members)


def fired(*, script: Script, times: int, nim: str = "A") -> list[int]:
    """At which of so many posts the script's fault happens."""
    return [n for n in range(1, times + 1) if script.due("post", nim)]


def test_a_rule_says_when_its_fault_happens() -> None:
    assert fired(script=Script([rule()]), times=3) == [1, 2, 3]
    assert fired(script=Script([rule(nth=2)]), times=4) == [2]
    assert fired(script=Script([rule(times=2)]), times=4) == [1, 2]
    assert fired(script=Script([rule(after=2)]), times=4) == [3, 4]
    assert fired(script=Script([rule(after=1, times=2)]), times=5) == [2, 3]


def test_a_rule_counts_only_the_requests_it_speaks_of() -> None:
    script = Script([rule(nth=2, nim="A")])
    assert fired(script=script, times=3, nim="B") == []
    assert not script.due("confirm", "A")
    assert fired(script=script, times=3) == [2]


def test_any_means_every_endpoint() -> None:
    script = Script([rule(on="any", nth=2)])
    assert not script.due("status", "A")
    assert script.due("info", "A")


@pytest.mark.parametrize(
    "script", [b"{", b"{}", b'[{"on": "post"}]', b'[{"on": "post", "fault": "fire"}]']
)
def test_a_script_that_is_none_is_refused(shop: DgiShop, script: bytes) -> None:
    answer = shop.web.put(shop.address.own + "/faults", content=script)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("fault", "recorded"), [("drop_before_commit", 0), ("drop_after_commit", 1)]
)
def test_a_dropped_connection_carries_no_byte_of_answer(
    shop: DgiShop, fault: str, recorded: int
) -> None:
    uid = posted(shop)["uid"]
    shop.break_with({"on": "confirm", "fault": fault})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        shop.ask("PUT", f"{INVOICE}/{uid}/confirm", TOTALS)
    assert len(shop.invoices()) == recorded


def test_a_stalled_request_takes_effect_even_if_the_client_left(shop: DgiShop) -> None:
    uid = posted(shop)["uid"]
    shop.break_with({"on": "confirm", "fault": "stall", "seconds": 0.4, "times": 1})
    with pytest.raises(httpx.TimeoutException):
        shop.ask("PUT", f"{INVOICE}/{uid}/confirm", TOTALS, timeout=0.1)
    patience = monotonic() + 20
    while shop.ask("GET", INVOICE).json()["pendingRequestsCount"] and monotonic() < patience:
        pass
    assert [invoice["uid"] for invoice in shop.invoices()] == [uid]


def test_a_stall_after_the_commit_keeps_only_the_answer_back(shop: DgiShop) -> None:
    uid = posted(shop)["uid"]
    stall = {"fault": "stall", "seconds": 60, "committed": True}
    shop.break_with({"on": "confirm", **stall})
    with pytest.raises(httpx.TimeoutException):
        shop.ask("PUT", f"{INVOICE}/{uid}/confirm", TOTALS, timeout=0.5)
    assert len(shop.invoices()) == 1


def test_a_dripping_answer_is_whole_in_the_end(shop: DgiShop) -> None:
    uid = posted(shop)["uid"]
    shop.break_with({"on": "confirm", "fault": "drip", "seconds": 0})
    assert settled(shop, uid, "confirm", TOTALS)["codeDEFDGI"]


@pytest.mark.parametrize("committed", [False, True])
def test_a_gateway_page_says_nothing_of_the_commit(shop: DgiShop, *, committed: bool) -> None:
    uid = posted(shop)["uid"]
    shop.break_with({"on": "confirm", "fault": "html_502", "committed": committed})
    answer = shop.ask("PUT", f"{INVOICE}/{uid}/confirm", TOTALS)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert len(shop.invoices()) == committed


def test_a_token_may_be_refused_in_the_middle_of_the_day(shop: DgiShop) -> None:
    shop.break_with({"on": "any", "fault": "status_401", "times": 1})
    assert shop.ask("GET", INVOICE).status_code == 401
    assert shop.ask("GET", INVOICE).status_code == 200


def test_an_error_may_come_with_http_200(shop: DgiShop) -> None:
    uid = posted(shop)["uid"]
    error = {"fault": "error_in_200", "code": "42", "text": "Non."}
    shop.break_with({"on": "post", **error}, {"on": "confirm", **error})
    assert error_of(shop) == "42"
    answer = settled(shop, uid, "confirm", TOTALS)
    assert answer == {"errorCode": "42", "errorDesc": "Non."}
    assert shop.invoices() == []


def test_an_answer_may_be_brotli_though_nobody_asked(shop: DgiShop) -> None:
    shop.break_with({"on": "status", "fault": "brotli"})
    headers = {"Authorization": f"Bearer {shop.token}", "Accept-Encoding": "gzip"}
    request = shop.web.build_request("GET", shop.address.url + INVOICE, headers=headers)
    answer = shop.web.send(request, stream=True)
    raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "br"
    assert shop.nim.encode() in brotli.decompress(raw)


def test_an_error_code_may_be_there_and_null(shop: DgiShop) -> None:
    shop.break_with({"on": "any", "fault": "null_error_code"})
    answer = posted(shop)
    assert answer["uid"]
    assert (answer["errorCode"], answer["errorDesc"]) == (None, None)
    assert error_of(shop, rn="") == "31"


def test_uids_may_come_in_upper_case(shop: DgiShop) -> None:
    shop.break_with({"on": "any", "fault": "upper_uid"})
    uid = posted(shop)["uid"]
    assert uid == uid.upper() != uid.lower()
    assert shop.ask("GET", INVOICE).json()["pendingRequestsList"][0]["uid"] == uid
    assert settled(shop, uid, "confirm", TOTALS)["codeDEFDGI"]


def test_the_authority_may_be_wrong_about_the_time(shop: DgiShop, clock: MovableClock) -> None:
    shop.break_with({"on": "confirm", "fault": "clock_skew", "seconds": 86400})
    tomorrow = clock.now + timedelta(days=1, hours=1)
    assert confirmed(shop)["dateTime"] == f"{tomorrow:%d/%m/%Y %H:%M:%S}"


def test_a_fresh_original_may_not_be_verifiable_yet(shop: DgiShop, clock: MovableClock) -> None:
    shop.break_with({"on": "post", "fault": "original_unverifiable", "minutes": 5})
    code = confirmed(shop)["codeDEFDGI"]
    assert error_of(shop, **bag_back(code)) == "10"
    clock.advance(300)
    assert posted(shop, **bag_back(code))["uid"]


@pytest.mark.parametrize(("fault", "status"), [("status_503", 503), ("status_429", 429)])
def test_a_busy_platform_may_say_when_to_come_back(shop: DgiShop, fault: str, status: int) -> None:
    uid = posted(shop)["uid"]
    shop.break_with(
        {"on": "confirm", "fault": fault, "seconds": 7, "times": 1},
        {"on": "confirm", "fault": fault, "after": 1, "times": 1},
    )
    first, second = (shop.ask("PUT", f"{INVOICE}/{uid}/confirm", TOTALS) for _ in "12")
    assert (first.status_code, first.headers["retry-after"]) == (status, "7")
    assert (second.status_code, second.headers.get("retry-after")) == (status, None)
    assert shop.invoices() == []
    assert settled(shop, uid, "confirm", TOTALS)["codeDEFDGI"]


def test_a_platform_may_fall_over_after_it_recorded(shop: DgiShop) -> None:
    uid = posted(shop)["uid"]
    shop.break_with({"on": "confirm", "fault": "status_503", "committed": True})
    assert shop.ask("PUT", f"{INVOICE}/{uid}/confirm", TOTALS).status_code == 503
    assert len(shop.invoices()) == 1


def test_a_request_that_a_gateway_repeats_is_answered_for_its_second_time(shop: DgiShop) -> None:
    shop.break_with({"on": "any", "fault": "repeat"})
    uid = posted(shop)["uid"]
    assert [waiting["uid"] for waiting in waiting_requests(shop)][1:] == [uid]
    answer = settled(shop, uid, "confirm", TOTALS)
    assert answer["errorCode"] == "20"
    assert [invoice["uid"] for invoice in shop.invoices()] == [uid]


def test_a_revoked_token_is_refused_until_there_is_a_new_one(
    shop: DgiShop, clock: MovableClock
) -> None:
    shop.break_with({"on": "status", "nth": 2, "fault": "revoke"})
    assert shop.ask("GET", INVOICE).status_code == 200
    assert shop.ask("GET", INVOICE).status_code == 401
    shop.break_with()
    assert shop.ask("POST", INVOICE, form()).status_code == 401
    shop.token = make_token(NIF, shop.nim, clock.now + timedelta(days=300))
    assert posted(shop)["uid"]


def test_an_answer_may_lack_a_member(shop: DgiShop) -> None:
    shop.break_with(
        {"on": "post", "fault": "missing_member", "of": "vtotal"},
        {"on": "confirm", "fault": "missing_member", "of": "counters"},
    )
    answer = posted(shop)
    assert "vtotal" not in answer
    assert answer["vab"] == Decimal("12413.79")
    confirmation = settled(shop, answer["uid"], "confirm", TOTALS)
    assert set(confirmation) == {"dateTime", "qrCode", "codeDEFDGI", "nim"}


def test_an_answer_may_say_more_than_anybody_documented(shop: DgiShop) -> None:
    before = set(posted(shop))
    shop.break_with({"on": "any", "fault": "extra_member"})
    assert set(posted(shop)) - before == {"avis"}
    assert isinstance(waiting_requests(shop), list)


def test_rates_may_change_in_the_middle_of_the_day(shop: DgiShop) -> None:
    lines = [item("A", 10800, 1, "C"), item("B", 11600, 1, "B")]
    try:
        shop.break_with({"on": "post", "nth": 2, "fault": "new_rates", "rates": {"C": "8"}})
        assert posted(shop, items=lines)["tc"] == 5
        answer = posted(shop, items=lines)
        assert (answer["tc"], answer["vac"], answer["vab"]) == (8, 800, 1600)
        groups = shop.ask("GET", "/api/info/taxGroups").json()
        assert (groups["c"], groups["b"], groups["o"]) == (8, 16, 1)
    finally:
        shop.break_with({"on": "info", "fault": "new_rates"})
        groups = shop.ask("GET", "/api/info/taxGroups").json()
    assert groups["c"] == 5


def test_wrong_totals_are_what_the_platform_then_expects(shop: DgiShop) -> None:
    shop.break_with({"on": "post", "fault": "wrong_totals", "by": "0.01"})
    answer = posted(shop)
    assert str(answer["total"]) == "102900.01"
    assert settled(shop, answer["uid"], "confirm", TOTALS)["errorCode"] == "50"
    wrong = TOTALS | {"total": "102900.01"}
    assert settled(shop, answer["uid"], "confirm", wrong)["codeDEFDGI"]


def test_the_simulator_counts_requests_and_lists_invoices(shop: DgiShop) -> None:
    before = shop.requests().get("post", 0)
    confirmed(shop, rn="R-1")
    assert shop.requests()["post"] == before + 1
    [invoice] = shop.invoices()
    assert (invoice["rn"], invoice["type"], invoice["counters"]) == ("R-1", "FV", "1/1 FV")
    assert (invoice["total"], invoice["vtotal"]) == ("102900.00", "12813.79")
    assert form()["nif"] == invoice["nif"]
