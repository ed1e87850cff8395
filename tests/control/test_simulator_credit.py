"""Credit notes are checked against the invoices the authority made."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.control.simulator.behaviour import Behaviour
from app.control.simulator.journal import Journal, as_document, from_document
from app.control.simulator.tax_platform import TaxPlatform, Twist
from app.control.simulator.tokens import Claims
from tests.control.conftest import DgiShop
from tests.control.invoices_and_diary import NIF
from tests.control.plain_client import (
    bag_back,
    confirmed,
    error_of,
    form,
    item,
    posted,
    settled,
)
from tests.given import law

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "law-cases.json").read_text()
)["credits"]


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


def lines_of(document: dict[str, Any]) -> dict[str, Any]:
    """The case's price mode and lines as the authority reads them."""
    mode = document["price_mode"]
    items = [
        item(line["code"], line["unit_price"], line["quantity"], line["tax_group"]) | levied
        for line in document["items"]
        for levied in [levied_on(line, mode)]
    ]
    return {"mode": mode.lower(), "items": items}


def levied_on(line: dict[str, Any], mode: str) -> dict[str, Any]:
    taxes = law.taxes_of(line)
    if not taxes:
        return {}
    amount = sum(law.specific_tax(tax, line, mode, "CD-2026-02") for tax in taxes)
    return {"taxSpecificAmount": law.text(law.NOTHING + amount)}


@pytest.mark.parametrize(
    "case", [c for c in CASES if "tax" not in c["name"]], ids=lambda case: case["name"]
)
def test_the_authority_judges_credit_notes_as_the_clauses_say(
    shop: DgiShop, case: dict[str, Any]
) -> None:
    code = confirmed(shop, **lines_of(case["original"]))["codeDEFDGI"]
    for before in case["before"]:
        confirmed(shop, **bag_back(code, **lines_of(before)))
    note = bag_back(code, **lines_of(case["note"]))
    if "fault" in case:
        assert error_of(shop, **note) == "12"
    else:
        assert confirmed(shop, **note)["codeDEFDGI"]


def test_a_credit_note_is_taxed_at_the_rates_of_its_original() -> None:
    platform = TaxPlatform(
        Behaviour(table="CD-2025-05"), lambda: datetime.now(UTC), Journal(None), seed=1
    )
    claims = Claims(NIF, "CD01999901-1", int((datetime.now(UTC) + timedelta(days=1)).timestamp()))

    def made(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        answer = platform.post(claims, read(form(**changes)), Twist())
        totals = {"total": answer["total"], "vtotal": answer["vtotal"]}
        return answer, platform.confirm(claims, answer["uid"], totals, Twist())

    sugar = [item("SUC", 108, 1, "C")]
    _, elements = made(items=sugar)
    code = elements["codeDEFDGI"].replace("-", "")
    platform.change(table="CD-2026-02")
    note = bag_back(code, items=sugar)
    platform.change(credit_rates="current")
    assert platform.post(claims, read(form(**note)), Twist())["vac"] == Decimal("5.14")
    platform.change(credit_rates="original")
    answer, _ = made(**note)
    assert (answer["vac"], answer["tc"]) == (8, 8)


def read(document: dict[str, Any]) -> dict[str, Any]:
    """The document with exact decimals, as the simulator reads bodies."""
    decoded: dict[str, Any] = json.loads(
        json.dumps(document), parse_float=Decimal, parse_int=Decimal
    )
    return decoded


def test_a_journal_of_before_knows_no_price_modes_and_holds_quantities_alone(shop: DgiShop) -> None:
    confirmed(shop)
    document = shop.invoices()[0]
    assert document["mode"] == "ttc"
    kept = from_document(document)
    assert as_document(kept) == document
    del document["mode"], document["groups"]
    assert (from_document(document).mode, dict(from_document(document).groups)) == ("", {})
