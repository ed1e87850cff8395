"""Credit notes by number, by Code DEF/DGI, and of invoices that another system made."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.access import Forbidden
from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import InvalidInvoice
from app.services.ledger.crediting import Original, original_of, spelled, table_for
from app.services.ledger.foreign_originals import enter_original
from app.services.ledger.settle import Settled
from app.services.ledger.submission import submission
from app.services.proof.fsck import check_store
from app.store.engine import reading, writing
from app.store.ledger.originals import add_code, number_of_code
from app.store.people.people import put_people
from app.store.tables.people import Person
from tests.given import requests
from tests.given.shop_in_process import InProcessShop, credited, new_sale_id, opened_shop

CODE = "ABCD-EFGH-IJKL-MNOP-QRST-UV23"
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """A shop without control module, with a manager and a cashier."""
    shop = opened_shop(database_url)
    with writing(shop.engine) as session:
        put_people(session, person("M1", "manager"), person("C1", "cashier"))
    yield shop
    check_store(shop.engine)
    shop.end()


def person(cashier_id: str, role: Any) -> Person:
    return Person(
        outlet_id="KIN01",
        cashier_id=cashier_id,
        name=cashier_id,
        role=role,
        pin_hash="",
    )


def sugar(quantity: str = "10", **changes: Any) -> dict[str, Any]:
    """Sugar at 108.00, of group C."""
    return requests.flour(
        code="SUC1", unit_price="108.00", tax_group="C", quantity=quantity, **changes
    )


def paper(**changes: Any) -> dict[str, Any]:
    """An invoice of another system, of a day when group C had 8 %."""
    original = {
        "code_def_dgi": CODE.replace("-", ""),
        "invoice_type": "FV",
        "price_mode": "TTC",
        "day": "2025-12-20",
        "items": [sugar()],
        "total": "1080.00",
    }
    return original | changes


def enter(shop: InProcessShop, by: str = "M1", **changes: Any) -> str:
    return enter_original(shop.sealing, shop.facts(), paper(**changes), by)


def credit(shop: InProcessShop, original: str, quantity: str, **changes: Any) -> Settled:
    """A credit note on so much sugar."""
    paid = [requests.cash(f"{108 * int(quantity)}.00")]
    request = requests.credit_request(
        original, **{"items": [sugar(quantity)], "payments": paid, **changes}
    )
    draft, outlet = requests.read(request, new_sale_id()), shop.facts()
    with reading(shop.engine) as session:
        table = table_for(original_of(session, draft, outlet), outlet, NOW)
    return shop.settle(
        submission(draft, outlet, NOW, source="api", submitted_by="key:t", table=table)
    )


def refused(rule: str, path: str) -> Any:
    return pytest.raises(InvalidInvoice, match=f"{rule} {path}")


def test_an_invoice_of_another_system_is_credited_with_its_table_and_within_its_limits(
    shop: InProcessShop,
) -> None:
    assert enter(shop) == CODE
    note = parse_canonical(credit(shop, CODE, "4").sale.body)
    assert note["credit"] == {"nature": "RAM", "original": CODE, "code_def_dgi": CODE}
    assert (note["tax_table"], note["tax_groups"]["C"]["vat"]) == ("CD-2025-05", "32.00")
    credit(shop, CODE.replace("-", "").lower(), "6")
    with refused("SFE-1.1.26", "/items/0/quantity"):
        credit(shop, CODE, "1")
    with refused("SFE-1.1.26", "/price_mode"):
        credit(shop, CODE, "1", price_mode="HT", payments=[requests.cash("116.64")])
    (checked,) = check_store(shop.engine)
    assert checked.verified.not_verifiable == 0  # the ledger itself says the original


def test_an_invoice_of_another_system_is_entered_once_by_a_manager(shop: InProcessShop) -> None:
    with pytest.raises(Forbidden, match="gérant"):
        enter(shop, by="C1")
    enter(shop)
    assert enter(shop) == CODE  # its answer was lost
    with refused("SFE-1.1.26", "/code_def_dgi"):
        enter(shop, items=[sugar("9")], total="972.00")
    with refused("total.expected", "/total"):
        enter(shop, total="1080.01")
    with refused("format.text", "/code_def_dgi"):
        enter(shop, code_def_dgi="ABCD")
    with refused("SFE-1.1.26", "/invoice_type"):
        enter(shop, invoice_type="FA")
    with refused("SFE-1.1.6", "/items"):
        enter(shop, items=[], total="0.00")


def test_our_own_invoice_is_found_by_its_code_and_is_not_entered(shop: InProcessShop) -> None:
    sold = shop.sell().sale
    with writing(shop.engine) as session:
        for number in (sold.fiscal_number, "KIN01-1-00000099"):
            add_code(session, ("KIN01", CODE), number)
    with reading(shop.engine) as session:
        assert number_of_code(session, "KIN01", CODE) == sold.fiscal_number
    note = shop.settle(credited(shop.facts(), CODE, "1")).sale
    assert parse_canonical(note.body)["credit"]["original"] == sold.fiscal_number
    shop.settle(credited(shop.facts(), sold.fiscal_number, "1"))
    with refused("SFE-1.1.26", "/items/0/quantity"):
        shop.settle(credited(shop.facts(), spelled(CODE.lower()), "1"))
    with refused("SFE-1.1.26", "/code_def_dgi"):
        enter(shop)
    with refused("SFE-1.1.26", "/credit/original"):
        shop.settle(credited(shop.facts(), "ZZZZ" + CODE[4:], "1"))


def test_a_module_that_knows_only_todays_rates_has_credit_notes_of_today(
    shop: InProcessShop,
) -> None:
    outlet = shop.facts()
    old = Original("n", {"tax_table": "CD-2025-05"}, None)
    assert table_for(old, outlet, NOW).name == "CD-2025-05"
    assert table_for(old, replace(outlet, credit_table="current"), NOW).name == "CD-2026-02"
    assert table_for(None, outlet, NOW).name == "CD-2026-02"
