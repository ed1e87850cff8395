"""A sealed invoice as neutral blocks, with every mention of clause 1.2.1.

Nothing is printed that is not a member of the canonical invoice, the statement or the normalised
entry; the letters in the comments are those of SFE 1.2.1.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.fiscal.codes import (
    CLIENT_TYPES,
    COMMENT_LINES,
    CREDIT_NATURES,
    CREDIT_TYPES,
    DEPOSIT_TYPES,
    EXEMPTION_LABEL,
    EXPORT_TYPES,
)
from app.fiscal.money import parse_amount
from app.fiscal.tables import GROUP_LABELS
from app.fiscal.tax import specific_taxes_of
from app.fiscal.words import amount_in_words
from app.printing.blocks import (
    Block,
    Evidence,
    GroupLine,
    Groups,
    ItemLine,
    Items,
    Notice,
    Pair,
    QrCode,
    Section,
    Seller,
    Title,
    Totals,
)
from app.printing.paper import Paper, check, is_specimen
from app.printing.receipt_payments import payments_block, positive
from app.wording import (
    DASH,
    counted,
    francs,
    local_text,
    number,
    percent,
    sealing_party,
)

SPECIMEN: Final = "SPÉCIMEN"
_OF_A_CLIENT: Final = {
    "name": "Nom",
    "trade_name": "Enseigne",
    "nif": "NIF",
    "rccm": "RCCM",
    "address": "Adresse",
    "contact": "Contact",
    "phone": "Téléphone",
    "email": "E-mail",
}
NO_RATE: Final = DASH
"""Group N has no rate: its whole amount is VAT."""


def receipt_blocks(paper: Paper) -> tuple[Block, ...]:
    """The paper from top to bottom.

    Raises:
        NotAnInvoice: strict mode without the answer of the control module.
        PaperDisagrees: the layers contradict each other.
    """
    check(paper)
    invoice = paper.invoice
    return (
        _seller(invoice),
        _title(paper),
        *_pending(paper),
        _document(paper),
        *_credit(invoice),
        _client(invoice),
        _items(invoice),
        _groups(invoice),
        _totals(paper),
        payments_block(invoice),
        *_comments(invoice),
        *_dgi(paper),
        _seal(paper),
    )


def _seller(invoice: Mapping[str, Any]) -> Seller:
    seller = invoice["seller"]
    legal = seller.get("legal_name", seller["name"])
    pairs = [Pair("NIF", invoice["merchant_nif"])]  # b
    pairs += [Pair("RCCM", seller["rccm"])] if "rccm" in seller else []
    pairs += [
        Pair("ISF", seller["isf"]),  # v
        Pair("Régime fiscal", seller["regime"]),  # j
    ]
    return Seller(
        name=seller[
            "name"
        ],  # a: the company, by the name over its door and the one it is entered by
        lines=(
            *([legal] if legal != seller["name"] else []),  # and the one it is entered by
            seller["address"],  # c: where it sells
            seller["contact"],  # d: how to reach it
            *_reached(seller),
        ),
        pairs=tuple(pairs),
    )


def _reached(seller: Mapping[str, Any]) -> Iterator[str]:
    """Telephone and e-mail, where they are members of their own."""
    known = [seller[name] for name in ("phone", "email") if name in seller]
    if known:
        yield " · ".join(known)


def _name(invoice_type: str) -> str:
    if invoice_type in CREDIT_TYPES:
        return "FACTURE D’AVOIR"  # g
    return "FACTURE D’ACOMPTE" if invoice_type in DEPOSIT_TYPES else "FACTURE"  # i


def _title(paper: Paper) -> Title:
    invoice_type = paper.invoice["invoice_type"]
    marks = ("EXPORTATION",) if invoice_type in EXPORT_TYPES else ()  # h
    duplicate = ("DUPLICATA",) if paper.duplicate else ()  # f
    specimen = (SPECIMEN,) if is_specimen(paper) else ()
    return Title(
        _name(invoice_type), marks + duplicate + specimen, across=SPECIMEN if specimen else ""
    )


def _pending(paper: Paper) -> Iterator[Notice]:
    if paper.normalised is None:
        yield Notice("Scellée par la plateforme, état DGI : en attente")


def _document(paper: Paper) -> Section:
    invoice, statement = paper.invoice, paper.statement
    time = local_text(statement["timestamp"], invoice["seller"]["zone"])
    pairs = (
        Pair("Référence", statement["reference"]),  # k
        Pair("Date et heure", time),  # u
        Pair("Opérateur", invoice["operator"]),  # w
        Pair("Caisse", invoice["pos_terminal_id"]),
    )
    return Section("document", "Document", pairs)


def _credit(invoice: Mapping[str, Any]) -> Iterator[Section]:
    credit = invoice.get("credit")
    if credit is None:
        return
    nature = credit["nature"]
    pairs = [Pair("Nature", CREDIT_NATURES[nature])]  # g
    if "original" in credit:
        pairs.append(Pair("Facture d’origine", credit["original"]))
    # SFE 1.1.26 the code of the original; 1.1.28 a rebate tied to no sale says RRR instead
    code = credit.get("code_def_dgi", "RRR" if nature == "RRR" else None)
    if code:
        pairs.append(Pair("CODE DEF/DGI d’origine", code))
    yield Section("credit", "Avoir", tuple(pairs))


def _client(invoice: Mapping[str, Any]) -> Section:
    client = invoice["client"]  # e
    pairs = [Pair("Type", f"[{client['type']}] {CLIENT_TYPES[client['type']]}")]
    pairs += [Pair(label, client[name]) for name, label in _OF_A_CLIENT.items() if name in client]
    return Section("client", "Client", tuple(pairs))


def _items(invoice: Mapping[str, Any]) -> Items:
    lines = tuple(_item(item) for item in invoice["items"])
    return Items(f"Prix unitaire {invoice['price_mode']}", lines)  # SFE 1.5.4


def _item(item: Mapping[str, Any]) -> ItemLine:
    return ItemLine(  # l
        name=item["name"],
        code=f"[{item['type']}] {item['code']}",
        group=item["tax_group"],
        quantity=counted(item["quantity"], item["unit"]),
        unit_price=number(item["unit_price"]),
        amount=number(item["amount"]),
        notes=tuple(_item_notes(item)),
    )


def _item_notes(item: Mapping[str, Any]) -> Iterator[str]:
    for tax in specific_taxes_of(item):  # t
        yield _specific_tax(tax, item["unit"])
    yield from _price_change(item)


def _price_change(item: Mapping[str, Any]) -> Iterator[str]:
    """The discount is shown (l); a price that rose is none."""
    if "original_price" not in item:
        return
    before, after = parse_amount(item["original_price"]), parse_amount(item["unit_price"])
    name = "Remise, prix d’origine" if after < before else "Prix d’origine"
    reason = item.get("price_change_reason")
    yield f"{name} {number(item['original_price'])}" + (f" {DASH} {reason}" if reason else "")


def _specific_tax(tax: Mapping[str, str], unit: str) -> str:
    # A paper sealed before labels were obligatory has none; it is printed all the same.
    name = f"T.S. {tax['label']}" if "label" in tax else "T.S."
    if tax["kind"] == "percent":
        name += f" ({percent(tax['value'])})"
    elif tax["kind"] == "per_unit":
        name += f" ({number(tax['value'])} par {unit})"
    return f"{name} : {number(tax['amount'])}"


def _groups(invoice: Mapping[str, Any]) -> Groups:
    groups = invoice["tax_groups"]
    lines = tuple(
        GroupLine(
            group=letter,
            label=GROUP_LABELS[letter],
            rate=percent(group["rate"]) if "rate" in group else NO_RATE,  # n
            base=number(group["base"]),
            specific_tax=number(group["specific_tax"]),  # t
            vat=number(group["vat"]),  # o
            total=number(group["total"]),  # m
        )
        for letter, group in sorted(groups.items())
    )
    return Groups(positive(invoice["totals"]["specific_tax"]), lines)


def _totals(paper: Paper) -> Totals:
    totals = paper.invoice["totals"]
    pairs = [Pair("Total hors TVA", francs(totals["base"]))]
    if positive(totals["specific_tax"]):
        pairs.append(Pair("Taxe spécifique (T.S.)", francs(totals["specific_tax"])))  # t
    pairs.append(Pair("TVA", francs(totals["vat"])))  # o
    words = amount_in_words(parse_amount(totals["total"]), septante=paper.septante)
    name = _name(paper.invoice["invoice_type"]).lower()
    return Totals(
        pairs=tuple(pairs),
        total=Pair("TOTAL TTC", francs(totals["total"])),  # p
        words=f"Arrêtée la présente {name} à la somme de {words}.",  # q
    )


def _comments(invoice: Mapping[str, Any]) -> Iterator[Section]:
    comments = invoice.get("comments")
    if comments:  # SFE 1.1.24
        pairs = (
            Pair(EXEMPTION_LABEL if line == "A" else f"Commentaire {line}", comments[line])
            for line in COMMENT_LINES
            if line in comments
        )
        yield Section("comments", "Commentaires", tuple(pairs))


def _dgi(paper: Paper) -> Iterator[Evidence]:
    answer = paper.normalised
    if answer is not None:  # x: the elements of the control module, as they came
        yield Evidence(
            role="dgi",
            heading="Éléments de sécurité DGI",
            qr=QrCode(answer["qr_code"], "M", "Code QR de la DGI"),
            pairs=(
                Pair("CODE DEF/DGI", answer["code_def_dgi"]),
                Pair("DEF NIM", answer["nim"]),
                Pair("DEF Compteurs", answer["counters"]),
                Pair("DEF Heure", answer["date_time"]),
            ),
        )


def _seal(paper: Paper) -> Evidence:
    return Evidence(
        role="seal",
        heading=f"Scellé par {sealing_party(paper.statement['authority'])}",
        qr=QrCode(paper.qr_payload, "L", "Scannez pour vérifier cette facture"),
        pairs=(
            Pair("N° fiscal", paper.statement["fiscal_number"]),
            Pair("Code d’authentification", paper.auth_code),
        ),
    )
