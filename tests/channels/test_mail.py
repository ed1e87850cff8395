"""E-mail handed to a real SMTP server: plain, with STARTTLS, with TLS from the start."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from app.channels.mail import AddressUnreadable, Server, SmtpChannel, read_server
from app.channels.outgoing import Outcome, Outgoing
from tests.harness.certificates import Trust, trust_for
from tests.harness.ports import free_port
from tests.harness.postbox import PASSWORD, USER, Postbox, postbox

SENDER: Final = "factures@bono.example"
MAIL: Final = (
    b"From: Bono <factures@bono.example>\r\nTo: client@example.com\r\n"
    b"Message-ID: <msg_1@bono.example>\r\nSubject: Votre facture\r\n\r\nBonjour.\r\n.\r\nFin\r\n"
)


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return trust_for("post.example", tmp_path)


def sent(url: str, trust: Trust | None = None) -> Outcome:
    channel = SmtpChannel(read_server(url), SENDER, context=trust.client if trust else None)
    return channel(Outgoing("msg_1", "client@example.com", MAIL, 0))


def url_of(box: Postbox, scheme: str = "smtp", *, user: str = "", password: str = "") -> str:
    who = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"{scheme}://{who}127.0.0.1:{box.port}"


def test_the_server_takes_the_very_bytes_for_the_one_address() -> None:
    with postbox() as box:
        outcome = sent(url_of(box))
        assert (outcome.state, outcome.status) == ("sent", 250)
        (mail,) = box.mails
    assert (mail.sender, mail.recipients) == (SENDER, ("client@example.com",))
    assert mail.content == MAIL
    assert not mail.encrypted


def test_what_can_be_encrypted_is(trust: Trust) -> None:
    with postbox(starttls=trust.server) as box:
        assert sent(url_of(box), trust).state == "sent"
        assert box.mails[0].encrypted


def test_tls_from_the_first_byte(trust: Trust) -> None:
    with postbox(implicit=trust.server) as box:
        assert sent(url_of(box, "smtps"), trust).state == "sent"
        assert box.mails[0].encrypted


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(trust: Trust, scheme: str) -> None:
    contexts: dict[str, Any] = {"starttls" if scheme == "smtp" else "implicit": trust.server}
    with postbox(**contexts) as box:
        outcome = sent(url_of(box, scheme))
        assert (outcome.state, outcome.status, outcome.blocks) == ("later", None, "channel")
        assert box.mails == []


def test_a_server_that_wants_a_password_gets_it_encrypted(trust: Trust) -> None:
    with postbox(starttls=trust.server, password=True) as box:
        url = url_of(box, user=USER, password=PASSWORD)
        assert sent(url, trust).state == "sent"
        assert (box.mails[0].user, box.mails[0].encrypted) == (USER, True)


def test_a_wrong_password_is_nobodys_message_at_fault(trust: Trust) -> None:
    with postbox(starttls=trust.server, password=True) as box:
        outcome = sent(url_of(box, user=USER, password="wrong"), trust)
        assert (outcome.state, outcome.status, outcome.blocks) == ("later", 535, "channel")
        assert sent(url_of(box), trust).status == 530


def test_a_password_never_leaves_in_clear() -> None:
    with postbox() as box:
        outcome = sent(f"smtp://user:secret@127.1:{box.port}")  # this machine, by another name
        assert outcome.state == "later"
        assert "TLS" in outcome.words
        assert box.mails == []


@pytest.mark.parametrize("step", ["refuse_recipient", "refuse_content"])
@pytest.mark.parametrize(
    ("answer", "state"),
    [("450 Boîte occupée", "later"), ("452 Plein", "later"), ("550 Inconnu", "failed"),
     ("554 Refusé", "failed")],
)  # fmt: skip
def test_a_four_is_tried_again_and_a_five_is_the_end(step: str, answer: str, state: str) -> None:
    with postbox() as box:
        setattr(box, step, answer)
        outcome = sent(url_of(box))
        assert (outcome.state, outcome.words, outcome.blocks) == (state, answer, "nothing")
        assert outcome.status == int(answer[:3])
        assert box.mails == []


def test_a_server_that_is_not_there_is_tried_again_and_everything_waits() -> None:
    outcome = sent(f"smtp://127.0.0.1:{free_port()}")
    assert (outcome.state, outcome.status, outcome.blocks) == ("later", None, "channel")
    assert "injoignable" in outcome.words


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://post.example", Server("post.example", 587, implicit=False)),
        ("smtps://post.example/", Server("post.example", 465, implicit=True)),
        ("smtp://a%40b:c%3A@post.example:25", Server("post.example", 25, False, "a@b", "c:")),
    ],
)
def test_the_address_of_a_server_says_how_to_reach_it(url: str, server: Server) -> None:
    assert read_server(url) == server


@pytest.mark.parametrize("url", ["", "post.example", "http://post.example", "smtp://", "smtp://x:y",
                                 "smtp://post.example/box"])  # fmt: skip
def test_another_address_is_no_server(url: str) -> None:
    with pytest.raises(AddressUnreadable):
        read_server(url)
