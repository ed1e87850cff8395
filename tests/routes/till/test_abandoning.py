"""A sale that cannot be sent is let go only with a manager's PIN and a reason, in the ledger."""

from typing import Any, Final

import pytest

from tests.given import requests
from tests.given.shop_as_process import RunningShop, new_id
from tests.given.signing_tablet import SigningTablet
from tests.routes.refused import refused

MANAGER: Final = {"cashier_id": "M1", "pin": "9876"}
CASHIER: Final = {"cashier_id": "C1", "pin": "1234"}


def approve(shop: RunningShop, tablet: SigningTablet, sale_id: str, /, **changes: Any) -> Any:
    """The manager lets that sale go."""
    document = {
        **MANAGER, "act": "abandon", "sale_id": sale_id, "reason": "Le client est parti", **changes,
    }  # fmt: skip
    return tablet.ask(shop.http, "POST", "/caisse/approuver", document)


def test_a_sale_is_abandoned_once_with_who_and_why(
    shop: RunningShop, tablet: SigningTablet
) -> None:
    sale_id = new_id()
    for _ in range(2):  # the first answer was lost
        answer = approve(shop, tablet, sale_id)
        assert (answer.status_code, answer.content) == (204, b"")
    (event,) = [e for e in shop.events("sale.abandoned") if e["data"]["sale_id"] == sale_id]
    assert event["data"] == {
        "sale_id": sale_id,
        "reason": "Le client est parti",
        "approved_by": "M1",
        "device_id": tablet.device_id,
        "terminal_id": tablet.enrol(shop.http).json()["terminal_id"],
    }
    assert event["text"].endswith(".")
    shop.check()


def test_an_abandoned_sale_that_comes_all_the_same_is_sealed(
    shop: RunningShop, tablet: SigningTablet
) -> None:
    sale_id = new_id()
    assert approve(shop, tablet, sale_id).status_code == 204
    assert shop.put(requests.sale_request(), sale_id).status_code == 201
    refused(approve(shop, tablet, sale_id), 422, "sale.sealed", "/sale_id")


def test_a_sealed_sale_is_not_abandoned(shop: RunningShop, tablet: SigningTablet) -> None:
    sold = shop.sell()["sale_id"]
    before = shop.rows()
    refused(approve(shop, tablet, sold), 422, "sale.sealed", "/sale_id")
    assert shop.rows() == before


def test_a_cashier_abandons_nothing(untouched: RunningShop, tablet: SigningTablet) -> None:
    answer = approve(untouched, tablet, new_id(), **CASHIER)
    refused(answer, 403, "scope.operation", "/cashier_id")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"reason": ""}, "/reason"),
        ({"reason": " "}, "/reason"),
        ({"reason": "x" * 201}, "/reason"),
        ({"reason": "a\u0000b"}, "/reason"),
        ({"act": "forgive"}, "/act"),
        ({"sale_id": "1"}, "/sale_id"),
    ],
)
def test_an_approval_that_says_too_little_is_refused(
    untouched: RunningShop, tablet: SigningTablet, changes: dict[str, str], path: str
) -> None:
    refused(approve(untouched, tablet, new_id(), **changes), 400, "format.text", path)


def test_wrong_pins_of_a_manager_are_counted_and_then_wait(own_shop: RunningShop) -> None:
    tablet = SigningTablet()
    tablet.enrol(own_shop.http)
    left = [approve(own_shop, tablet, new_id(), pin="0000").json().get("left") for _ in range(4)]
    assert left == ["4", "3", "2", "1"]
    for pin in ("0000", MANAGER["pin"]):
        answer = approve(own_shop, tablet, new_id(), pin=pin)
        assert (answer.status_code, answer.json()["rule"]) == (429, "pin.locked")
        assert 0 < int(answer.headers["retry-after"]) <= 60
    assert own_shop.events("sale.abandoned") == []
