"""The blocks of a paper: which mentions, in which words, and when there is no paper at all."""

from typing import Any

import pytest

from app.printing.blocks import Evidence, Groups, Items, Notice, Payments, Section, Title, Totals
from app.printing.paper import NoPaper, NotAnInvoice, Paper, PaperDisagrees
from app.printing.receipt import receipt_blocks
from tests.printing import papers


def only(paper: Paper, kind: type) -> Any:
    (block,) = [block for block in receipt_blocks(paper) if isinstance(block, kind)]
    return block


def pairs(paper: Paper, role: str) -> dict[str, str]:
    blocks = [b for b in receipt_blocks(paper) if isinstance(b, Section | Evidence)]
    (block,) = [block for block in blocks if block.role == role]
    return {pair.label: pair.value for pair in block.pairs}


TITLES = [
    ("FV", "FACTURE", ()),
    ("FT", "FACTURE D'ACOMPTE", ()),
    ("FA", "FACTURE D'AVOIR", ()),
    ("EV", "FACTURE", ("EXPORTATION",)),
    ("ET", "FACTURE D'ACOMPTE", ("EXPORTATION",)),
    ("EA", "FACTURE D'AVOIR", ("EXPORTATION",)),
]


@pytest.mark.parametrize(("invoice_type", "text", "marks"), TITLES)
def test_each_type_has_its_title_and_a_copy_adds_duplicata(
    invoice_type: str, text: str, marks: tuple[str, ...]
) -> None:
    changes: dict[str, Any] = {"invoice_type": invoice_type}
    assert only(papers.paper(**changes), Title) == Title(text, marks)
    copy = papers.paper(duplicate=True, **changes)
    assert only(copy, Title) == Title(text, (*marks, "DUPLICATA"))


NATURES = [
    ("COR", "Correction"),
    ("RAN", "Annulation"),
    ("RAM", "Avoir suite reprise"),
    ("RRR", "RRR"),
]


@pytest.mark.parametrize(("nature", "label"), NATURES)
def test_a_credit_note_shows_its_nature_and_its_original(nature: str, label: str) -> None:
    shown = pairs(papers.credit_note(nature), "credit")
    assert shown["Nature"] == label
    if nature == "RRR":
        assert shown["CODE DEF/DGI d'origine"] == "RRR"
        assert "Facture d'origine" not in shown
    else:
        assert shown["CODE DEF/DGI d'origine"] == "ORIG-FACT-URES-AAAA-BBBB-CCCC"
        assert shown["Facture d'origine"] == "KIN01-1-00000099"


def test_a_platform_credit_note_of_an_original_without_a_dgi_code_names_its_number() -> None:
    credit = {"nature": "COR", "original": "KIN01-1-00000099"}
    shown = pairs(papers.paper(invoice_type="FA", credit=credit), "credit")
    assert shown == {"Nature": "Correction", "Facture d'origine": "KIN01-1-00000099"}


def test_strict_mode_has_no_paper_before_the_dgi_answered() -> None:
    with pytest.raises(NotAnInvoice, match="en attente de la DGI"):
        receipt_blocks(papers.paper(normalised=False))


def test_platform_mode_says_that_the_dgi_is_still_to_answer() -> None:
    paper = papers.paper(normalised=False, legal_mode="platform")
    assert only(paper, Title).text == "FACTURE"
    assert "état DGI : en attente" in only(paper, Notice).text
    assert only(paper, Evidence).role == "seal"


def test_the_dgi_elements_come_first_and_as_they_were_answered() -> None:
    blocks = receipt_blocks(papers.paper())
    dgi, seal = [block for block in blocks if isinstance(block, Evidence)]
    assert (dgi.qr.payload, dgi.qr.level) == (papers.DGI_QR, "M")
    assert (seal.qr.payload, seal.qr.level) == (papers.QR_PAYLOAD, "L")
    assert not [block for block in blocks if isinstance(block, Notice)]
    assert seal.heading == "Scellé par kin-1"


BROKEN = [
    ("outlet_id", {"outlet_id": "LUB01"}, {}),
    ("merchant_nif", {"merchant_nif": "A0000000Z"}, {}),
    ("invoice_type", {"invoice_type": "EV"}, {}),
    ("total", {"total": "1.00"}, {}),
    ("fiscal_number", {}, {"fiscal_number": "KIN01-1-00000106"}),
]


@pytest.mark.parametrize(("member", "statement", "answer"), BROKEN)
def test_layers_that_disagree_make_no_paper(
    member: str, statement: dict[str, str], answer: dict[str, str]
) -> None:
    good = papers.paper()
    assert good.normalised is not None
    bad = Paper(
        invoice=good.invoice,
        statement={**good.statement, **statement},
        auth_code=good.auth_code,
        qr_payload=good.qr_payload,
        normalised={**good.normalised, **answer},
        legal_mode="strict",
        duplicate=False,
    )
    with pytest.raises(PaperDisagrees, match=member) as refusal:
        receipt_blocks(bad)
    assert refusal.value.member == member
    assert isinstance(refusal.value, NoPaper)


def test_the_time_is_that_of_the_outlet_and_names_its_zone() -> None:
    lubumbashi = papers.INVOICE["seller"] | {"zone": "Africa/Lubumbashi"}
    assert pairs(papers.paper(), "document")["Date et heure"] == (
        "22/11/2026 11:15:31 (Kinshasa, UTC+1)"
    )
    assert pairs(papers.paper(seller=lubumbashi), "document")["Date et heure"] == (
        "22/11/2026 12:15:31 (Lubumbashi, UTC+2)"
    )


def test_dollars_show_their_amount_their_rate_and_the_change_in_francs() -> None:
    mobile, cash = only(papers.paper(), Payments).lines
    assert (mobile.label, mobile.notes) == ("Mobile money – M-PESA", ("Réf. 9XK22",))
    assert cash.amount == "188\u202f000,00\u00a0FC"
    assert cash.notes == (
        "66,00\u00a0USD, taux du 22/11/2026 : 2\u202f850,00\u00a0FC pour 1 USD",
        "Rendu 100,00\u00a0FC",
    )


@pytest.mark.parametrize(
    ("members", "notes"),
    [
        ({"tendered": "400000"}, ("Reçu 400\u202f000\u00a0FC", "Rendu 91\u202f999,50\u00a0FC")),
        ({"tendered": "308000.50"}, ("Reçu 308\u202f000,50\u00a0FC",)),
        ({}, ()),
        ({"currency": "USD", "rate": "2850.25"}, ("Taux : 2\u202f850,25\u00a0FC pour 1 USD",)),
    ],
)
def test_a_payment_shows_what_was_handed_over_and_what_went_back(
    members: dict[str, str], notes: tuple[str, ...]
) -> None:
    payment = {"method": "ESPECES", "amount": "308000.50", "currency": "CDF"} | members
    (line,) = only(papers.paper(payments=[payment]), Payments).lines
    assert line.notes == notes


def test_the_total_stands_in_figures_and_in_congolese_words() -> None:
    total = papers.INVOICE["totals"] | {"total": "71.00"}
    congolese = only(papers.paper(totals=total), Totals)
    assert congolese.total.value == "71,00\u00a0FC"
    assert congolese.words == (
        "Arrêtée la présente facture à la somme de septante et un francs congolais."
    )
    french = only(papers.paper(totals=total, septante=False), Totals)
    assert "soixante et onze francs congolais" in french.words


def test_group_n_has_no_rate_and_an_untaxed_invoice_no_column_for_specific_tax() -> None:
    vat = {"base": "0.00", "specific_tax": "0.00", "vat": "71.00", "total": "71.00"}
    totals = {"base": "0.00", "specific_tax": "0.00", "vat": "71.00", "total": "71.00"}
    paper = papers.paper(tax_groups={"N": vat}, totals=totals | {"currency": "CDF"})
    groups = only(paper, Groups)
    assert not groups.taxed
    assert groups.lines[0].rate == "–"
    assert [pair.label for pair in only(paper, Totals).pairs] == ["Total hors TVA", "TVA"]


def test_an_article_shows_its_specific_tax_and_its_discount() -> None:
    plain, taxed, _ = only(papers.paper(), Items).lines
    assert plain.notes == ()
    assert taxed.quantity == "1,5 carton"
    assert taxed.notes == (
        "Taxe spécifique Droit de conso. (10\u202f%) : 15\u202f517,24",
        "Prix d'origine 130\u202f000,00 – Remise fidélité",
    )


def test_a_specific_tax_per_unit_names_the_unit_and_a_discount_needs_no_reason() -> None:
    tax = {"kind": "per_unit", "value": "50", "label": "Accise", "amount": "100.00"}
    item = papers.INVOICE["items"][0] | {"specific_tax": tax, "original_price": "46000.00"}
    (line,) = only(papers.paper(items=[item]), Items).lines
    assert line.notes == (
        "Taxe spécifique Accise (50 par sac) : 100,00",
        "Prix d'origine 46\u202f000,00",
    )


def test_every_specific_tax_of_an_article_has_its_line() -> None:
    taxes = [
        {"kind": "amount", "value": "75.00", "label": "Accise", "amount": "75.00"},
        {"kind": "percent", "value": "2", "label": "FPI", "amount": "40.00"},
    ]
    item = papers.INVOICE["items"][0] | {"specific_taxes": taxes}
    (line,) = only(papers.paper(items=[item]), Items).lines
    assert line.notes == (
        "Taxe spécifique Accise : 75,00",
        "Taxe spécifique FPI (2\u202f%) : 40,00",
    )


def test_a_specific_tax_that_was_sealed_without_a_label_is_printed_all_the_same() -> None:
    tax = {"kind": "percent", "value": "10", "amount": "100.00"}
    (line,) = only(
        papers.paper(items=[papers.INVOICE["items"][0] | {"specific_tax": tax}]), Items
    ).lines
    assert line.notes == ("Taxe spécifique (10\u202f%) : 100,00",)


def test_an_anonymous_client_and_no_comment_leave_no_empty_label() -> None:
    paper = papers.paper(client={"type": "PP"}, comments={})
    assert pairs(paper, "client") == {"Type": "[PP] Personne physique"}
    roles = [b.role for b in receipt_blocks(paper) if isinstance(b, Section)]
    assert roles == ["document", "client"]


def test_comment_a_is_the_reference_of_the_exemption() -> None:
    assert pairs(papers.paper(), "comments") == {
        "Réf. Exo.": "Exonération 114/2026",
        "Commentaire B": "Livraison lundi",
    }
