"""Answers no honest platform gives, read without harm."""

import json
from decimal import Decimal

import pytest

from app.control import emcf_answer
from app.control.emcf_answer import Confirmation, ErrorAnswer, Illegible, Posted
from app.control.emcf_line import Heard
from app.control.module import ModuleStatus

UNREADABLE = [b"", b"<html></html>", b'{"uid": "a", "total": 1', b"[]", b"7", b"[" * 100_000]
TOTALS = b'"total": 1.50, "vtotal": "0.20"'


@pytest.mark.parametrize("body", UNREADABLE)
def test_what_is_no_object_decides_nothing(body: bytes) -> None:
    heard = Heard(200, body)
    assert isinstance(emcf_answer.read_posted(heard), Illegible)
    assert isinstance(emcf_answer.read_confirmation(heard), Illegible)
    assert isinstance(emcf_answer.status(heard), Illegible)
    assert not emcf_answer.is_cancelled(heard)


@pytest.mark.parametrize(
    "body",
    [
        b"{%s}" % TOTALS,
        b'{"uid": null, %s}' % TOTALS,
        b'{"uid": "../status", %s}' % TOTALS,
        b'{"uid": "a", "total": 1.5}',
        b'{"uid": "a", "total": true, "vtotal": 0}',
        b'{"uid": "a", "total": NaN, "vtotal": 0}',
        b'{"uid": "a", "total": "1,50", "vtotal": 0}',
    ],
)
def test_a_post_answer_needs_a_uid_and_both_totals(body: bytes) -> None:
    assert isinstance(emcf_answer.read_posted(Heard(200, body)), Illegible)


def test_totals_are_exact_as_numbers_and_as_texts() -> None:
    answer = emcf_answer.read_posted(Heard(200, b'{"uid": "A-1", %s}' % TOTALS))
    assert isinstance(answer, Posted)
    assert (answer.uid, answer.total, answer.vat) == ("A-1", Decimal("1.50"), Decimal("0.20"))


@pytest.mark.parametrize("code", [b'"9"', b"9"])
def test_an_error_code_may_be_a_text_or_a_number(code: bytes) -> None:
    heard = Heard(200, b'{"uid": "A-1", "errorCode": %s, %s}' % (code, TOTALS))
    assert emcf_answer.read_posted(heard) == ErrorAnswer("9", "Erreur 9 de la DGI.")


@pytest.mark.parametrize("code", [b"null", b'""', b"0", b'"0"', b"false"])
def test_an_error_code_that_says_nothing_is_none(code: bytes) -> None:
    heard = Heard(200, b'{"uid": "A-1", "errorCode": %s, %s}' % (code, TOTALS))
    assert isinstance(emcf_answer.read_posted(heard), Posted)


def test_a_code_and_a_qr_make_a_confirmation_and_half_of_them_nothing() -> None:
    whole = {"codeDEFDGI": "C", "qrCode": "Q", "nim": None}
    confirmed = emcf_answer.read_confirmation(Heard(200, json.dumps(whole).encode()))
    assert confirmed == Confirmation("", "C", "", "", "Q")
    for name in ("codeDEFDGI", "qrCode"):
        half = json.dumps(whole | {name: ""}).encode()
        assert isinstance(emcf_answer.read_confirmation(Heard(200, half)), Illegible)
    assert isinstance(
        emcf_answer.read_confirmation(Heard(500, json.dumps(whole).encode())), Illegible
    )


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        (Heard(None, b"La DGI est injoignable."), "La DGI est injoignable."),
        (Heard(401, b""), "La DGI refuse le jeton de ce point de vente (401) : "),
        (Heard(502, b"<html>"), "La DGI a répondu autre chose"),
        (Heard(400, b"<html>"), "La DGI a répondu autre chose"),
        (Heard(400, b"[]"), "La DGI a répondu autre chose"),
    ],
)
def test_the_reason_is_said_in_french(heard: Heard, why: str) -> None:
    answer = emcf_answer.read_posted(heard)
    assert isinstance(answer, Illegible)
    assert answer.why.startswith(why)


def test_a_platform_may_say_that_it_is_down() -> None:
    answer = emcf_answer.status(Heard(200, b'{"status": false, "pendingRequestsList": []}'))
    assert isinstance(answer, ModuleStatus)
    assert not answer.operational


@pytest.mark.parametrize("members", [b"", b'"pendingRequestsList": null', b'"errorCode": "99"'])
def test_a_status_without_a_waiting_list_proves_nothing(members: bytes) -> None:
    assert isinstance(emcf_answer.status(Heard(200, b"{%s}" % members)), Illegible)
