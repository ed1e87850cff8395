"""What is sent to the authority for an invoice."""

import json
from decimal import Decimal
from typing import Any

from app.control.emcf import EMcf
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
