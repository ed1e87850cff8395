"""WhatsApp: the link that people send, and the Business API over real HTTP."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.channels import whatsapp
from app.channels.outgoing import Outcome, Outgoing
from app.channels.whatsapp import Report, WhatsAppBusinessChannel
from tests.harness.ports import free_port
from tests.harness.receiver import Receiver, Reply, receiving


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("081 234 56 78", "243812345678"), ("812345678", "243812345678"),
        ("+243 812 345 678", "243812345678"), ("00243812345678", "243812345678"),
        ("(081) 234-56.78", "243812345678"), ("+33 6 12 34 56 78", "33612345678"),
        ("+243 (0)81 234 56 78", "243812345678"), ("+243 081 234 56 78", "243812345678"),
        ("243 81 234 56 78", "243812345678"),
        ("\u202a+243\u00a081 234 56 78\u202c", "243812345678"),
        ("+33 (0)6 12 34 56 78", "33612345678"), ("+39 06 1234 5678", "390612345678"),
        ("+243 81 234 56 7", None), ("+243 (0)81 234 56 7", None), ("081 234 56 7", None),
        ("+243 81 234 56 789", None), ("0812345678 9", None), ("33612345678", None),
        ("+33 6 12", None), ("+999 123 456 789", None),
        ("12345678", None), ("1" * 16, None), ("081 234 56 7x", None), ("", None),
        ("٠٨١٢٣٤٥٦٧٨", None),
    ],
)  # fmt: skip
def test_a_number_as_people_type_it_becomes_the_digits_that_whatsapp_wants(
    typed: str, digits: str | None
) -> None:
    assert whatsapp.digits(typed) == digits


def test_the_link_opens_whatsapp_with_the_whole_text() -> None:
    text = "Voici : 1 000,50 FC & plus\nhttps://x.example/recus/a?b=c#d"
    address = urlsplit(whatsapp.link("243812345678", text))
    assert (address.scheme, address.netloc, address.path) == ("https", "wa.me", "/243812345678")
    assert parse_qs(address.query) == {"text": [text]}


@pytest.fixture
def meta() -> Iterator[Receiver]:
    with receiving() as receiver:
        receiver.usual = reply({"messages": [{"id": "wamid.abc"}]})
        yield receiver


def reply(document: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


def sent(meta: Receiver, body: bytes = b"{}") -> Outcome:
    channel = WhatsAppBusinessChannel(meta.url("/v23.0/"), "t0ken", "10055")
    return channel(Outgoing("msg_1", "243812345678", body, 0))


def test_a_text_is_posted_as_the_api_wants_it(meta: Receiver) -> None:
    outcome = sent(meta, whatsapp.text_request("243812345678", "Bonjour, é"))
    assert (outcome.state, outcome.status) == ("sent", 200)
    assert "wamid.abc" in outcome.words
    (got,) = meta.received
    assert got.path == "/v23.0/10055/messages"
    assert got.headers["authorization"] == "Bearer t0ken"
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "243812345678",
        "type": "text",
        "text": {"preview_url": True, "body": "Bonjour, é"},
    }


def test_a_template_carries_its_words_in_order() -> None:
    document = json.loads(whatsapp.template_request("2438", "facture", ["n", "t"]))
    assert document["template"] == {
        "name": "facture",
        "language": {"code": "fr"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "n"}, {"type": "text", "text": "t"}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("status", "code", "state", "blocks"),
    [
        (400, 131026, "failed", "nothing"),  # the number has no WhatsApp
        (400, 131047, "failed", "nothing"),  # more than 24 hours since the customer wrote
        (400, 132001, "failed", "nothing"),  # no such template
        (400, 130429, "later", "nothing"),  # too many
        (429, 80007, "later", "nothing"),
        (500, 131000, "later", "nothing"),
        (503, 2, "later", "nothing"),
        (401, 190, "later", "channel"),  # the token has expired
        (403, 10, "later", "channel"),
        (400, 190, "later", "channel"),
    ],
)
def test_what_meta_says_decides_whether_to_try_again(
    meta: Receiver, status: int, code: int, state: str, blocks: str
) -> None:
    meta.usual = reply({"error": {"message": "Non", "code": code, "type": "x"}}, status)
    outcome = sent(meta)
    assert (outcome.state, outcome.blocks, outcome.status) == (state, blocks, status)
    assert outcome.words == f"{code} Non"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"messages": []}', b'{"error": "no"}'])
def test_a_yes_that_says_nothing_is_no_yes(meta: Receiver, body: bytes) -> None:
    meta.usual = Reply(200, body)
    assert sent(meta).state == "later"


def test_an_api_that_is_not_there_is_tried_again_and_everything_waits() -> None:
    channel = WhatsAppBusinessChannel(f"http://127.0.0.1:{free_port()}", "t", "1")
    outcome = channel(Outgoing("msg_1", "243812345678", b"{}", 0))
    assert (outcome.state, outcome.status, outcome.blocks) == ("later", None, "channel")


def test_a_report_is_believed_when_meta_signed_it() -> None:
    body = b'{"entry": []}'
    header = "sha256=" + hmac.new(b"app", body, hashlib.sha256).hexdigest()
    assert whatsapp.is_signed("app", body, header)
    for secret, signed, said in (
        ("other", body, header), ("app", body + b" ", header), ("app", body, ""),
        ("app", body, header[7:]), ("app", body, "sha256=é"),
    ):  # fmt: skip
        assert not whatsapp.is_signed(secret, signed, said)


def test_the_reports_of_a_call_are_read_in_their_order() -> None:
    failed = {"id": "w2", "status": "failed", "errors": [{"code": 131026, "title": "Injoignable"}]}
    statuses = [{"id": "w1", "status": "sent"}, {"id": "w1", "status": "read"}, failed]
    call = {"object": "x", "entry": [{"changes": [{"value": {"statuses": statuses}}]}]}
    assert whatsapp.reports(json.dumps(call).encode()) == [
        Report("w1", "sent", ""), Report("w1", "read", ""),
        Report("w2", "failed", "131026 Injoignable"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"entry": 1}', b'{"entry": [1, {"changes": {"value": []}}]}',
        b'{"entry": [{"changes": [{"value": {"messages": [{"id": "w"}]}}]}]}',
        b'{"entry": [{"changes": [{"value": {"statuses": [{"id": 1, "status": "read"}]}}]}]}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_report_is_left_out(body: bytes) -> None:
    assert whatsapp.reports(body) == []
