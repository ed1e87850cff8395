"""Receipts and alerts that leave: over a real mail server, and by WhatsApp."""

import json
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from app.channels.mail import SmtpChannel, read_server
from app.channels.outgoing import Outcome
from app.channels.whatsapp import Report, WhatsAppBusinessChannel
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_text
from app.services.ledger.settle import Settled
from app.services.messages import log, reports
from app.services.messages.log import MOST_PER_SALE, MessageView
from app.services.messages.texts import receipt_link
from app.services.rules.policy import change
from app.store.engine import reading, writing
from tests.given import requests
from tests.given.answered_sales import normalise, refuse
from tests.given.message_sender import FROM, HOST, NOW, Post
from tests.given.shop_in_process import InProcessShop, Module, opened_shop
from tests.harness.postbox import Postbox, postbox
from tests.harness.receiver import Reply, receiving

CLIENT = "client@example.com"


@pytest.fixture(scope="module")
def box() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture(autouse=True)
def _empty(box: Postbox) -> None:
    box.mails.clear()
    box.refuse_recipient = box.refuse_content = ""


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """An outlet whose control module answers when the test says so."""
    module = Module("CD01999901-1", "http://127.0.0.1:9/edef", "token")
    shop = opened_shop(database_url, module=module)
    yield shop
    shop.end()


@pytest.fixture
def post(shop: InProcessShop, box: Postbox) -> Post:
    channel = SmtpChannel(read_server(f"smtp://127.0.0.1:{box.port}"), FROM)
    return Post(shop.engine, {"email": channel})


def queue(
    post: Post, sold: Settled, channel: str = "email", to: str = CLIENT
) -> MessageView | None:
    """The receipt of the sale was asked for."""
    with writing(post.engine) as session:
        return log.queue_receipt(session, "KIN01", sold.sale.sale_id, channel, to, post.now)


def queued(post: Post, sold: Settled, **more: Any) -> str:
    """The id of the message that carries it."""
    found = queue(post, sold, **more)
    assert found is not None
    return found.message_id


def only_mail(box: Postbox) -> EmailMessage:
    """The one mail that was taken."""
    (mail,) = box.mails
    assert mail.content.isascii()  # a server without 8BITMIME takes it too
    read = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def test_a_receipt_arrives_with_its_pdf_and_its_addresses(
    shop: InProcessShop, post: Post, box: Postbox
) -> None:
    sold = shop.sell()
    normalise(shop, sold)
    message = queued(post, sold)
    post.send_all()
    assert post.view(message).state == "sent"
    mail, sale = only_mail(box), sold.sale
    assert box.mails[0].recipients == (CLIENT,)
    assert mail["To"] == CLIENT
    assert mail["From"].addresses[0].addr_spec == FROM
    assert mail["From"].addresses[0].display_name == requests.SELLER.name
    assert sale.fiscal_number in mail["Subject"]
    assert mail["Message-ID"] == f"<{message}@bono.example>"
    assert mail["Date"].datetime == NOW
    texts = [part for kind in ("plain", "html") if (part := mail.get_body((kind,))) is not None]
    assert len(texts) == 2
    for part in texts:
        assert f"https://{HOST}/recus/{sale.receipt_token}" in part.get_content()
        assert sale.fiscal_number in part.get_content()
        assert "90\u202f000,00\u00a0FC" in part.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == f"{sale.fiscal_number}.pdf"
    assert attached.get_content_type() == "application/pdf"
    text = PdfReader(BytesIO(attached.get_content())).pages[0].extract_text()
    assert "FACTURE" in text


def test_a_receipt_waits_until_its_invoice_is_a_legal_paper(
    shop: InProcessShop, post: Post, box: Postbox
) -> None:
    sold = shop.sell()
    message = queued(post, sold)
    assert post.sender().step() == 0
    view = post.view(message)
    assert (view.state, view.attempts, view.tries) == ("pending", 0, ())
    assert view.last_error == "La facture attend encore la DGI."
    for _ in range(50):  # a night without the DGI uses no try up
        post.pass_time(seconds=post.sender().step() or 0)
    assert post.now - NOW > timedelta(hours=1)
    assert box.mails == []
    normalise(shop, sold)
    post.send_everything()
    assert post.view(message).state == "sent"
    assert len(box.mails) == 1


def test_the_receipt_of_a_refused_sale_never_leaves(
    shop: InProcessShop, post: Post, box: Postbox
) -> None:
    sold = shop.sell()
    message = queued(post, sold)
    refuse(shop, sold)
    post.send_everything()
    view = post.view(message)
    assert view.state == "failed"
    assert "refusé" in (view.last_error or "")
    assert box.mails == []
    assert post.cases() == []  # the sale itself has a case


def test_a_mail_that_is_tried_again_is_the_same_to_the_byte(
    shop: InProcessShop, post: Post, box: Postbox
) -> None:
    sold = shop.sell()
    normalise(shop, sold)
    message = queued(post, sold)
    post.send_all()
    assert post.replay(message)
    post.pass_time(hours=5)
    post.send_all()
    first, second = box.mails
    assert first.content == second.content


def test_a_box_that_is_full_is_tried_again_and_one_that_is_unknown_is_not(
    shop: InProcessShop, post: Post, box: Postbox
) -> None:
    sold = shop.sell()
    normalise(shop, sold)
    box.refuse_recipient = "452 Boîte pleine"
    message = queued(post, sold)
    post.send_all()
    assert (post.view(message).state, post.view(message).last_error) == (
        "pending", "452 Boîte pleine",
    )  # fmt: skip
    box.refuse_recipient = "550 Inconnue"
    post.send_everything()
    assert post.view(message).state == "failed"
    (case,) = post.cases()
    assert (case.kind, case.about, case.fix) == ("message", CLIENT, "manager")
    assert "550 Inconnue" in case.text


def test_asking_twice_sends_once(shop: InProcessShop, post: Post, box: Postbox) -> None:
    sold = shop.sell()
    normalise(shop, sold)
    assert queued(post, sold) == queued(post, sold)
    post.send_all()
    assert len(box.mails) == 1
    assert queued(post, sold)  # once it was sent, it may be asked for again
    post.send_all()
    assert len(box.mails) == 2


@pytest.mark.parametrize(
    ("channel", "to", "path"),
    [
        ("email", "client", "/to"), ("email", "a@b", "/to"), ("email", "a b@example.com", "/to"),
        ("email", "a@example.com\r\nBcc: b@example.com", "/to"), ("email", "a@-x.com", "/to"),
        ("email", "a@example.com,b@example.com", "/to"), ("email", "é@example.com", "/to"),
        ("email", "a@" + "b" * 250 + ".com", "/to"), ("email", ".a@example.com", "/to"),
        ("whatsapp", "12", "/to"), ("whatsapp-link", "moi", "/to"),
        ("sms", "0812345678", "/channel"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(
    shop: InProcessShop, post: Post, channel: str, to: str, path: str
) -> None:
    sold = shop.sell()
    with pytest.raises(InvalidInvoice) as caught:
        queue(post, sold, channel, to)
    assert (caught.value.rule, caught.value.path) == ("format.text", path)
    assert post.log() == []


def test_a_receipt_of_a_sale_that_nobody_knows_is_not_queued(post: Post) -> None:
    with writing(post.engine) as session:
        found = log.queue_receipt(session, "KIN01", "unknown", "email", CLIENT, NOW)
    assert found is None


def test_a_sale_is_not_sent_to_the_whole_world(shop: InProcessShop, post: Post) -> None:
    sold = shop.sell()
    for number in range(MOST_PER_SALE):
        assert queue(post, sold, to=f"c{number}@example.com")
    with pytest.raises(InvalidInvoice) as caught:
        queue(post, sold, to="one-more@example.com")
    assert caught.value.rule == "delivery.many"


def test_an_alert_says_in_french_what_happened_and_where(
    shop: InProcessShop, post: Post, box: Postbox
) -> None:
    with writing(shop.engine) as session:
        change(session, "*", "alert_emails", CLIENT, by="M1", at=utc_text(NOW))
    post.publish()
    sold = shop.sell()
    refuse(shop, sold)
    post.announce("outlet.status", colour="red", reason="Rien ne part depuis 25 heures.")
    post.announce("device.token", text="Le jeton de la DGI finit dans 7 jours.", state="open")
    post.announce("device.table", text="Les taux sont d’accord.", state="over")
    assert post.publish() == 4
    post.send_all()
    mails = [message_from_bytes(mail.content, policy=policy.default) for mail in box.mails]
    by_subject = {str(mail["Subject"]): mail.get_content() for mail in mails}
    refused = by_subject["[Bono Pay] KIN01 : la DGI a refusé une facture"]
    assert "Taux inconnu." in refused
    assert sold.sale.fiscal_number in refused
    status = by_subject["[Bono Pay] KIN01 : l’état du point de vente a changé"]
    assert "Rien ne part depuis 25 heures." in status
    assert "Couleur : rouge" in status
    assert "22/11/2026 11:15:31 (Kinshasa, UTC+1)" in status
    device = by_subject["[Bono Pay] KIN01 : le jeton de la DGI arrive à sa fin"]
    assert "finit dans 7 jours" in device
    assert "[Bono Pay] KIN01 : un taux de la DGI diffère du nôtre (réglé)" in by_subject


def test_an_alert_that_cannot_be_written_is_given_up_and_somebody_is_called(post: Post) -> None:
    at = utc_text(post.now)
    bad_address = post.queue("personne", channel="email", body=b"", facts=f'{{"at":"{at}"}}')
    unreadable = post.queue(CLIENT, channel="email", body=b"", facts="no JSON")
    post.send_everything()
    assert [post.view(message).state for message in bad_address + unreadable] == ["failed"] * 2
    assert {case.about for case in post.cases()} == {"personne", CLIENT}


def test_a_link_is_prepared_for_people_and_not_sent_by_us(shop: InProcessShop, post: Post) -> None:
    sold = shop.sell()
    made = queue(post, sold, "whatsapp-link", "081 234 56 78")
    assert made is not None
    assert (made.state, made.target) == ("prepared", "243812345678")
    assert post.sender().step() is None
    assert post.replay(made.message_id) is None

    def link() -> str | None:
        channels = post.sender().channels
        with reading(post.engine) as session:
            return receipt_link(session, "KIN01", sold.sale.sale_id, made.target, channels)

    assert "sera%20ici" in (link() or "")
    normalise(shop, sold)
    assert "voici%20votre%20facture" in (link() or "")


@pytest.mark.parametrize("template", ["", "facture_prete"])
def test_the_business_api_gets_the_receipt_once_it_is_legal(
    shop: InProcessShop, post: Post, template: str
) -> None:
    sold = shop.sell()
    with receiving() as meta:
        meta.usual = Reply(200, b'{"messages": [{"id": "wamid.1"}]}')
        post.by_name["whatsapp"] = WhatsAppBusinessChannel(meta.url(""), "token", "10055")
        post.template = template
        message = queued(post, sold, channel="whatsapp", to="0812345678")
        post.send_all()
        assert meta.received == []
        normalise(shop, sold)
        post.send_everything()
        assert post.view(message).state == "sent"
        (got,) = meta.received
    document = json.loads(got.body)
    assert document["to"] == "243812345678"
    if template:
        words = document["template"]["components"][0]["parameters"]
        assert words[0]["text"] == sold.sale.fiscal_number
    else:
        assert document["text"]["body"].startswith("Bonjour, voici votre facture normalisée")


def test_what_meta_reports_is_noted_and_never_goes_back(shop: InProcessShop, post: Post) -> None:
    sold = shop.sell()
    normalise(shop, sold)
    with receiving() as meta:
        meta.usual = Reply(200, b'{"messages": [{"id": "wamid.1"}]}')
        post.by_name["whatsapp"] = WhatsAppBusinessChannel(meta.url(""), "token", "10055")
        message = queued(post, sold, channel="whatsapp", to="0812345678")
        post.send_all()

    def note(*states: str) -> int:
        with writing(post.engine) as session:
            found = [Report("wamid.1", state, "Injoignable") for state in states]
            return reports.note(session, [Report("wamid.x", "read", ""), *found], post.now)

    assert post.view(message).reached is None
    assert note("sent") == 0
    assert note("delivered", "delivered") == 1
    assert post.view(message).reached == "delivered"
    assert note("read", "delivered", "failed") == 1
    view = post.view(message)
    assert (view.state, view.reached, len(view.tries)) == ("sent", "read", 1)


def test_a_receipt_that_meta_could_not_deliver_has_failed(shop: InProcessShop, post: Post) -> None:
    sold = shop.sell()
    normalise(shop, sold)
    post.by_name["whatsapp"] = lambda _out: Outcome("sent", "", 200, remote_id="wamid.2")
    message = queued(post, sold, channel="whatsapp", to="0812345678")
    post.send_all()
    with writing(post.engine) as session:
        assert reports.note(session, [Report("wamid.2", "failed", "131026 Non")], post.now) == 1
        assert reports.note(session, [Report("wamid.2", "read", "")], post.now) == 0
    assert (post.view(message).state, post.view(message).last_error) == ("failed", "131026 Non")
    (case,) = post.cases()
    assert (case.about, case.fix) == ("243812345678", "manager")
