"""Credit notes are checked against the invoices the authority made."""

from typing import Any

import pytest

from tests.control.conftest import DgiShop
from tests.control.plain_client import bag_back, confirmed, error_of, item, posted, settled


def test_a_credit_note_takes_back_no_more_than_was_sold_in_all(shop: DgiShop) -> None:
    code = confirmed(shop)["codeDEFDGI"]
    assert confirmed(shop, **bag_back(code))["counters"] == "1/2 FA"
    assert confirmed(shop, **bag_back(code.replace("-", "")))["counters"] == "2/3 FA"
    assert error_of(shop, **bag_back(code)) == "12"


def test_two_credit_notes_that_wait_together_are_checked_again_at_the_confirm(
    shop: DgiShop,
) -> None:
    code = confirmed(shop)["codeDEFDGI"]
    first, second = (posted(shop, **bag_back(code, 2)) for _ in range(2))
    totals = {"total": str(first["total"]), "vtotal": str(first["vtotal"])}
    assert settled(shop, first["uid"], "confirm", totals)["codeDEFDGI"]
    assert settled(shop, second["uid"], "confirm", totals)["errorCode"] == "12"


@pytest.mark.parametrize(
    "line",
    [item("FAR25", 44000, 1, "B"), item("FAR25", 45000, 1, "C"), item("AUTRE", 45000, 1, "B")],
    ids=["another price", "another group", "another article"],
)
def test_a_credited_line_must_be_on_the_original(shop: DgiShop, line: dict[str, Any]) -> None:
    code = confirmed(shop)["codeDEFDGI"]
    assert error_of(shop, **bag_back(code, items=[line])) == "12"


def test_a_credit_note_is_no_original(shop: DgiShop) -> None:
    code = confirmed(shop, **bag_back(confirmed(shop)["codeDEFDGI"]))["codeDEFDGI"]
    assert error_of(shop, **bag_back(code)) == "11"


def test_a_rebate_needs_no_original(shop: DgiShop) -> None:
    assert confirmed(shop, **bag_back("RRR", referenceType="RRR"))["codeDEFDGI"]


def test_a_reference_on_a_sale_goes_unpunished(shop: DgiShop) -> None:
    assert posted(shop, reference="x", referenceType="y")["uid"]
