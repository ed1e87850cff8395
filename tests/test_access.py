"""Who may name whom as the seller."""

import pytest

from app.access import Forbidden, Principal, check_seller

PEOPLE = {"C1": "Marie", "M1": "Béatrice"}
KEY = Principal("key:1", "api", "KIN01", frozenset({"invoices:write"}), people={"W1": "Ruth"})
TABLET = Principal("device:1", "till", "KIN01", frozenset({"invoices:write"}), "T1")


@pytest.mark.parametrize(
    ("principal", "cashier_id", "operator"),
    [(KEY, "C1", "Marie"), (KEY, "M1", "Béatrice"), (KEY, "W1", "Ruth"), (TABLET, "C1", "Marie")],
)
def test_a_seller_is_a_person_of_the_outlet_or_of_the_key(
    principal: Principal, cashier_id: str, operator: str
) -> None:
    check_seller(principal, PEOPLE, cashier_id, operator)


@pytest.mark.parametrize(
    ("principal", "cashier_id", "operator", "path"),
    [
        (KEY, "P1", "Président", "/cashier_id"),
        (KEY, "C1", "Président", "/operator"),
        (KEY, "W1", "Marie", "/operator"),
        (TABLET, "W1", "Ruth", "/cashier_id"),
        (KEY, "c1", "Marie", "/cashier_id"),
    ],
)
def test_nobody_invents_a_seller(
    principal: Principal, cashier_id: str, operator: str, path: str
) -> None:
    with pytest.raises(Forbidden) as refusal:
        check_seller(principal, PEOPLE, cashier_id, operator)
    assert (refusal.value.rule, refusal.value.path) == ("scope.person", path)


def test_an_outlets_own_name_stands_before_that_of_a_key() -> None:
    key = Principal("key:2", "api", "KIN01", frozenset(), people={"C1": "Président"})
    with pytest.raises(Forbidden):
        check_seller(key, PEOPLE, "C1", "Président")
