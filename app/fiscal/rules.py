"""What an invoice must satisfy. Each check cites its clause, and its refusal names it."""

from app.fiscal.codes import CREDIT_TYPES, NAMED_CLIENTS
from app.fiscal.draft import Draft, Line, Payment
from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import amount_text, ratio, times
from app.fiscal.tables import LEVY_GROUPS
from app.fiscal.tax import Totals

RATE_TOLERANCE_PERCENT = 1
"""SFE 1.1.30: around the mean of the BCC on the day."""


def check_draft(draft: Draft) -> None:
    """Every rule that needs nothing but the sale itself holds; payments are judged apart."""
    if not draft.items:
        raise InvalidInvoice("SFE-1.1.6", "/items", "Une facture a au moins un article.")
    for n, line in enumerate(draft.items):
        _check_line(line, f"/items/{n}")
    _check_client(draft)
    _check_exemption(draft)
    _check_credit(draft)


def _check_line(line: Line, path: str) -> None:
    for name, value in (
        ("unit_price", line.unit_price),
        ("quantity", line.quantity),
        ("original_price", line.original_price),
    ):
        if value == 0:
            raise InvalidInvoice("SFE-1.1.22", f"{path}/{name}", "Une ligne n'est jamais à zéro.")
    if times(line.unit_price, line.quantity) == 0:
        raise InvalidInvoice("SFE-1.1.22", path, "Le montant de la ligne s'arrondit à zéro.")
    if line.specific_tax and line.specific_tax.value == 0:
        raise InvalidInvoice(
            "SFE-1.1.13", f"{path}/specific_tax/value", "Une taxe spécifique nulle ne s'écrit pas."
        )
    if (line.type == "TAX") != (line.tax_group in LEVY_GROUPS):  # annex, item types
        raise InvalidInvoice(
            "tax.item-type", f"{path}/type", "Le type TAX va avec les groupes L et N, et eux seuls."
        )


def _check_client(draft: Draft) -> None:
    client = draft.client
    if client.type in NAMED_CLIENTS:  # SFE 1.1.11
        for name, value in (("name", client.name), ("nif", client.nif)):
            if value is None:
                raise InvalidInvoice(
                    "SFE-1.1.11",
                    f"/client/{name}",
                    f"Un client {client.type} a un nom et un NIF.",
                )
    if client.type == "AO" and client.name is None:
        raise InvalidInvoice("SFE-1.1.11", "/client/name", "Un client AO a un nom.")


def _check_exemption(draft: Draft) -> None:
    exempt = draft.client.type == "AO" or any(line.tax_group == "D" for line in draft.items)
    if exempt and "A" not in draft.comments:  # SFE 1.1.24
        raise InvalidInvoice(
            "SFE-1.1.24",
            "/comments/A",
            "La référence du document d'exonération manque (ligne de commentaire A).",
        )


def _check_credit(draft: Draft) -> None:
    credit = draft.credit
    if (credit is not None) != (draft.invoice_type in CREDIT_TYPES):
        raise InvalidInvoice(
            "SFE-1.1.25", "/credit", "Une facture d'avoir a une nature, et elle seule."
        )
    if credit is None:
        return
    if credit.nature == "RRR" and credit.original is not None:  # SFE 1.1.28
        raise InvalidInvoice(
            "SFE-1.1.28", "/credit/original", "Un rabais RRR ne vise aucune facture."
        )
    if credit.nature != "RRR" and credit.original is None:  # SFE 1.1.26
        raise InvalidInvoice(
            "SFE-1.1.26", "/credit/original", "Cet avoir vise une facture d'origine."
        )


def check_payments(payments: tuple[Payment, ...] | None, total: int) -> None:
    """The payments are well formed and sum to `total` centimes exactly.

    Raises:
        InvalidInvoice: `format.missing`, `SFE-1.1.18`, `SFE-1.1.19`, `SFE-1.1.30`.
    """
    if payments is None:
        raise InvalidInvoice("format.missing", "/payments", "Les paiements manquent.")
    for n, payment in enumerate(payments):
        _check_payment(payment, f"/payments/{n}")
    _check_one_rate(payments)
    paid = sum(payment.amount for payment in payments)
    if paid != total:  # SFE 1.1.19
        raise InvalidInvoice(
            "SFE-1.1.19",
            "/payments",
            f"Les paiements font {amount_text(paid)} et la facture {amount_text(total)}.",
        )


def _check_payment(payment: Payment, path: str) -> None:
    if payment.amount == 0:
        raise InvalidInvoice("SFE-1.1.19", f"{path}/amount", "Un paiement n'est jamais à zéro.")
    if payment.currency == "USD":
        _check_dollars(payment, path)
    else:
        _check_francs(payment, path)


def _check_dollars(payment: Payment, path: str) -> None:
    # SFE 1.1.30: the amount in USD and the rate are on the invoice.
    for name in ("tendered", "rate", "rate_date"):
        if getattr(payment, name) is None:
            raise InvalidInvoice(
                "SFE-1.1.30",
                f"{path}/{name}",
                "Un paiement en USD dit le montant, le taux et son jour.",
            )
    tendered, rate = payment.tendered or 0, payment.rate or 0
    if ratio(tendered * rate, 10_000) < payment.amount:
        raise InvalidInvoice(
            "SFE-1.1.30", f"{path}/tendered", "Le montant remis en USD ne couvre pas le paiement."
        )


def _check_francs(payment: Payment, path: str) -> None:
    for name in ("rate", "rate_date"):
        if getattr(payment, name) is not None:
            raise InvalidInvoice(
                "SFE-1.1.30", f"{path}/{name}", "Un paiement en francs n'a pas de taux."
            )
    if payment.tendered is None:
        return
    if payment.method != "ESPECES":
        raise InvalidInvoice(
            "SFE-1.1.18", f"{path}/tendered", "Seules les espèces ont un montant remis."
        )
    if payment.tendered < payment.amount:
        raise InvalidInvoice(
            "SFE-1.1.19", f"{path}/tendered", "Le montant remis ne couvre pas le paiement."
        )


def _check_one_rate(payments: tuple[Payment, ...]) -> None:
    rates = {(p.rate, p.rate_date) for p in payments if p.currency == "USD"}
    if len(rates) > 1:  # SFE 1.1.30
        raise InvalidInvoice(
            "SFE-1.1.30", "/payments", "Tous les paiements en USD ont le même taux et le même jour."
        )


def dollar_rate(draft: Draft) -> tuple[int, str, str] | None:
    """The rate, its day and its path of the payments in USD, or None when there are none."""
    for n, payment in enumerate(draft.payments or ()):
        if payment.currency == "USD" and payment.rate is not None and payment.rate_date:
            return payment.rate, payment.rate_date, f"/payments/{n}"
    return None


def check_rate(rate: int, mean: int | None, path: str) -> None:
    """The rate lies within 1 % of the mean of the day; without a mean, USD is refused.

    Raises:
        InvalidInvoice: `SFE-1.1.30`.
    """
    if mean is None:
        raise InvalidInvoice(
            "SFE-1.1.30",
            f"{path}/rate_date",
            "Aucun taux de la BCC connu pour ce jour : USD refusé.",
        )
    if abs(rate - mean) * 100 > mean * RATE_TOLERANCE_PERCENT:
        raise InvalidInvoice(
            "SFE-1.1.30", f"{path}/rate", "Le taux s'écarte de plus de 1 % du taux moyen de la BCC."
        )


def check_expected(draft: Draft, table: str, totals: Totals) -> None:
    """What the client computed agrees, or its table is another and its total is the same.

    Raises:
        InvalidInvoice: `total.expected`, or `tax.table-changed` when an older table gave
            another total.
    """
    expected = draft.expected
    if expected is None:
        return
    if expected.tax_table != table:
        if expected.total is not None and expected.total != totals.total:
            raise InvalidInvoice(
                "tax.table-changed",
                "/expected/total",
                f"La table {table} en vigueur change le total : {amount_text(totals.total)}.",
            )
        return
    for name, sent, ours in (
        ("total", expected.total, totals.total),
        ("vat", expected.vat, totals.vat),
    ):
        if sent is not None and sent != ours:
            raise InvalidInvoice(
                "total.expected", f"/expected/{name}", f"Le calcul donne {amount_text(ours)}."
            )
