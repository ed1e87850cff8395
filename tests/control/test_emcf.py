"""The contract of the port, kept by the real client against the simulated authority."""

import logging
from typing import Any

import pytest
import structlog

from app.control import emcf_line
from app.control.emcf import EMcf
from app.control.emcf_answer import Confirmation, disagreements
from app.control.module import ControlModule, Normalised
from tests.control.conftest import DgiShop
from tests.control.invoices_and_diary import CASES, NIF, Diary, sale, sale_of_case, sealed


def normalised(emcf: EMcf, invoice: dict[str, Any]) -> Normalised:
    outcome = emcf.normalise(sealed(invoice), Diary())
    assert isinstance(outcome, Normalised), outcome
    return outcome


def test_a_sale_is_normalised(shop: DgiShop, emcf: EMcf) -> None:
    module: ControlModule = emcf
    invoice, diary = sealed(sale()), Diary()
    outcome = module.normalise(invoice, diary)
    assert isinstance(outcome, Normalised)
    [recorded] = shop.invoices()
    assert recorded["rn"] == invoice.reference
    assert outcome.code_def_dgi.replace("-", "") == recorded["code"]
    assert outcome.qr_code.split(";")[1:4] == [shop.nim, recorded["code"], NIF]
    assert (outcome.nim, outcome.uid) == (shop.nim, recorded["uid"])
    assert (outcome.counters, outcome.total, outcome.vat) == ("1/1 FV", "288000.00", "39724.14")
    assert module.name == "emcf"


def test_the_raw_bytes_of_both_calls_are_kept(shop: DgiShop, emcf: EMcf) -> None:
    diary = Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    assert isinstance(outcome, Normalised)
    post, confirm = diary.calls
    assert (outcome.request, outcome.answer) == (post.request, post.answer)
    assert outcome.confirmation == confirm.answer
    assert (post.status, confirm.status) == (200, 200)
    assert (post.uid, confirm.uid) == (None, shop.invoices()[0]["uid"])


def test_each_intent_is_written_before_its_call_and_each_answer_after(
    shop: DgiShop, emcf: EMcf
) -> None:
    shop.break_with({"on": "confirm", "fault": "drop_before_commit", "times": 1})
    before = sum(shop.requests().values())
    diary = Diary(witness=lambda: sum(shop.requests().values()) - before)
    emcf.normalise(sealed(sale()), diary)
    assert diary.steps == ["post", "confirm", "status", "confirm"]
    assert diary.made_at_intend == [0, 1, 2, 3]
    assert diary.made_at_heard == [1, 2, 3, 4]


class DiskFull(Exception):
    pass


def test_nothing_is_sent_when_the_intent_cannot_be_written(shop: DgiShop, emcf: EMcf) -> None:
    class FullDiary(Diary):
        def intend(self, *_: Any) -> int:
            raise DiskFull

    before = sum(shop.requests().values())
    with pytest.raises(DiskFull):
        emcf.normalise(sealed(sale()), FullDiary())
    assert sum(shop.requests().values()) == before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_our_amounts_are_the_authoritys(emcf: EMcf, case: dict[str, Any]) -> None:
    outcome = normalised(emcf, sale_of_case(case))
    totals = case["expected"]["totals"]
    assert (outcome.total, outcome.vat) == (totals["total"], totals["vat"])


# Oddities that change nothing ---------------------------------------------------------------

HARMLESS: dict[str, dict[str, Any]] = {
    "a null error code": {"fault": "null_error_code"},
    "brotli nobody asked for": {"fault": "brotli"},
    "uids in upper case": {"fault": "upper_uid"},
    "an answer that drips a little": {"fault": "drip", "seconds": 0},
    "a clock that is off": {"fault": "clock_skew", "seconds": 86400},
}


@pytest.mark.parametrize("what", HARMLESS)
def test_an_oddity_of_the_platform_changes_nothing(shop: DgiShop, emcf: EMcf, what: str) -> None:
    shop.break_with({"on": "any", **HARMLESS[what]})
    assert normalised(emcf, sale()).total == "288000.00"
    assert len(shop.invoices()) == 1


def test_elements_that_disagree_are_noted(emcf: EMcf) -> None:
    outcome = normalised(emcf, sale())
    right = Confirmation(
        outcome.nim,
        outcome.code_def_dgi,
        outcome.counters,
        outcome.date_time,
        outcome.qr_code,
    )
    assert disagreements(right, NIF, outcome.nim) == []
    assert disagreements(right, "A0000000Z", "CD00000000-1") == ["qr.nim", "qr.nif", "nim"]


def test_elements_that_disagree_leave_the_invoice_normalised(shop: DgiShop) -> None:
    shop.nim = "CD00000000-9"
    emcf = shop.emcf()
    with structlog.testing.capture_logs() as logs:
        outcome = emcf.normalise(sealed(sale()), Diary())
    emcf.close()
    assert isinstance(outcome, Normalised)
    assert {"qr.nim", "nim"} == {member for entry in logs for member in entry.get("members", ())}


def test_the_token_never_reaches_a_log(
    shop: DgiShop, emcf: EMcf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        normalised(emcf, sale())
    assert [entry["status"] for entry in logs] == [200, 200]
    assert shop.token not in caplog.text + repr(logs) + repr(emcf)


def test_a_log_that_fails_stops_no_sale(emcf: EMcf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emcf_line, "log", None)
    assert normalised(emcf, sale())
