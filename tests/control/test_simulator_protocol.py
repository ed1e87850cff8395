"""Posting, confirming, cancelling: amounts, codes and limits."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.control.simulator import (
    AssumedCodes,
    Behaviour,
    SimulatorWarning,
    create_app,
    make_token,
    serving,
)
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


def test_a_post_answers_the_amounts_of_all_sixteen_groups(shop: DgiShop) -> None:
    answer = posted(shop)
    for prefix in ("t", "ta", "ha", "va"):
        assert {f"{prefix}{letter}" for letter in "abcdefghijklmnop"} <= set(answer)
    assert (answer["tb"], answer["tab"], answer["hab"], answer["vab"]) == (
        16,
        90000,
        Decimal("77586.21"),
        Decimal("12413.79"),
    )
    assert (answer["total"], answer["vtotal"], answer["ts"], answer["curTotal"]) == (
        102900,
        Decimal("12813.79"),
        0,
        0,
    )


def test_a_confirm_answers_the_security_elements(shop: DgiShop) -> None:
    answer = confirmed(shop)
    assert re.fullmatch(r"TEST-FACT-URES(-[A-Z2-7]{4}){3}", answer["codeDEFDGI"])
    assert answer["counters"] == "1/1 FV"
    assert answer["nim"] == shop.nim
    prefix, nim, code, nif, time = answer["qrCode"].split(";")
    assert (prefix, nim, nif) == ("RDCF01", shop.nim, NIF)
    assert code == answer["codeDEFDGI"].replace("-", "")
    day, month, year, hour, minute, second = re.split(r"[/ :]", answer["dateTime"])
    assert time == f"{year}{month}{day}{hour}{minute}{second}"


def test_the_authority_tells_kinshasa_time(shop: DgiShop, clock: MovableClock) -> None:
    local = clock.now + timedelta(hours=1)
    assert confirmed(shop)["dateTime"] == f"{local:%d/%m/%Y %H:%M:%S}"


def test_counters_advance_by_type_and_in_all_at_the_confirm(shop: DgiShop) -> None:
    posted(shop)
    assert [confirmed(shop)["counters"] for _ in range(2)] == ["1/1 FV", "2/2 FV"]
    assert confirmed(shop, type="EV")["counters"] == "1/3 EV"


def test_dollars_are_for_display(shop: DgiShop) -> None:
    lines = [item("A", 285000, 1, "B")]
    answer = posted(shop, items=lines, curCode="USD", curRate=2850)
    assert (answer["total"], answer["curTotal"]) == (285000, 100)


def test_numbers_may_be_texts_and_unknown_members_are_ignored(shop: DgiShop) -> None:
    lines = [item("A", "100.10", "1.000", "C", colour="red")]
    answer = posted(shop, mode="ht", items=lines, invented={"a": 1})
    assert answer["total"] == Decimal("105.11")


def test_member_names_are_read_in_any_case(shop: DgiShop) -> None:
    shouted = {name.upper(): value for name, value in form().items()}
    assert shop.ask("POST", INVOICE, shouted).json()["uid"]


ASSUMED = AssumedCodes()
ERRORS: dict[str, tuple[str, dict[str, Any]]] = {
    "an empty number": ("31", {"rn": ""}),
    "a mode in upper case": ("33", {"mode": "TTC"}),
    "an unknown invoice type": ("3", {"type": "AV"}),
    "no items": ("8", {"items": []}),
    "an unknown item type": ("24", {"items": [item("A", 1, 1, "B", type="XXX")]}),
    "an unknown tax group": ("9", {"items": [item("A", 1, 1, "Q")]}),
    "an unknown payment type": ("7", {"payment": [{"name": "OR", "amount": 1}]}),
    "a credit note without reference": ("4", {"type": "FA"}),
    "a short reference": ("5", {"type": "FA", "reference": "ABC", "referenceType": "RAM"}),
    "an original nobody made": (
        "11",
        {"type": "FA", "reference": "A" * 24, "referenceType": "RAM"},
    ),
    "a price of zero": (ASSUMED.price, {"items": [item("A", 0, 1, "B")]}),
    "a negative price": (ASSUMED.price, {"items": [item("A", -5, 1, "B")]}),
    "a price with three decimals": (ASSUMED.price, {"items": [item("A", "1.005", 1, "B")]}),
    "a quantity of zero": (ASSUMED.quantity, {"items": [item("A", 1, 0, "B")]}),
    "a quantity with four decimals": (ASSUMED.quantity, {"items": [item("A", 1, "1.0005", "B")]}),
    "an unknown client type": (ASSUMED.client_type, {"client": {"type": "ZZ"}}),
    "no client type": (ASSUMED.client_type, {"client": {"name": "X"}}),
    "another taxpayer's NIF": (ASSUMED.nif, {"nif": "A0000000Z"}),
    "an empty ISF": (ASSUMED.isf, {"isf": ""}),
    "no operator": (ASSUMED.operator, {"operator": {}}),
    "an unknown nature": (
        ASSUMED.reference_type,
        {"type": "FA", "reference": "A" * 24, "referenceType": "ZZZ"},
    ),
    "a specific tax per unit where the line's is due": (
        ASSUMED.specific_amount,
        {"items": [item("A", 500, 4, "B", taxSpecificValue="75", taxSpecificAmount=75)]},
    ),
}


@pytest.mark.parametrize("what", ERRORS)
def test_a_refusal_is_http_200_with_a_code(shop: DgiShop, what: str) -> None:
    code, changes = ERRORS[what]
    assert error_of(shop, **changes) == code


def test_the_first_fault_in_the_order_of_checks_is_named(shop: DgiShop) -> None:
    assert error_of(shop, rn="", mode="x", type="x", items=[]) == "31"
    assert error_of(shop, mode="x", type="x", items=[]) == "33"
    assert error_of(shop, type="x", items=[]) == "3"


def test_an_eleventh_waiting_request_is_code_1(shop: DgiShop) -> None:
    uids = [posted(shop)["uid"] for _ in range(10)]
    assert error_of(shop) == "1"
    settled(shop, uids[0], "cancel", {})
    assert posted(shop)["uid"]


def test_a_request_expires_after_two_minutes(shop: DgiShop, clock: MovableClock) -> None:
    answer = posted(shop)
    clock.advance(119)
    assert shop.ask("GET", INVOICE).json()["pendingRequestsCount"] == 1
    clock.advance(1)
    assert shop.ask("GET", INVOICE).json()["pendingRequestsList"] == []
    totals = {"total": str(answer["total"]), "vtotal": str(answer["vtotal"])}
    assert settled(shop, answer["uid"], "confirm", totals)["errorCode"] == "20"


@pytest.mark.parametrize("body", [{}, {"total": 102900}, {"total": 102900, "vtotal": 12813.78}])
def test_other_totals_than_the_computed_ones_are_code_50(shop: DgiShop, body: Any) -> None:
    answer = posted(shop)
    assert settled(shop, answer["uid"], "confirm", body)["errorCode"] == "50"
    right = {"total": "102900.00", "vtotal": "12813.79"}
    assert settled(shop, answer["uid"], "confirm", right)["codeDEFDGI"]


@pytest.mark.parametrize("action", ["confirm", "cancel"])
def test_a_settled_request_is_unknown_afterwards(shop: DgiShop, action: str) -> None:
    uid = posted(shop)["uid"]
    totals = {"total": "102900.00", "vtotal": "12813.79"}
    assert "errorCode" not in settled(shop, uid, action, totals)
    assert settled(shop, uid, "confirm", totals)["errorCode"] == "20"
    assert settled(shop, uid, "cancel", {})["errorCode"] == "20"
    assert shop.ask("GET", f"{INVOICE}/{uid}").json()["errorCode"] == "20"


def test_a_cancel_gives_no_code_and_moves_no_counter(shop: DgiShop) -> None:
    answer = settled(shop, posted(shop)["uid"], "cancel", {})
    assert (answer["codeDEFDGI"], answer["qrCode"]) == ("", "")
    assert confirmed(shop)["counters"] == "1/1 FV"


def test_a_waiting_request_can_be_read_again(shop: DgiShop) -> None:
    uid = posted(shop)["uid"]
    assert shop.ask("GET", f"{INVOICE}/{uid.upper()}").json() == form()


def test_another_e_mcf_does_not_see_the_request(shop: DgiShop, clock: MovableClock) -> None:
    uid = posted(shop)["uid"]
    stranger = make_token(NIF, "CD00000001-1", clock.now + timedelta(days=1))
    headers = {"Authorization": f"Bearer {stranger}"}
    answer = shop.ask("GET", f"{INVOICE}/{uid}", headers=headers)
    assert answer.json()["errorCode"] == "20"


@pytest.fixture
def strange(shop: DgiShop, clock: MovableClock) -> Iterator[DgiShop]:
    """The same shop at an authority that differs wherever it may."""
    behaviour = Behaviour(
        table="CD-2025-05",
        ts_order="vat",
        ha_with_specific_tax=True,
        strict_reference=True,
        usd_rate=Decimal("2900.50"),
        codes=AssumedCodes(price="45"),
    )
    with pytest.warns(SimulatorWarning):
        app = create_app(behaviour, clock)
    with serving(app) as address:
        yield DgiShop(address, shop.nim, shop.token, shop.web)


def test_an_authority_may_differ_where_the_texts_are_silent(strange: DgiShop) -> None:
    lines = [item("A", "10.02", 1, "B", taxSpecificValue="0.33")]
    answer = posted(strange, items=lines)
    assert (answer["total"], answer["hab"]) == (Decimal("10.41"), Decimal("8.97"))
    assert error_of(strange, items=[item("A", 1, 1, "O")]) == "9"
    assert error_of(strange, items=[item("A", 0, 1, "B")]) == "45"
    hyphenated = confirmed(strange)["codeDEFDGI"]
    assert error_of(strange, **bag_back(hyphenated)) == "5"
    rates = json.loads(strange.ask("GET", "/api/info/currencyRates").text, parse_float=Decimal)
    assert rates[0]["rate"] == Decimal("2900.50")
