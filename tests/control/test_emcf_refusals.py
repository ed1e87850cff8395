"""Refusals, and POST answers that decide nothing."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from app.control.emcf import EMcf
from app.control.emcf_line import Timeouts
from app.control.module import Normalised, Refused, SealedInvoice, Unknown
from app.control.simulator import AssumedCodes
from tests.control.conftest import DgiShop
from tests.control.invoices_and_diary import Diary, credit_note, one_bag, sale, sealed


def normalised(emcf: EMcf, invoice: dict[str, Any]) -> Normalised:
    outcome = emcf.normalise(sealed(invoice), Diary())
    assert isinstance(outcome, Normalised), outcome
    return outcome


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
def test_an_error_code_in_http_200_is_a_refusal(shop: DgiShop, emcf: EMcf, code: str) -> None:
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
    shop: DgiShop, emcf: EMcf
) -> None:
    error = {"fault": "error_in_200", "code": "47", "text": "Motif inconnu."}
    shop.break_with({"on": "post", **error})
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.text) == ("47", "Motif inconnu.")


def test_a_body_the_authority_calls_malformed_is_refused(shop: DgiShop, emcf: EMcf) -> None:
    outcome = emcf.normalise(sealed(with_item(type={"a": "b"})), Diary())
    assert isinstance(outcome, Refused)
    assert outcome.code == "HTTP-400"
    assert shop.invoices() == []


@pytest.mark.parametrize("of", ["", "silent"])
@pytest.mark.parametrize("fault", ["error_in_200", "error_in_4xx", "problem"])
def test_an_odd_refusal_is_one_all_the_same(shop: DgiShop, emcf: EMcf, fault: str, of: str) -> None:
    odd = {"fault": fault, "code": "47", "text": "Motif refusé.", "of": "items[0].price"}
    shop.break_with({"on": "post", **odd}, {"on": "post", "fault": "western", "of": of})
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Refused), outcome
    assert "Motif refusé." in outcome.text
    if fault == "problem":
        assert (outcome.code, outcome.text.split(" — ")[1][:14]) == ("HTTP-400", "items[0].price")


def test_a_confirm_refused_with_a_4xx_is_cancelled_and_refused(shop: DgiShop, emcf: EMcf) -> None:
    shop.break_with({"on": "confirm", "fault": "error_in_4xx", "status": 422, "code": "50"})
    diary = Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    assert isinstance(outcome, Refused)
    assert (outcome.code, diary.steps) == ("50", ["post", "confirm", "cancel"])
    assert shop.invoices() == []


@pytest.mark.parametrize("of", ["", "silent"])
def test_a_confirm_answered_in_another_charset_is_no_doubt(
    shop: DgiShop, emcf: EMcf, of: str
) -> None:
    shop.break_with({"on": "any", "fault": "western", "of": of})
    diary = Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    assert isinstance(outcome, Normalised)
    assert diary.steps == ["post", "confirm"]
    assert b"\xe9" in outcome.confirmation


def test_a_platform_that_counts_in_binary_disagrees_with_nobody(shop: DgiShop, emcf: EMcf) -> None:
    shop.break_with({"on": "any", "fault": "wrong_totals", "by": "0.0000000001"})
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Normalised)
    assert b"288000.0000000001" in outcome.answer
    assert (outcome.total, outcome.vat) == ("288000.00", "39724.14")


@pytest.mark.parametrize("member", ["total", "vtotal", "ts", "tab", "vab"])
def test_amounts_that_are_not_ours_are_cancelled_and_refused(
    shop: DgiShop, emcf: EMcf, member: str
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


def test_both_figures_are_named(shop: DgiShop, emcf: EMcf) -> None:
    shop.break_with({"on": "post", "fault": "wrong_totals"})
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Refused)
    assert outcome.text == "total : 288000,00 pour nous, 288000,01 pour la DGI"


def test_a_tolerance_is_a_setting(shop: DgiShop) -> None:
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
    shop: DgiShop, what: str
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


def test_nobody_at_the_other_end_is_unknown(shop: DgiShop) -> None:
    emcf, diary = shop.emcf(url="http://127.0.0.1:9/edef"), Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    emcf.close()
    assert outcome == Unknown(
        "Le serveur de la DGI refuse la connexion (port fermé).", confirming=False
    )
    assert diary.calls[0].status is None


def test_a_wrong_base_address_is_unknown_not_refused(shop: DgiShop) -> None:
    emcf = shop.emcf(url=shop.address.url.removesuffix("/edef"))
    outcome = emcf.normalise(sealed(sale()), Diary())
    emcf.close()
    assert isinstance(outcome, Unknown)
    assert "404" in outcome.reason


def test_a_confirm_is_not_sent_when_the_request_must_have_expired(shop: DgiShop) -> None:
    diary = Diary()
    emcf = shop.emcf(monotonic=lambda: 120.0 if diary.made_at_heard else 0.0)
    outcome = emcf.normalise(sealed(sale()), diary)
    emcf.close()
    assert isinstance(outcome, Unknown)
    assert not outcome.confirming
    assert diary.steps == ["post"]
