import json
from pathlib import Path
from typing import Any

import pytest

from app.fiscal.credit import check_credit, remaining
from app.fiscal.errors import InvalidInvoice
from tests.given import law
from tests.given.requests import (
    canonical_invoice,
    cash,
    credit_request,
    flour,
    sale_request,
    tax_of,
    wine,
)

ORIGINAL = "KIN01-1-00000001"
LEVIED = {"kind": "per_unit", "value": "100", "label": "Accise"}
CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "law-cases.json").read_text()
)["credits"]
PATHS = {
    None: None,
    "b": "/items/0",
    "d": "/items/0/quantity",
    "mode": "/price_mode",
    "group": "/items",
}


def sold(*items: dict[str, Any], invoice_type: str = "FV", total: str) -> dict[str, Any]:
    request = sale_request(
        invoice_type=invoice_type, items=list(items), payments=[cash(total)], price_mode="TTC"
    )
    return canonical_invoice(request)


def note(*items: dict[str, Any], invoice_type: str = "FA", total: str) -> dict[str, Any]:
    request = credit_request(
        ORIGINAL, invoice_type=invoice_type, items=list(items), payments=[cash(total)]
    )
    return canonical_invoice(request)


TWO_SACKS = sold(flour(), total="90000.00")
ONE_SACK_BACK = note(flour(quantity="1"), total="45000.00")


def refused(
    credit_note: dict[str, Any],
    original: dict[str, Any] = TWO_SACKS,
    before: tuple[dict[str, Any], ...] = (),
) -> tuple[str, str]:
    with pytest.raises(InvalidInvoice) as refusal:
        check_credit(credit_note, original, before)
    return refusal.value.rule, refusal.value.path


def test_part_of_a_sale_may_be_taken_back_and_then_the_rest() -> None:
    check_credit(ONE_SACK_BACK, TWO_SACKS, [])
    check_credit(ONE_SACK_BACK, TWO_SACKS, [ONE_SACK_BACK])


def test_what_was_taken_back_before_counts() -> None:
    assert refused(ONE_SACK_BACK, TWO_SACKS, (ONE_SACK_BACK, ONE_SACK_BACK)) == (
        "SFE-1.1.26",
        "/items/0/quantity",
    )


def test_more_than_was_sold_is_refused() -> None:
    three = note(flour(quantity="3"), total="135000.00")
    assert refused(three) == ("SFE-1.1.26", "/items/0/quantity")


def test_a_thousandth_too_much_is_too_much() -> None:
    weighed = sold(flour(quantity="0.999"), total="44955.00")
    assert refused(ONE_SACK_BACK, weighed) == ("SFE-1.1.26", "/items/0/quantity")


def test_equal_lines_of_a_sale_are_summed() -> None:
    twice = sold(flour(quantity="1"), flour(quantity="1"), total="90000.00")
    check_credit(note(flour(quantity="2"), total="90000.00"), twice, [])


def test_equal_lines_of_a_credit_note_are_summed() -> None:
    lines = [flour(quantity="1"), flour(quantity="1"), flour(quantity="0.001")]
    assert refused(note(*lines, total="90045.00")) == ("SFE-1.1.26", "/items/2/quantity")


OTHER_LINES = {
    "another article": flour(code="FAR50"),
    "another price": flour(unit_price="44999.00"),
    "another group": flour(tax_group="C"),
    "a specific tax that was not charged": flour(specific_tax=LEVIED),
}


@pytest.mark.parametrize("sentence", OTHER_LINES)
def test_a_line_that_is_not_on_the_original_is_refused(sentence: str) -> None:
    line = OTHER_LINES[sentence] | {"quantity": "1"}
    total = {"another price": "44999.00", "a specific tax that was not charged": "45116.00"}
    credit_note = note(line, total=total.get(sentence, "45000.00"))
    assert refused(credit_note) == ("SFE-1.1.26", "/items/0")


def test_a_specific_tax_of_another_value_is_another_line() -> None:
    taxed = sold(flour(specific_tax=LEVIED), total="90232.00")
    lighter = flour(quantity="1", specific_tax=LEVIED | {"value": "50"})
    assert refused(note(lighter, total="45058.00"), taxed) == ("SFE-1.1.26", "/items/0")
    same = flour(quantity="1", specific_tax=LEVIED)
    check_credit(note(same, total="45116.00"), taxed, [])


def test_names_and_rebates_need_not_agree() -> None:
    wine_sold = sold(wine(), total="198000.00")
    renamed = wine(name="Vin rouge, carton", quantity="1")
    del renamed["original_price"], renamed["price_change_reason"]
    check_credit(note(renamed, total="132000.00"), wine_sold, [])


@pytest.mark.parametrize(
    ("credit_type", "original_type"), [("FA", "FV"), ("FA", "FT"), ("EA", "EV"), ("EA", "ET")]
)
def test_a_credit_note_aims_at_a_sale_or_an_advance_of_its_own_kind(
    credit_type: str, original_type: str
) -> None:
    original = sold(flour(), invoice_type=original_type, total="90000.00")
    credit_note = note(flour(quantity="1"), invoice_type=credit_type, total="45000.00")
    check_credit(credit_note, original, [])


@pytest.mark.parametrize(
    ("credit_type", "original_type"), [("FA", "EV"), ("FA", "ET"), ("EA", "FV"), ("EA", "FT")]
)
def test_home_and_export_do_not_credit_each_other(credit_type: str, original_type: str) -> None:
    original = sold(flour(), invoice_type=original_type, total="90000.00")
    credit_note = note(flour(quantity="1"), invoice_type=credit_type, total="45000.00")
    assert refused(credit_note, original) == ("SFE-1.1.26", "/credit/original")


@pytest.mark.parametrize(("credit_type", "other"), [("FA", "FA"), ("EA", "EA"), ("FA", "EA")])
def test_a_credit_note_is_no_original(credit_type: str, other: str) -> None:
    original = note(flour(quantity="1"), invoice_type=other, total="45000.00")
    credit_note = note(flour(quantity="1"), invoice_type=credit_type, total="45000.00")
    assert refused(credit_note, original) == ("SFE-1.1.26", "/credit/original")


def test_what_remains_is_told_for_each_kind_of_line() -> None:
    original = sold(flour(), wine(), total="288000.00")
    left = remaining(original, [ONE_SACK_BACK])
    assert left == {
        ("FAR25", "B", "45000.00", ""): 1000,
        ("VIN1", "B", "120000.00", "percent 10"): 1500,
    }


# --- The cases of the tests' second opinion


def invoiced(document: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The canonical invoice of a case's lines, paid to the centime."""
    whole = {"type": "BIE", "name": "Article", "unit": "sac"}
    items = [whole | item for item in document["items"]]
    mode = document["price_mode"]
    groups = law.groups(items, mode, "CD-2026-02", "total-first")
    total = law.text(sum((group["total"] for group in groups.values()), law.NOTHING))
    return canonical_invoice(
        request | {"price_mode": mode, "items": items, "payments": [cash(total)]}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_credit_notes_are_judged_as_the_clauses_say(case: dict[str, Any]) -> None:
    original = invoiced(case["original"], sale_request())
    before = [invoiced(one, credit_request(ORIGINAL)) for one in case["before"]]
    credit_note = invoiced(case["note"], credit_request(ORIGINAL))
    fault = case.get("fault")
    if fault is None:
        check_credit(credit_note, original, before)
        return
    wanted = PATHS[fault]
    if "amount" in case["name"]:
        wanted = "/items/0/specific_tax"
    assert refused(credit_note, original, tuple(before)) == ("SFE-1.1.26", wanted)


def test_a_credit_note_is_computed_with_the_table_of_its_original_unless_another_is_allowed() -> (
    None
):
    other = ONE_SACK_BACK | {"tax_table": "CD-2025-05"}
    assert refused(other) == ("SFE-1.1.26", "/tax_table")
    check_credit(other, TWO_SACKS, [], ["CD-2025-05"])


def test_two_amounts_of_one_label_on_a_line_are_added() -> None:
    twice = [tax_of("amount", "60"), tax_of("amount", "40")]
    original = invoiced(
        {"price_mode": "TTC", "items": [flour(specific_taxes=twice)]}, sale_request()
    )
    for value, holds in (("99", True), ("101", False)):
        taxes = [tax_of("amount", "1"), tax_of("amount", value)]
        back = {"price_mode": "TTC", "items": [flour(quantity="1", specific_taxes=taxes)]}
        credit_note = invoiced(back, credit_request(ORIGINAL))
        if holds:
            check_credit(credit_note, original, [])
        else:
            assert refused(credit_note, original) == ("SFE-1.1.26", "/items/0/specific_tax")
