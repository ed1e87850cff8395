"""The texts that leave: a receipt by e-mail or WhatsApp, an alert by e-mail."""

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.channels import whatsapp
from app.channels.mail import is_address
from app.channels.outgoing import Channels
from app.fiscal.ledger import utc_time
from app.printing.paper import NoPaper, NotAnInvoice, Paper, check
from app.printing.pdf import a4
from app.services.ledger.answers import links
from app.services.messages.catalogue import subject_of
from app.services.papers.receipts import paper_of
from app.store.engine import Session
from app.store.ledger.sales import SaleState, sale_state
from app.store.outlets import outlet_facts
from app.store.tables.messages import RECEIPT, Message
from app.wording import francs, local_text

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[3] / "web" / "templates" / "mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

_LABELS: Final = {
    "fiscal_number": "Facture",
    "reference": "Référence",
    "colour": "Couleur",
    "waiting": "Factures en attente",
    "code": "Code de la DGI",
    "nim": "Module de contrôle",
    "terminal_id": "Caisse",
    "tax_group": "Groupe de taxation",
}
"""What a person reads of the facts of an event; the others are for programs."""
_COLOURS: Final = {"green": "vert", "yellow": "jaune", "red": "rouge"}


class NotYet(Exception):
    """The text cannot be written now; the message says why, in French."""


class Never(Exception):
    """The text can never be written; the message says why, in French.

    `unforeseen`: nobody else is told of it, so somebody must look.
    """

    def __init__(self, why: str, *, unforeseen: bool = False) -> None:
        self.unforeseen = unforeseen
        super().__init__(why)


def compose(session: Session, message: Message, channels: Channels) -> bytes:
    """What is sent of that message, from now on the same at every try.

    Raises:
        NotYet: its invoice is no legal paper yet.
        Never: it will not be one.
    """
    if message.channel == "email" and not is_address(message.target):
        raise Never("Ce n’est pas une adresse e-mail.", unforeseen=True)
    if message.event != RECEIPT:
        return _alert(session, message, channels)
    state = sale_state(session, message.outlet_id, sale_id=message.sale_id)
    if state is None:
        raise Never("Cette vente n’est pas connue ici.")
    if state.frozen_status == "refused":
        raise Never("La DGI a refusé cette facture : il n’y a pas de papier à envoyer.")
    paper = paper_of(session, state.sale, channels.host)
    pdf = _drawn(paper)
    if message.channel == "whatsapp":
        return _whatsapp(message.target, state, paper, channels)
    return _receipt_mail(message, state, paper, pdf, channels)


def _drawn(paper: Paper) -> bytes:
    try:
        return a4(paper)
    except NotAnInvoice as error:  # SFE 1.1.5: nothing that looks legal leaves before it is
        raise NotYet("La facture attend encore la DGI.") from error
    except NoPaper as error:
        raise Never(str(error)) from error


def _receipt_mail(
    message: Message, state: SaleState, paper: Paper, pdf: bytes, channels: Channels
) -> bytes:
    seller = paper.invoice["seller"]
    address = links(state.sale)
    words = {
        "number": state.sale.fiscal_number,
        "seller": seller,
        "total": francs(paper.invoice["totals"]["total"]),
        "at": local_text(paper.statement["timestamp"], seller["zone"]),
        "receipt": channels.address(address["receipt"]),
        "verify": channels.address(address["verify"]),
    }
    mail = _mail(message, channels, name=seller["name"])
    mail["Subject"] = f"Votre facture {state.sale.fiscal_number}, {seller['name']}"
    mail.set_content(_TEMPLATES.get_template("receipt.txt").render(words))
    mail.add_alternative(_TEMPLATES.get_template("receipt.html").render(words), subtype="html")
    mail.add_attachment(
        pdf, maintype="application", subtype="pdf", filename=f"{state.sale.fiscal_number}.pdf"
    )
    return mail.as_bytes()


def _alert(session: Session, message: Message, channels: Channels) -> bytes:
    facts = msgspec.json.decode(message.facts)
    outlet = outlet_facts(session, message.outlet_id)
    name = outlet.seller["name"] if outlet else message.outlet_id
    zone = outlet.zone if outlet else "Africa/Kinshasa"
    over = " (réglé)" if facts.get("state") == "over" else ""
    title = subject_of(message.event).mail + over
    mail = _mail(message, channels, name="Bono Pay")
    mail["Subject"] = f"[Bono Pay] {message.outlet_id} : {title}"
    words = {
        "title": title[0].upper() + title[1:],
        "outlet": f"{name} ({message.outlet_id})",
        "at": local_text(facts["at"], zone),
        "sentence": _sentence(facts),
        "lines": _lines(facts),
    }
    mail.set_content(_TEMPLATES.get_template("alert.txt").render(words))
    return mail.as_bytes()


def _sentence(facts: Mapping[str, Any]) -> str:
    refused = facts.get("refusal", {})
    return str(facts.get("text") or facts.get("reason") or refused.get("text") or "")


def _lines(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    known = {**facts, **facts.get("refusal", {})}
    if known.get("colour") in _COLOURS:
        known["colour"] = _COLOURS[known["colour"]]
    return [(label, str(known[name])) for name, label in _LABELS.items() if known.get(name)]


_SEVEN_BITS: Final = SMTP.clone(cte_type="7bit")
"""A server without 8BITMIME takes such a mail too."""


def _mail(message: Message, channels: Channels, *, name: str) -> EmailMessage:
    """A mail without subject and text: from us, to one address, with an id that stays."""
    sender = parseaddr(channels.mail_from)[1] or "bono@localhost"
    mail = EmailMessage(policy=_SEVEN_BITS)
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = Address(addr_spec=message.target)
    mail["Date"] = format_datetime(utc_time(message.created_at))
    mail["Message-ID"] = f"<{message.message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _whatsapp(number: str, state: SaleState, paper: Paper, channels: Channels) -> bytes:
    if not channels.whatsapp_template:
        return whatsapp.text_request(number, receipt_text(state, paper, channels))
    words = [
        state.sale.fiscal_number,
        francs(paper.invoice["totals"]["total"]),
        paper.invoice["seller"]["name"],
        channels.address(links(state.sale)["receipt"]),
    ]
    return whatsapp.template_request(number, channels.whatsapp_template, words)


def receipt_text(state: SaleState, paper: Paper, channels: Channels) -> str:
    """What a customer reads on WhatsApp; the till says the same."""
    total = francs(paper.invoice["totals"]["total"])
    of = f"{state.sale.fiscal_number} de {total}, {paper.invoice['seller']['name']}"
    address = channels.address(links(state.sale)["receipt"])
    try:
        check(paper)
    except NoPaper:  # SFE 1.1.5: it is none before
        return f"Bonjour, votre facture normalisée {of} sera ici : {address}"
    return f"Bonjour, voici votre facture normalisée {of} : {address}"


def receipt_link(
    session: Session, outlet_id: str, sale_id: str, number: str, channels: Channels
) -> str | None:
    """The address that opens WhatsApp with the receipt's text for that number."""
    state = sale_state(session, outlet_id, sale_id=sale_id)
    if state is None:
        return None
    paper = paper_of(session, state.sale, channels.host)
    return whatsapp.link(number, receipt_text(state, paper, channels))
