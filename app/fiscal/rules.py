"""What an invoice must satisfy. Each check cites its clause, and its refusal names it."""

from collections.abc import Iterator, Sequence
from itertools import chain

from app.fiscal.codes import CREDIT_TYPES, EXPORT_TYPES, NAMED_CLIENTS
from app.fiscal.draft import Draft, Line, Payment
from app.fiscal.errors import InvalidInvoice, refuse_all
from app.fiscal.money import amount_text, ratio, times
from app.fiscal.tables import LEVY_GROUPS, OUT_OF_SCOPE_CODES, OUT_OF_SCOPE_GROUP
from app.fiscal.tax import Totals
from app.fiscal.texts import is_nif

Faults = Iterator[InvalidInvoice]
"""The refusals that a part of the sale deserves; none when it keeps the rules."""

CASH = "ESPECES"


def check_draft(draft: Draft) -> None:
    """Every rule that needs nothing but the sale itself holds; payments are judged apart.

    Raises:
        InvalidInvoice: the rules that do not hold, with every member at fault.
    """
    refuse_all(
        chain(
            _item_faults(draft.items),
            _client_faults(draft),
            _exemption_faults(draft),
            _credit_faults(draft),
        )
    )


def check_lines(lines: Sequence[Line]) -> None:
    """The lines of an invoice hold by themselves.

    Raises:
        InvalidInvoice: the rules that do not hold, with every member at fault.
    """
    refuse_all(_item_faults(lines))


def _item_faults(lines: Sequence[Line]) -> Faults:
    if not lines:
        yield InvalidInvoice("SFE-1.1.6", "/items", "Une facture a au moins un article.")
    for n, line in enumerate(lines):
        yield from _line_faults(line, f"/items/{n}")


def _line_faults(line: Line, path: str) -> Faults:
    for name, value in (
        ("unit_price", line.unit_price),
        ("quantity", line.quantity),
        ("original_price", line.original_price),
    ):
        if value == 0:
            yield InvalidInvoice("SFE-1.1.22", f"{path}/{name}", "Une ligne n'est jamais à zéro.")
    if line.unit_price and line.quantity and times(line.unit_price, line.quantity) == 0:
        yield InvalidInvoice("SFE-1.1.22", path, "Le montant de la ligne s'arrondit à zéro.")
    for n, tax in enumerate(line.specific_taxes):
        if tax.value == 0:
            member = "specific_tax" if len(line.specific_taxes) == 1 else f"specific_taxes/{n}"
            yield InvalidInvoice(
                "SFE-1.1.13", f"{path}/{member}/value", "Une taxe spécifique nulle ne s'écrit pas."
            )
    if line.code in OUT_OF_SCOPE_CODES and line.tax_group != OUT_OF_SCOPE_GROUP:
        yield InvalidInvoice(
            "tax.out-of-scope",
            f"{path}/tax_group",
            f"Le code {line.code} dit une opération hors champ : groupe A, et lui seul.",
        )
    if (line.type == "TAX") != (line.tax_group in LEVY_GROUPS):  # annex, item types
        yield InvalidInvoice(
            "tax.item-type", f"{path}/type", "Le type TAX va avec les groupes L et N, et eux seuls."
        )


def _client_faults(draft: Draft) -> Faults:
    client = draft.client
    if client.type in NAMED_CLIENTS:  # SFE 1.1.11
        for name, value in (("name", client.name), ("nif", client.nif)):
            if value is None:
                yield InvalidInvoice(
                    "SFE-1.1.11",
                    f"/client/{name}",
                    f"Un client {client.type} a un nom et un NIF.",
                )
    if client.type == "AO" and client.name is None:
        yield InvalidInvoice("SFE-1.1.11", "/client/name", "Un client AO a un nom.")


def check_nif(draft: Draft, *, of_the_dgi: bool) -> None:
    """The client's NIF has the form of one: the DGI's own when `of_the_dgi`, except abroad.

    Raises:
        InvalidInvoice: `SFE-1.1.11`.
    """
    nif = draft.client.nif
    if nif is None or draft.invoice_type in CREDIT_TYPES:  # it names the client as he was sold to
        return
    of_the_dgi = of_the_dgi and draft.invoice_type not in EXPORT_TYPES
    if not is_nif(nif, of_the_dgi=of_the_dgi):
        wanted = (
            "une lettre, sept chiffres, une lettre" if of_the_dgi else "5 à 16 lettres et chiffres"
        )
        raise InvalidInvoice(
            "SFE-1.1.11", "/client/nif", f"NIF du client : il faut {wanted}, comme sur sa carte."
        )


def _exemption_faults(draft: Draft) -> Faults:
    exempt = draft.client.type == "AO" or any(line.tax_group == "D" for line in draft.items)
    if exempt and "A" not in draft.comments:  # SFE 1.1.24
        yield InvalidInvoice(
            "SFE-1.1.24",
            "/comments/A",
            "La référence du document d'exonération manque (ligne de commentaire A).",
        )


def _credit_faults(draft: Draft) -> Faults:
    credit = draft.credit
    if (credit is not None) != (draft.invoice_type in CREDIT_TYPES):
        yield InvalidInvoice(
            "SFE-1.1.25", "/credit", "Une facture d'avoir a une nature, et elle seule."
        )
    if credit is None:
        return
    if credit.nature == "RRR" and credit.original is not None:  # SFE 1.1.28
        yield InvalidInvoice(
            "SFE-1.1.28", "/credit/original", "Un rabais RRR ne vise aucune facture."
        )
    if credit.nature != "RRR" and credit.original is None:  # SFE 1.1.26
        yield InvalidInvoice(
            "SFE-1.1.26", "/credit/original", "Cet avoir vise une facture d'origine."
        )


def check_payments(payments: tuple[Payment, ...] | None, total: int) -> None:
    """The payments are well formed and sum to `total` centimes exactly.

    Raises:
        InvalidInvoice: `format.missing`, `SFE-1.1.18`, `SFE-1.1.19`, `SFE-1.1.30`.
    """
    if payments is None:
        raise InvalidInvoice("format.missing", "/payments", "Les paiements manquent.")
    refuse_all(_payment_faults(payments))
    paid = sum(payment.amount for payment in payments)
    if paid != total:  # SFE 1.1.19
        raise InvalidInvoice(
            "SFE-1.1.19",
            "/payments",
            f"Les paiements font {amount_text(paid)} et la facture {amount_text(total)}.",
        )


def _payment_faults(payments: tuple[Payment, ...]) -> Faults:
    for n, payment in enumerate(payments):
        path = f"/payments/{n}"
        if payment.amount == 0:
            yield InvalidInvoice("SFE-1.1.19", f"{path}/amount", "Un paiement n'est jamais à zéro.")
        yield from (_dollar_faults if payment.currency == "USD" else _franc_faults)(payment, path)
    yield from _rate_faults(payments)


def _dollar_faults(payment: Payment, path: str) -> Faults:
    # SFE 1.1.30: the amount in USD and the rate are on the invoice. Only cash may be handed over
    # for more than is paid; of any other means the dollars are the payment itself, at its rate.
    wanted = ("tendered", "rate", "rate_date") if payment.method == CASH else ("rate", "rate_date")
    for name in wanted:
        if getattr(payment, name) is None:
            yield InvalidInvoice(
                "SFE-1.1.30",
                f"{path}/{name}",
                "Un paiement en USD dit le montant, le taux et son jour.",
            )
    if payment.method != CASH:
        yield from _handed_over_faults(payment, path)
        return
    if payment.tendered is None or payment.rate is None:
        return
    if ratio(payment.tendered * payment.rate, 10_000) < payment.amount:
        yield InvalidInvoice(
            "SFE-1.1.30", f"{path}/tendered", "Le montant remis en USD ne couvre pas le paiement."
        )


def _handed_over_faults(payment: Payment, path: str) -> Faults:
    if payment.method != CASH and payment.tendered is not None:
        yield InvalidInvoice(
            "SFE-1.1.18", f"{path}/tendered", "Seules les espèces ont un montant remis."
        )


def _franc_faults(payment: Payment, path: str) -> Faults:
    for name in ("rate", "rate_date"):
        if getattr(payment, name) is not None:
            yield InvalidInvoice(
                "SFE-1.1.30", f"{path}/{name}", "Un paiement en francs n'a pas de taux."
            )
    yield from _handed_over_faults(payment, path)
    if payment.tendered is not None and payment.tendered < payment.amount:
        yield InvalidInvoice(
            "SFE-1.1.19", f"{path}/tendered", "Le montant remis ne couvre pas le paiement."
        )


def _rate_faults(payments: tuple[Payment, ...]) -> Faults:
    rates = {(p.rate, p.rate_date) for p in payments if p.currency == "USD"}
    if len(rates) > 1:  # SFE 1.1.30
        yield InvalidInvoice(
            "SFE-1.1.30", "/payments", "Tous les paiements en USD ont le même taux et le même jour."
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
