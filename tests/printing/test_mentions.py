"""Every mention of SFE 1.2.1 stands on every rendering of a paper."""

from collections.abc import Callable

import pytest

from app.printing.paper import Paper
from app.printing.pdf import a4, roll_80mm
from tests.printing import papers
from tests.printing.rendered import html_text, pdf_text

RENDERINGS: dict[str, Callable[[Paper], str]] = {
    "a4": lambda paper: pdf_text(a4(paper)),
    "roll": lambda paper: pdf_text(roll_80mm(paper)),
    "page": html_text,
}

SALE = {
    "a company": ["Alimentation Espérance SARL"],
    "b NIF": ["NIF : A2512345Z"],
    "c address": ["12 av. du Fleuve, Gombe, Kinshasa"],
    "d contacts": ["+243 000 000 001 · vente@esperance.example"],
    "e client": [
        *("[PM] Personne morale", "Quincaillerie Exemple SARL", "A2699999B"),
        *("1 av. Fictive, Kinshasa", "+243000000000"),
    ],
    "j regime": ["Régime réel – assujetti à la TVA"],
    "k reference": ["KIN01-1/2026/000105"],
    "l items": [
        *("Farine 25 kg", "[BIE] FAR25", "2 sacs", "45 000,00", "90 000,00"),
        *("Carton de vin", "1,5 carton", "120 000,00", "180 000,00"),
        *("Remise, prix d’origine 130 000,00", "Remise fidélité"),
    ],
    "m total per group": ["288 000,00", "20 000,50"],
    "n rates": ["16 %", "0 %"],
    "o VAT per group": ["39 724,14", "232 758,62"],
    "p total": ["TOTAL TTC", "308 000,50 FC"],
    "q words": ["trois cent huit mille francs congolais et cinquante centimes"],
    "r dollars": ["66,00 USD", "2 850,00 FC pour 1 USD", "Rendu 100,00 FC"],
    "s payments": ["Mobile money", "M-PESA", "9XK22", "120 000,50 FC", "Espèces", "188 000,00 FC"],
    "t specific tax": ["T.S. Droit de conso. (10 %) : 15 517,24"],
    "u time": ["22/11/2026 11:15:31 (Kinshasa, UTC+1)"],
    "v ISF": ["ISF : SFE0042"],
    "w operator": ["Marie"],
    "x security": [
        *("CODE DEF/DGI", papers.CODE, "DEF NIM", "CD01999901-1"),
        *("DEF Compteurs", "41/44 FV", "DEF Heure", "22/11/2026 11:15:31"),
    ],
    "our seal": ["Scellé par kin-1", "KIN01-1-00000105", "7Q2M-9K0D-4TVX-B31C"],
    "comments": ["Réf. Exo. :", "Exonération 114/2026", "Livraison lundi"],
    "price mode": ["Prix unitaire TTC"],
}
CREDIT = {
    "f duplicate": ["DUPLICATA"],
    "g credit": ["FACTURE D’AVOIR", "Avoir suite reprise", "ORIG-FACT-URES-AAAA-BBBB-CCCC"],
    "h export": ["EXPORTATION"],
}


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_every_mention_of_a_sale_is_there(rendering: str) -> None:
    text = RENDERINGS[rendering](papers.paper())
    missing = {clause: [w for w in words if w not in text] for clause, words in SALE.items()}
    assert not {clause: words for clause, words in missing.items() if words}
    assert "DUPLICATA" not in text


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_the_copy_of_an_export_credit_note_says_so(rendering: str) -> None:
    text = RENDERINGS[rendering](papers.credit_note("RAM", "EA", duplicate=True))
    missing = {clause: [w for w in words if w not in text] for clause, words in CREDIT.items()}
    assert not {clause: words for clause, words in missing.items() if words}


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_an_advance_says_d_acompte(rendering: str) -> None:
    assert "FACTURE D’ACOMPTE" in RENDERINGS[rendering](papers.paper(invoice_type="FT"))  # i


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_a_paper_without_the_dgi_says_that_it_waits(rendering: str) -> None:
    text = RENDERINGS[rendering](papers.paper(normalised=False, legal_mode="platform"))
    assert "état DGI : en attente" in text
    assert "CODE DEF/DGI" not in text
