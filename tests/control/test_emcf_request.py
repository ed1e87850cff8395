"""What is sent to the authority for an invoice."""

import json
from decimal import Decimal
from typing import Any

import pytest

from app.control.emcf import EMcf
from app.control.emcf_request import post_body
from app.control.module import Normalised
from tests.control.invoices_and_diary import NIF, Diary, credit_note, one_bag, sale, sealed


def sent(diary: Diary) -> dict[str, Any]:
    """The POST as the authority reads it."""
    document: dict[str, Any] = json.loads(diary.calls[0].request, parse_float=Decimal)
    return document


def normalised(emcf: EMcf, invoice: dict[str, Any]) -> Normalised:
    outcome = emcf.normalise(sealed(invoice), Diary())
    assert isinstance(outcome, Normalised), outcome
    return outcome


def test_amounts_are_sent_as_exact_numbers(emcf: EMcf) -> None:
    diary = Diary()
    emcf.normalise(sealed(sale()), diary)
    assert b'"price":120000.00,"quantity":1.5,' in diary.calls[0].request
    totals = json.loads(diary.calls[1].request, parse_float=Decimal)
    assert totals == {"total": 288000, "vtotal": Decimal("39724.14")}


def test_an_item_carries_its_specific_tax_and_its_discount(emcf: EMcf) -> None:
    diary = Diary()
    emcf.normalise(sealed(sale()), diary)
    flour, wine = sent(diary)["items"]
    assert "taxSpecificValue" not in flour
    assert "originalPrice" not in flour
    assert wine == {
        "code": "VIN1",
        "type": "BIE",
        "name": "Carton de vin",
        "price": 120000,
        "quantity": Decimal("1.5"),
        "taxGroup": "B",
        "taxSpecificValue": "10%",
        "taxSpecificAmount": Decimal("15517.24"),
        "originalPrice": 130000,
        "priceModification": "Remise fidélité",
    }


def test_a_sale_names_its_parties_and_carries_its_comments(emcf: EMcf) -> None:
    diary, invoice = Diary(), sealed(sale(comments={"A": "Réf. Exo. : 1", "H": "Merci"}))
    emcf.normalise(invoice, diary)
    post = sent(diary)
    assert (post["nif"], post["rn"], post["isf"]) == (NIF, invoice.reference, "TEST_SFE")
    assert (post["mode"], post["type"]) == ("ttc", "FV")
    assert post["client"] == {
        "type": "PM",
        "nif": "A2699999B",
        "name": "Quincaillerie Exemple SARL",
    }
    assert post["operator"] == {"id": "C1", "name": "Marie"}
    assert post["payment"] == [{"name": "ESPECES", "amount": 288000}]
    assert (post["cmta"], post["cmth"]) == ("Réf. Exo. : 1", "Merci")
    assert not {"curCode", "reference", "referenceType"} & set(post)


def test_specific_taxes_that_one_value_does_not_say_are_summed_and_told_in_a_comment(
    emcf: EMcf,
) -> None:
    taxes = [
        {"kind": "amount", "value": "15000.00", "label": "Accise", "amount": "15000.00"},
        {"kind": "amount", "value": "517.24", "label": "FPI", "amount": "517.24"},
    ]
    flour, wine = sale()["items"]
    del wine["specific_tax"]
    diary = Diary()
    invoice = sale(items=[flour, wine | {"specific_taxes": taxes}], comments={"B": "Merci"})
    assert isinstance(emcf.normalise(sealed(invoice), diary), Normalised)
    line = sent(diary)["items"][1]
    assert (line["taxSpecificAmount"], "taxSpecificValue" in line) == (Decimal("15517.24"), False)
    assert (sent(diary)["cmtb"], sent(diary)["cmtc"]) == (
        "Merci",
        "TS : Accise 15000.00 ; FPI 517.24",
    )


def test_what_no_comment_line_has_room_for_stands_on_the_paper_alone() -> None:
    taxes = [
        {"kind": "amount", "value": "1.00", "label": f"Redevance {n:03}", "amount": "1.00"}
        for n in range(80)
    ]
    items = [
        sale()["items"][0] | {"specific_taxes": taxes[n : n + 4]} for n in range(0, len(taxes), 4)
    ]
    comments = dict.fromkeys("CDEFGH", "Merci")
    body = json.loads(post_body(sealed(sale(items=items, comments=comments))))
    assert len(body["cmtb"].encode()) <= 190
    assert body["cmtb"].startswith("TS : Redevance 000 1.00 ; Redevance 001 1.00")
    assert [body[f"cmt{letter}"] for letter in "cdefgh"] == ["Merci"] * 6


def test_the_reference_of_an_exemption_is_sent_with_the_label_of_the_annex() -> None:
    for said in ("0123/DGI", "Réf. Exo. : 0123/DGI"):
        body = json.loads(post_body(sealed(sale(comments={"A": said}))))
        assert body["cmta"] == "Réf. Exo. : 0123/DGI"


def test_the_dollar_rate_is_sent_only_when_dollars_were_paid(emcf: EMcf) -> None:
    diary = Diary()
    dollars = {"method": "ESPECES", "amount": "188000.00", "currency": "USD", "tendered": "66.00"}
    dollars |= {"rate": "2850.00", "rate_date": "2026-11-22"}
    francs = {"method": "MOBILEMONEY", "amount": "100000.00", "currency": "CDF"}
    outcome = emcf.normalise(sealed(sale(payments=[francs, dollars])), diary)
    assert isinstance(outcome, Normalised)
    post = sent(diary)
    assert [post[name] for name in ("curCode", "curRate", "curDate")] == [
        "USD",
        2850,
        "2026-11-22T00:00:00.000",
    ]
    assert post["payment"][1] == {"name": "ESPECES", "amount": 188000}


def test_a_credit_note_names_its_original_by_24_symbols(emcf: EMcf) -> None:
    original, diary = normalised(emcf, one_bag()).code_def_dgi, Diary()
    outcome = emcf.normalise(sealed(credit_note(original)), diary)
    assert isinstance(outcome, Normalised)
    assert outcome.counters == "1/2 FA"
    post = sent(diary)
    assert post["reference"] == original.replace("-", "")
    assert (post["referenceType"], post["referenceDesc"]) == ("RAM", "Avoir suite reprise")


def test_a_rebate_names_no_original(emcf: EMcf) -> None:
    diary = Diary()
    assert isinstance(emcf.normalise(sealed(credit_note(None, "RRR")), diary), Normalised)
    assert (sent(diary)["reference"], sent(diary)["referenceType"]) == ("RRR", "RRR")


@pytest.mark.parametrize(
    ("known", "contact"),
    [
        ({"phone": "+243000000009", "email": "a@b.example"}, "+243000000009"),
        ({"email": "a@b.example"}, "a@b.example"),
        ({"contact": "le gardien", "phone": "+243000000009"}, "le gardien"),
    ],
)
def test_the_authority_hears_one_way_to_reach_the_client(
    known: dict[str, str], contact: str
) -> None:
    invoice = sale() | {"client": {"type": "PP"} | known}
    sent = json.loads(post_body(sealed(invoice)))
    assert sent["client"] == {"type": "PP", "contact": contact}
