"""The contract of the port, kept by the real client against the simulated authority."""

import json
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import structlog

from app.control import emcf_line
from app.control.emcf import EMcf
from app.control.emcf_answer import Confirmation, disagreements
from app.control.emcf_line import Timeouts
from app.control.module import ControlModule, Normalised, Refused, SealedInvoice, Unknown
from app.control.simulator import AssumedCodes
from tests.control.conftest import Shop
from tests.control.sales import CASES, NIF, Diary, credit_note, one_bag, sale, sale_of_case, sealed


def sent(diary: Diary) -> dict[str, Any]:
    """The POST as the authority reads it."""
    document: dict[str, Any] = json.loads(diary.calls[0].request, parse_float=Decimal)
    return document


def normalised(emcf: EMcf, invoice: dict[str, Any]) -> Normalised:
    outcome = emcf.normalise(sealed(invoice), Diary())
    assert isinstance(outcome, Normalised), outcome
    return outcome


def test_a_sale_is_normalised(shop: Shop, emcf: EMcf) -> None:
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


def test_the_raw_bytes_of_both_calls_are_kept(shop: Shop, emcf: EMcf) -> None:
    diary = Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    assert isinstance(outcome, Normalised)
    post, confirm = diary.calls
    assert (outcome.request, outcome.answer) == (post.request, post.answer)
    assert outcome.confirmation == confirm.answer
    assert (post.status, confirm.status) == (200, 200)
    assert (post.uid, confirm.uid) == (None, shop.invoices()[0]["uid"])


def test_each_intent_is_written_before_its_call_and_each_answer_after(
    shop: Shop, emcf: EMcf
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


def test_nothing_is_sent_when_the_intent_cannot_be_written(shop: Shop, emcf: EMcf) -> None:
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


# What is sent -------------------------------------------------------------------------------


def test_amounts_are_sent_as_exact_numbers(emcf: EMcf) -> None:
    diary = Diary()
    emcf.normalise(sealed(sale()), diary)
    assert b'"price":120000.00,"quantity":1.5,' in diary.calls[0].request
    totals = json.loads(diary.calls[1].request, parse_float=Decimal)
    assert totals == {"total": 288000, "vtotal": Decimal("39724.14")}


def test_an_item_carries_its_specific_tax_and_its_discount(emcf: EMcf) -> None:
    diary = Diary()
    emcf.normalise(sealed(sale()), diary)
    flour, wine = sent(diary)["items"]
    assert "taxSpecificValue" not in flour
    assert "originalPrice" not in flour
    assert wine == {
        "code": "VIN1",
        "type": "BIE",
        "name": "Carton de vin",
        "price": 120000,
        "quantity": Decimal("1.5"),
        "taxGroup": "B",
        "taxSpecificValue": "10%",
        "taxSpecificAmount": Decimal("15517.24"),
        "originalPrice": 130000,
        "priceModification": "Remise fidélité",
    }


def test_a_sale_names_its_parties_and_carries_its_comments(emcf: EMcf) -> None:
    diary, invoice = Diary(), sealed(sale(comments={"A": "Réf. Exo. : 1", "H": "Merci"}))
    emcf.normalise(invoice, diary)
    post = sent(diary)
    assert (post["nif"], post["rn"], post["isf"]) == (NIF, invoice.reference, "TEST_SFE")
    assert (post["mode"], post["type"]) == ("ttc", "FV")
    assert post["client"] == {
        "type": "PM",
        "nif": "A2699999B",
        "name": "Quincaillerie Exemple SARL",
    }
    assert post["operator"] == {"id": "C1", "name": "Marie"}
    assert post["payment"] == [{"name": "ESPECES", "amount": 288000}]
    assert (post["cmta"], post["cmth"]) == ("Réf. Exo. : 1", "Merci")
    assert not {"curCode", "reference", "referenceType"} & set(post)


def test_the_dollar_rate_is_sent_only_when_dollars_were_paid(emcf: EMcf) -> None:
    diary = Diary()
    dollars = {"method": "ESPECES", "amount": "188000.00", "currency": "USD", "tendered": "66.00"}
    dollars |= {"rate": "2850.00", "rate_date": "2026-11-22"}
    francs = {"method": "MOBILEMONEY", "amount": "100000.00", "currency": "CDF"}
    outcome = emcf.normalise(sealed(sale(payments=[francs, dollars])), diary)
    assert isinstance(outcome, Normalised)
    post = sent(diary)
    assert [post[name] for name in ("curCode", "curRate", "curDate")] == [
        "USD",
        2850,
        "2026-11-22T00:00:00.000",
    ]
    assert post["payment"][1] == {"name": "ESPECES", "amount": 188000}


def test_a_credit_note_names_its_original_by_24_symbols(emcf: EMcf) -> None:
    original, diary = normalised(emcf, one_bag()).code_def_dgi, Diary()
    outcome = emcf.normalise(sealed(credit_note(original)), diary)
    assert isinstance(outcome, Normalised)
    assert outcome.counters == "1/2 FA"
    post = sent(diary)
    assert post["reference"] == original.replace("-", "")
    assert (post["referenceType"], post["referenceDesc"]) == ("RAM", "Avoir suite reprise")


def test_a_rebate_names_no_original(emcf: EMcf) -> None:
    diary = Diary()
    assert isinstance(emcf.normalise(sealed(credit_note(None, "RRR")), diary), Normalised)
    assert (sent(diary)["reference"], sent(diary)["referenceType"]) == ("RRR", "RRR")


# Refusals -----------------------------------------------------------------------------------


def with_item(**changes: Any) -> dict[str, Any]:
    invoice = one_bag()
    return invoice | {"items": [invoice["items"][0] | changes]}


ASSUMED = AssumedCodes()
REFUSED: dict[str, Callable[[], dict[str, Any]]] = {
    "3": lambda: one_bag(invoice_type="AV"),
    "4": lambda: credit_note(""),
    "5": lambda: credit_note("ABC"),
    "7": lambda: one_bag() | {"payments": [{"method": "OR", "amount": "1", "currency": "CDF"}]},
    "8": lambda: one_bag() | {"items": []},
    "9": lambda: with_item(tax_group="Q"),
    "11": lambda: credit_note("A" * 24),
    "24": lambda: with_item(type="XXX"),
    "33": lambda: one_bag() | {"price_mode": "NET"},
    ASSUMED.price: lambda: with_item(unit_price="0.00"),
    ASSUMED.quantity: lambda: with_item(quantity="0"),
    ASSUMED.client_type: lambda: one_bag() | {"client": {"type": "ZZ"}},
}


@pytest.mark.parametrize("code", REFUSED)
def test_an_error_code_in_http_200_is_a_refusal(shop: Shop, emcf: EMcf, code: str) -> None:
    diary = Diary()
    outcome = emcf.normalise(sealed(REFUSED[code]()), diary)
    assert isinstance(outcome, Refused), outcome
    assert (outcome.by, outcome.code) == ("emcf", code)
    assert outcome.text == json.loads(outcome.answer)["errorDesc"]
    assert diary.steps == ["post"]
    assert shop.invoices() == []


def test_an_empty_reference_is_code_31(emcf: EMcf) -> None:
    invoice = SealedInvoice("KIN01-1-00000001", "", "0" * 64, sale())
    outcome = emcf.normalise(invoice, Diary())
    assert isinstance(outcome, Refused)
    assert outcome.code == "31"


def test_a_credit_beyond_the_sale_is_code_12(emcf: EMcf) -> None:
    original = normalised(emcf, one_bag()).code_def_dgi
    normalised(emcf, credit_note(original))
    outcome = emcf.normalise(sealed(credit_note(original)), Diary())
    assert isinstance(outcome, Refused)
    assert outcome.code == "12"


def test_a_code_nobody_documented_is_a_refusal_with_the_authoritys_words(
    shop: Shop, emcf: EMcf
) -> None:
    error = {"fault": "error_in_200", "code": "47", "text": "Motif inconnu."}
    shop.break_with({"on": "post", **error})
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.text) == ("47", "Motif inconnu.")


def test_a_body_the_authority_calls_malformed_is_refused(shop: Shop, emcf: EMcf) -> None:
    outcome = emcf.normalise(sealed(with_item(type={"a": "b"})), Diary())
    assert isinstance(outcome, Refused)
    assert outcome.code == "HTTP-400"
    assert shop.invoices() == []


@pytest.mark.parametrize("member", ["total", "vtotal", "ts", "tab", "vab"])
def test_amounts_that_are_not_ours_are_cancelled_and_refused(
    shop: Shop, emcf: EMcf, member: str
) -> None:
    shop.break_with({"on": "post", "fault": "wrong_totals", "of": member})
    diary = Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    assert isinstance(outcome, Refused)
    assert (outcome.by, outcome.code) == ("totals", "TOTALS")
    assert diary.steps == ["post", "cancel"]
    assert diary.calls[1].request == b"{}"
    assert shop.invoices() == []
    assert shop.ask("GET", "/api/invoice").json()["pendingRequestsCount"] == 0


def test_both_figures_are_named(shop: Shop, emcf: EMcf) -> None:
    shop.break_with({"on": "post", "fault": "wrong_totals"})
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Refused)
    assert outcome.text == "total : 288000,00 pour nous, 288000,01 pour la DGI"


def test_a_tolerance_is_a_setting(shop: Shop) -> None:
    shop.break_with({"on": "post", "fault": "wrong_totals"})
    emcf = shop.emcf(tolerance=Decimal("0.01"))
    outcome = emcf.normalise(sealed(sale()), Diary())
    emcf.close()
    assert isinstance(outcome, Normalised)
    assert outcome.total == "288000.01"


def test_another_merchants_invoice_is_never_sent(emcf: EMcf) -> None:
    diary = Diary()
    outcome = emcf.normalise(sealed(sale(merchant_nif="A0000000Z")), diary)
    assert isinstance(outcome, Unknown)
    assert not outcome.confirming
    assert diary.calls == []


# A POST that decides nothing ----------------------------------------------------------------

LATER: dict[str, dict[str, Any]] = {
    "a gateway page": {"fault": "html_502"},
    "a gateway page after the POST took effect": {"fault": "html_502", "committed": True},
    "a connection cut before": {"fault": "drop_before_commit"},
    "a connection cut after": {"fault": "drop_after_commit"},
    "a refused token": {"fault": "status_401"},
    "too many waiting": {"fault": "error_in_200", "code": "1"},
    "an original not verifiable yet": {"fault": "error_in_200", "code": "10"},
    "an error of the platform": {"fault": "error_in_200", "code": "99"},
    "a stall": {"fault": "stall", "seconds": 60, "committed": True},
    "an answer that drips": {"fault": "drip", "seconds": 0.01},
}
HASTY = Timeouts(connect=5, post=0.3, confirm=20, read=20)


@pytest.mark.parametrize("what", LATER)
def test_a_post_without_an_answer_that_decides_may_be_delivered_again(
    shop: Shop, what: str
) -> None:
    shop.break_with({"on": "post", **LATER[what]})
    emcf, diary, invoice = shop.emcf(HASTY), Diary(), sealed(sale())
    outcome = emcf.normalise(invoice, diary)
    assert isinstance(outcome, Unknown), outcome
    assert not outcome.confirming
    assert outcome.reason
    assert diary.steps == ["post"]
    assert diary.calls[0].answer is not None
    shop.break_with()
    emcf.close()
    emcf = shop.emcf()
    assert isinstance(emcf.normalise(invoice, Diary()), Normalised)
    emcf.close()
    assert [recorded["rn"] for recorded in shop.invoices()] == [invoice.reference]


def test_nobody_at_the_other_end_is_unknown(shop: Shop) -> None:
    emcf, diary = shop.emcf(url="http://127.0.0.1:9/edef"), Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    emcf.close()
    assert outcome == Unknown("La DGI est injoignable.", confirming=False)
    assert diary.calls[0].status is None


def test_a_wrong_base_address_is_unknown_not_refused(shop: Shop) -> None:
    emcf = shop.emcf(url=shop.address.url.removesuffix("/edef"))
    outcome = emcf.normalise(sealed(sale()), Diary())
    emcf.close()
    assert isinstance(outcome, Unknown)
    assert "404" in outcome.reason


def test_a_confirm_is_not_sent_when_the_request_must_have_expired(shop: Shop) -> None:
    ticks = iter((0.0, 120.0))
    emcf, diary = shop.emcf(monotonic=lambda: next(ticks)), Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    emcf.close()
    assert isinstance(outcome, Unknown)
    assert not outcome.confirming
    assert diary.steps == ["post"]


# Oddities that change nothing ---------------------------------------------------------------

HARMLESS: dict[str, dict[str, Any]] = {
    "a null error code": {"fault": "null_error_code"},
    "brotli nobody asked for": {"fault": "brotli"},
    "uids in upper case": {"fault": "upper_uid"},
    "an answer that drips a little": {"fault": "drip", "seconds": 0},
    "a clock that is off": {"fault": "clock_skew", "seconds": 86400},
}


@pytest.mark.parametrize("what", HARMLESS)
def test_an_oddity_of_the_platform_changes_nothing(shop: Shop, emcf: EMcf, what: str) -> None:
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


def test_elements_that_disagree_leave_the_invoice_normalised(shop: Shop) -> None:
    shop.nim = "CD00000000-9"
    emcf = shop.emcf()
    with structlog.testing.capture_logs() as logs:
        outcome = emcf.normalise(sealed(sale()), Diary())
    emcf.close()
    assert isinstance(outcome, Normalised)
    assert {"qr.nim", "nim"} == {member for entry in logs for member in entry.get("members", ())}


def test_the_token_never_reaches_a_log(
    shop: Shop, emcf: EMcf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        normalised(emcf, sale())
    assert [entry["status"] for entry in logs] == [200, 200]
    assert shop.token not in caplog.text + repr(logs) + repr(emcf)


def test_a_log_that_fails_stops_no_sale(emcf: EMcf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emcf_line, "log", None)
    assert normalised(emcf, sale())
