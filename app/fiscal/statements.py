"""What one entry says of itself: its body, its seal and its statement (steps 6 and 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.fiscal.canonical import parse_canonical
from app.fiscal.codes import ZONES
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.ledger import Entry
from app.fiscal.seal import (
    STATEMENT,
    NotASeal,
    Seal,
    invoice_statement,
    other_statement,
    parse_seal,
)


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What an invoice tells of itself that its statement does not repeat."""

    sale_id: str
    zone: str
    original: str | None


def invoice_facts(body: Mapping[str, Any], where: str) -> InvoiceFacts:
    """The facts in the body of an invoice; raises step 8."""
    try:
        original = body.get("credit", {}).get("original")
        stated = InvoiceFacts(body["sale_id"], body["seller"]["zone"], original)
        known = stated.zone in ZONES
    except (KeyError, TypeError, AttributeError) as error:
        raise VerificationFailed(
            8, where, f"membre absent ou d'une autre forme : {error}"
        ) from error
    if (
        not known
        or type(stated.sale_id) is not str
        or type(stated.original) not in {str, type(None)}
    ):
        raise VerificationFailed(
            8, where, "la vente, la zone ou l'original n'est pas un texte admis"
        )
    return stated


def read_body(entry: Entry, body: bytes, where: str) -> dict[str, Any]:
    """The body, decoded; raises step 8."""
    try:
        return parse_canonical(body)
    except NotCanonical as error:
        raise VerificationFailed(8, where, f"le corps d'un « {entry.kind} » : {error}") from error


def read_seal(entry: Entry, where: str) -> Seal:
    """The seal, with a statement that is one; raises step 6."""
    if entry.seal is None:
        raise VerificationFailed(6, where, "il manque le sceau")
    try:
        seal = parse_seal(entry.seal)
    except NotASeal as error:
        raise VerificationFailed(6, where, f"sceau illisible : {error}") from error
    if seal.statement.get("v") != STATEMENT:
        raise VerificationFailed(6, where, "l'énoncé n'est pas un seal/1")
    if any(type(value) is not str for value in seal.statement.values()):
        raise VerificationFailed(6, where, "l'énoncé n'est pas fait de textes")
    return seal


def check_invoice_statement(
    entry: Entry, body: dict[str, Any], statement: Mapping[str, Any], where: str
) -> None:
    """The statement is that of this invoice, and of this entry; raises step 8."""
    try:
        expected = invoice_statement(
            body,
            authority=statement["authority"],
            fiscal_number=statement["fiscal_number"],
            reference=statement["reference"],
            timestamp=statement["timestamp"],
            payload=entry.body,
            previous=entry.previous,
        )
    except (KeyError, TypeError) as error:
        raise VerificationFailed(
            8, where, f"membre absent ou d'une autre forme : {error}"
        ) from error
    if expected != statement or body.get("v") != "invoice/1":
        raise VerificationFailed(8, where, "l'énoncé ne dit pas cette facture")
    if body["outlet_id"] != entry.outlet_id:
        raise VerificationFailed(8, where, "la facture est d'un autre point de vente")


def check_other_statement(entry: Entry, statement: Mapping[str, Any], where: str) -> None:
    """The statement is that of this entry, which is no invoice; raises step 8, or 5."""
    expected = other_statement(
        kind=entry.kind,
        authority=statement.get("authority", ""),
        merchant_nif=statement.get("merchant_nif", ""),
        outlet_id=entry.outlet_id,
        series=entry.series,
        position=entry.position,
        timestamp=statement.get("timestamp", ""),
        payload=entry.body,
        previous=entry.previous,
    )
    if expected != statement:
        raise VerificationFailed(8, where, "l'énoncé ne dit pas cette écriture")
    if entry.kind == "opened" and entry.position != 1:
        raise VerificationFailed(5, where, "une série ne s'ouvre qu'à sa première position")
