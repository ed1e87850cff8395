"""Answers no honest platform gives, read without harm."""

import json
import socket
import ssl
from decimal import Decimal

import httpx
import pytest

from app.control import emcf_answer
from app.control.emcf_answer import Confirmation, ErrorAnswer, Illegible, Posted
from app.control.emcf_line import Heard, why_unreached
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


SENTENCE = "Référence refusée"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
        ("", "cp1252"),
        ("ISO-8859-1", "utf-8"),  # who says so and sends UTF-8 is read as what it is
        ("iso-8859-1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso-8859-15", "iso-8859-15"),
        ("utf-8", "cp1252"),
        ("no-such-charset", "cp1252"),
    ],
)
def test_a_refusal_is_read_in_whatever_charset_it_comes(charset: str, encoding: str) -> None:
    body = json.dumps({"errorCode": "9", "errorDesc": SENTENCE}, ensure_ascii=False)
    heard = Heard(200, body.encode(encoding), charset=charset)
    assert emcf_answer.read_posted(heard) == ErrorAnswer("9", SENTENCE)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 499])
def test_a_4xx_with_an_error_code_is_an_answer_about_that_invoice(status: int) -> None:
    heard = Heard(status, b'{"errorCode": "9", "errorDesc": "Non."}')
    for read in (emcf_answer.read_posted, emcf_answer.read_confirmation):
        assert read(heard) == ErrorAnswer("9", "Non.")
    assert not emcf_answer.is_cancelled(heard)


@pytest.mark.parametrize("status", [301, 401, 403, 407, 408, 425, 429, 500, 502, 503])
def test_what_says_nothing_of_the_invoice_refuses_none(status: int) -> None:
    heard = Heard(status, b'{"errorCode": "9", "errorDesc": "Non."}')
    assert isinstance(emcf_answer.read_posted(heard), Illegible)
    assert isinstance(emcf_answer.read_confirmation(heard), Illegible)


def test_a_404_that_speaks_json_without_a_code_is_a_wrong_address() -> None:
    assert isinstance(
        emcf_answer.read_posted(Heard(404, b'{"title": "Not Found", "status": 404}')), Illegible
    )


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ({"title": "Bad.", "errors": {"items[0].price": ["Faux.", "Long."], "client": ["Vide."]}},
         "Bad. — items[0].price : Faux. Long. ; client : Vide."),
        ({"detail": "ISF ?", "errors": {"isf": "Requis."}}, "ISF ? — isf : Requis."),
        ({"errors": {"": ["Corps vide."], "a": [7, None]}}, "Corps vide. ; a"),
        ({"title": "Bad.", "errors": ["price"]}, "Bad."),
        ({}, "La DGI juge la demande mal formée (HTTP 422)."),
    ],
)  # fmt: skip
def test_a_problem_names_the_members_at_fault(problem: dict[str, object], words: str) -> None:
    heard = Heard(422, json.dumps(problem).encode())
    assert emcf_answer.read_posted(heard) == ErrorAnswer("HTTP-422", words)


def test_the_words_of_the_authority_fit_every_store_and_have_an_end() -> None:
    body = b'{"errorCode": "9\\u0000", "errorDesc": "a\\u0000b\\ud800c\n%s"}' % (b"x" * 5000)
    answer = emcf_answer.read_posted(Heard(200, body))
    assert isinstance(answer, ErrorAnswer)
    assert (answer.code, answer.text[:8], len(answer.text)) == ("9", "a b c xx", 1000)
    assert emcf_answer.read_posted(Heard(200, b'{"errorCode": "\\u0000"}')) != ErrorAnswer("", "")


ELEMENTS = (
    b'"nim": "CD01-1", "counters": "1/1 FV", "dateTime": "12/05/2026 10:15:30",'
    b' "codeDEFDGI": "TESTFACTURESQK4M7ZPD2XWA", "qrCode": "RDCF01;CD01-1;T;A;20260512101530"'
)


@pytest.mark.parametrize(
    "body",
    [
        b'{%s, "message": "Op\xe9ration"}' % ELEMENTS,
        b'{%s, "message": "ligne\nsuivante"}' % ELEMENTS,
        b'{"message": "dit "oui"", %s}' % ELEMENTS,
        b'{%s, "message": "coup' % ELEMENTS,
    ],
)
def test_a_recorded_invoice_is_read_in_an_answer_that_is_otherwise_broken(body: bytes) -> None:
    answer = emcf_answer.read_confirmation(Heard(200, body))
    assert isinstance(answer, Confirmation)
    assert answer.code_def_dgi == "TEST-FACT-URES-QK4M-7ZPD-2XWA"
    assert (answer.nim, answer.counters) == ("CD01-1", "1/1 FV")
    assert isinstance(emcf_answer.read_confirmation(Heard(502, body)), Illegible)


@pytest.mark.parametrize(
    ("theirs", "same"),
    [
        ("500.0000000001", True),
        ('"500.0000000001"', True),
        ("499.99999999999994", True),
        ("5.000000000001e2", True),
        ("500.004", True),
        ("500.005", False),
        ("499.99", False),
        ("1e999999", False),
        ("-500", False),
    ],
)
def test_amounts_are_compared_in_centimes_and_not_one_is_given_away(
    theirs: str, *, same: bool
) -> None:
    invoice = {
        "totals": {"total": "500.00", "vat": "0.00", "specific_tax": "0.00"},
        "tax_groups": {},
    }
    body = '{"uid": "a", "total": 500, "vtotal": -1e-12, "ts": 0}'.replace("500", theirs)
    answer = emcf_answer.read_posted(Heard(200, body.encode()))
    found = isinstance(answer, Posted) and not emcf_answer.differences(
        answer, invoice, Decimal("0.00")
    )
    assert found is same


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


@pytest.mark.parametrize(
    ("beneath", "word"),
    [
        (socket.gaierror(-2, "unknown"), "DNS"),
        (ssl.SSLCertVerificationError("self-signed"), "certificat"),
        (ssl.SSLError("UNSUPPORTED_PROTOCOL"), "TLS"),
        (ConnectionRefusedError(111, "refused"), "port fermé"),
        (OSError(113, "no route to host"), "aucun chemin"),
    ],
)
def test_five_causes_have_five_words(beneath: OSError, word: str) -> None:
    error = httpx.ConnectError("no")
    error.__cause__ = beneath
    assert word in why_unreached(error)


def test_a_platform_may_say_that_it_is_down() -> None:
    answer = emcf_answer.status(Heard(200, b'{"status": false, "pendingRequestsList": []}'))
    assert isinstance(answer, ModuleStatus)
    assert not answer.operational


@pytest.mark.parametrize("members", [b"", b'"pendingRequestsList": null', b'"errorCode": "99"'])
def test_a_status_without_a_waiting_list_proves_nothing(members: bytes) -> None:
    assert isinstance(emcf_answer.status(Heard(200, b"{%s}" % members)), Illegible)
