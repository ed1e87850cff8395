"""The blocks of a paper: which mentions, in which words, and when there is no paper at all."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from app.printing.blocks import (
    Evidence,
    Groups,
    Items,
    Notice,
    Pair,
    Payments,
    Section,
    Seller,
    Title,
    Totals,
)
from app.printing.paper import NoPaper, NotAnInvoice, Paper, PaperDisagrees
from app.printing.receipt import receipt_blocks
from tests.printing import papers
from tests.printing.rendered import texts_of


def only(paper: Paper, kind: type) -> Any:
    (block,) = [block for block in receipt_blocks(paper) if isinstance(block, kind)]
    return block


def pairs(paper: Paper, role: str) -> dict[str, str]:
    blocks = [b for b in receipt_blocks(paper) if isinstance(b, Section | Evidence)]
    (block,) = [block for block in blocks if block.role == role]
    return {pair.label: pair.value for pair in block.pairs}


TITLES = [
    ("FV", "FACTURE", ()),
    ("FT", "FACTURE D’ACOMPTE", ()),
    ("FA", "FACTURE D’AVOIR", ()),
    ("EV", "FACTURE", ("EXPORTATION",)),
    ("ET", "FACTURE D’ACOMPTE", ("EXPORTATION",)),
    ("EA", "FACTURE D’AVOIR", ("EXPORTATION",)),
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
        assert shown["CODE DEF/DGI d’origine"] == "RRR"
        assert "Facture d’origine" not in shown
    else:
        assert shown["CODE DEF/DGI d’origine"] == "ORIG-FACT-URES-AAAA-BBBB-CCCC"
        assert shown["Facture d’origine"] == "KIN01-1-00000099"


def test_a_platform_credit_note_of_an_original_without_a_dgi_code_names_its_number() -> None:
    credit = {"nature": "COR", "original": "KIN01-1-00000099"}
    shown = pairs(papers.paper(invoice_type="FA", credit=credit), "credit")
    assert shown == {"Nature": "Correction", "Facture d’origine": "KIN01-1-00000099"}


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
        (
            {"method": "MOBILEMONEY", "currency": "USD", "rate": "2850.25"},
            ("108,06\u00a0USD, taux : 2\u202f850,25\u00a0FC pour 1 USD",),
        ),
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
    assert taxed.quantity == "1,5\u00a0carton"
    assert taxed.notes == (
        "T.S. Droit de conso. (10\u202f%) : 15\u202f517,24",
        "Remise, prix d’origine 130\u202f000,00 – Remise fidélité",
    )


def test_a_specific_tax_per_unit_names_the_unit_and_a_discount_needs_no_reason() -> None:
    tax = {"kind": "per_unit", "value": "50", "label": "Accise", "amount": "100.00"}
    item = papers.INVOICE["items"][0] | {"specific_tax": tax, "original_price": "46000.00"}
    (line,) = only(papers.paper(items=[item]), Items).lines
    assert line.notes == (
        "T.S. Accise (50 par sac) : 100,00",
        "Remise, prix d’origine 46\u202f000,00",
    )


def test_every_specific_tax_of_an_article_has_its_line() -> None:
    taxes = [
        {"kind": "amount", "value": "75.00", "label": "Accise", "amount": "75.00"},
        {"kind": "percent", "value": "2", "label": "FPI", "amount": "40.00"},
    ]
    item = papers.INVOICE["items"][0] | {"specific_taxes": taxes}
    (line,) = only(papers.paper(items=[item]), Items).lines
    assert line.notes == (
        "T.S. Accise : 75,00",
        "T.S. FPI (2\u202f%) : 40,00",
    )


@pytest.mark.parametrize(
    ("before", "note"),
    [
        ("46000.00", "Remise, prix d’origine 46\u202f000,00 – Accord"),
        ("44000.00", "Prix d’origine 44\u202f000,00 – Accord"),
        ("45000.00", "Prix d’origine 45\u202f000,00 – Accord"),
    ],
)
def test_a_price_that_rose_is_no_discount(before: str, note: str) -> None:
    change = {"original_price": before, "price_change_reason": "Accord"}
    (line,) = only(papers.paper(items=[papers.INVOICE["items"][0] | change]), Items).lines
    assert line.notes == (note,)


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        ("13", "pièce", "13\u00a0pièces"),
        ("1", "pièce", "1\u00a0pièce"),
        ("1.5", "carton", "1,5\u00a0carton"),
        ("2", "kg", "2\u00a0kg"),
        ("2", "sac de 25 kg", "2\u00a0sacs de 25 kg"),
        ("3", "mois", "3\u00a0mois"),
        ("4", "plateau", "4\u00a0plateaux"),
        ("4", "pneu", "4\u00a0pneus"),
        ("2", "bocal", "2\u00a0bocaux"),
        ("1000", "PCE", "1\u202f000\u00a0PCE"),
    ],
)
def test_several_of_a_unit_are_named_in_the_plural(quantity: str, unit: str, said: str) -> None:
    item = papers.INVOICE["items"][0] | {"quantity": quantity, "unit": unit}
    assert only(papers.paper(items=[item]), Items).lines[0].quantity == said


def test_the_paper_counts_its_articles() -> None:
    assert only(papers.paper(), Items).count_label == "Nombre d’articles : 3"


def test_the_centre_is_named_in_words() -> None:
    good = papers.paper()
    paper = replace(good, statement={**good.statement, "authority": "centre"})
    (seal,) = [b for b in receipt_blocks(paper) if isinstance(b, Evidence) and b.role == "seal"]
    assert seal.heading == "Scellé par le service central Bono Pay"


@pytest.mark.parametrize(
    ("seller", "code"),
    [({"isf": "TEST_SFE"}, papers.CODE), ({}, "TEST-FACT-URES-QK4M-7ZPD-2XWA")],
)
def test_a_paper_of_a_test_environment_is_a_specimen(seller: dict[str, str], code: str) -> None:
    good = papers.paper(seller=papers.INVOICE["seller"] | seller)
    assert good.normalised is not None
    title = only(replace(good, normalised={**good.normalised, "code_def_dgi": code}), Title)
    assert (title.marks, title.across) == (("SPÉCIMEN",), "SPÉCIMEN")


def test_no_word_of_ours_has_a_straight_apostrophe() -> None:
    for paper in (papers.paper(), papers.credit_note("RAM", "EA", duplicate=True)):
        assert "'" not in "".join(
            text for block in receipt_blocks(paper) for text in texts_of(asdict(block))
        )


def test_who_sells_and_who_buys_are_named_in_full() -> None:
    more = {"legal_name": "Espérance SARL", "rccm": "CD/KIN/RCCM/24-B-0001"}
    more |= {"phone": "+243 000 000 009", "email": "compta@esperance.example"}
    client = {"trade_name": "Chez Exemple", "rccm": "CD/KIN/RCCM/20-A-0002"}
    client |= {"phone": "+243 000 000 008", "email": "achat@exemple.example"}
    paper = papers.paper(
        seller=papers.INVOICE["seller"] | more, client=papers.INVOICE["client"] | client
    )
    seller = only(paper, Seller)
    assert seller.lines[0] == "Espérance SARL"
    assert seller.lines[-1] == "+243 000 000 009 · compta@esperance.example"
    assert Pair("RCCM", "CD/KIN/RCCM/24-B-0001") in seller.pairs
    shown = pairs(paper, "client")
    assert {"Enseigne", "RCCM", "Téléphone", "E-mail"} < set(shown)


def test_a_specific_tax_that_was_sealed_without_a_label_is_printed_all_the_same() -> None:
    tax = {"kind": "percent", "value": "10", "amount": "100.00"}
    (line,) = only(
        papers.paper(items=[papers.INVOICE["items"][0] | {"specific_tax": tax}]), Items
    ).lines
    assert line.notes == ("T.S. (10\u202f%) : 100,00",)


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
