"""The payments of an invoice as a block of its paper; the letters are those of SFE 1.2.1."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.fiscal.codes import PAYMENT_METHODS
from app.fiscal.money import amount_text, parse_amount, parse_rate, ratio
from app.printing.blocks import PaymentLine, Payments
from app.wording import DASH, day, dollars, francs


def positive(amount: str) -> bool:
    """Whether an amount of a document is more than nothing."""
    return parse_amount(amount) > 0


def payments_block(invoice: Mapping[str, Any]) -> Payments:
    """How the invoice was paid, in the order of its payments."""
    return Payments(tuple(_payment(payment) for payment in invoice["payments"]))


def _payment(payment: Mapping[str, Any]) -> PaymentLine:
    label = PAYMENT_METHODS[payment["method"]]  # s
    provider = payment.get("provider")
    return PaymentLine(
        label=f"{label} {DASH} {provider}" if provider else label,
        amount=francs(payment["amount"]),
        notes=tuple(_payment_notes(payment)),
    )


def _payment_notes(payment: Mapping[str, Any]) -> Iterator[str]:
    if "reference" in payment:
        yield f"Réf. {payment['reference']}"
    if "rate" in payment:
        yield _rate(payment)
    elif "tendered" in payment:
        yield f"Reçu {francs(payment['tendered'])}"
    if "tendered" in payment and positive(change := _change(payment)):
        yield f"Rendu {francs(change)}"


def _rate(payment: Mapping[str, Any]) -> str:
    """The dollars paid, or handed over in cash, and the rate of the day (r; SFE 1.1.30)."""
    since = f" du {day(payment['rate_date'])}" if "rate_date" in payment else ""
    rate = f"taux{since} : {francs(payment['rate'])} pour 1 USD"
    if "tendered" in payment:
        return f"{dollars(payment['tendered'])}, {rate}"
    return f"T{rate[1:]}" if payment["method"] == "ESPECES" else f"{_in_dollars(payment)}, {rate}"


def _in_dollars(payment: Mapping[str, Any]) -> str:
    """What was paid by a means that nobody hands over: its value at its rate."""
    cents = ratio(parse_amount(payment["amount"]) * 10_000, parse_rate(payment["rate"]))
    return dollars(amount_text(cents))


def _change(payment: Mapping[str, Any]) -> str:
    """What went back to the customer, in francs (SFE 1.1.30)."""
    received = parse_amount(payment["tendered"])
    if "rate" in payment:
        received = ratio(received * parse_rate(payment["rate"]), 10_000)
    return amount_text(received - parse_amount(payment["amount"]))
