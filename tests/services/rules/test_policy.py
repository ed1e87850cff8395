"""The rules of the sync: a default for each, changed for all outlets or for one, within limits."""

from dataclasses import fields

import pytest

from app.fiscal.errors import InvalidInvoice
from app.services.rules import policy
from app.services.rules.policy import RULES, Policy, change, policy_of
from app.store.engine import reading, writing
from app.store.rules.settings import put_setting
from app.store.tables.rules import Setting
from tests.given.shop_in_process import InProcessShop

AT = "2026-11-22T10:00:00Z"


def put(shop: InProcessShop, scope: str, name: str, value: str) -> None:
    with writing(shop.engine) as session:
        change(session, scope, name, value, by="M1", at=AT)


def in_force(shop: InProcessShop, outlet_id: str = "KIN01") -> Policy:
    with reading(shop.engine) as session:
        return policy_of(session, outlet_id)


def test_every_rule_stands_on_the_screen_with_a_default_within_its_limits() -> None:
    assert [rule.name for rule in RULES] == [field.name for field in fields(Policy)]
    for rule in RULES:
        assert rule.default == getattr(Policy(), rule.name)
        assert rule.words
        if isinstance(rule.default, int):
            assert rule.low <= rule.default <= rule.high, rule.name


def test_what_nobody_changed_is_the_default(shop: InProcessShop) -> None:
    assert in_force(shop) == Policy()


def test_an_outlets_own_rule_stands_before_the_one_for_all(shop: InProcessShop) -> None:
    put(shop, "KIN01", "max_attempts", "3")
    put(shop, "*", "max_attempts", "7")
    assert in_force(shop).max_attempts == 3
    assert in_force(shop, "LUB01").max_attempts == 7
    assert in_force(shop, "*").max_attempts == 7


@pytest.mark.parametrize("value", ["", "0", "1001", "-1", "1.5", "1e3", "٣", "douze"])
def test_a_value_outside_its_limits_is_refused_and_changes_nothing(
    shop: InProcessShop, value: str
) -> None:
    with pytest.raises(InvalidInvoice) as caught:
        put(shop, "KIN01", "max_attempts", value)
    assert (caught.value.rule, caught.value.path) == ("format.text", "/value")
    assert in_force(shop) == Policy()


@pytest.mark.parametrize(
    ("name", "most"), [("grace_hours", 48), ("red_hours", 48), ("amber_minutes", 48 * 60)]
)
def test_no_rule_lets_an_invoice_wait_longer_than_the_law(
    shop: InProcessShop, name: str, most: int
) -> None:
    put(shop, "KIN01", name, str(most))
    with pytest.raises(InvalidInvoice, match=str(most)):
        put(shop, "KIN01", name, str(most + 1))
    row = Setting(scope="KIN01", name=name, value="720000", changed_at=AT, changed_by="M1")
    with writing(shop.engine) as session:  # written when more was allowed
        put_setting(session, row)
    assert getattr(in_force(shop), name) == most


def test_a_manager_is_asked_of_few_rules() -> None:
    assert sum(rule.plain for rule in RULES) == 4


def test_a_rule_that_does_not_exist_is_refused(shop: InProcessShop) -> None:
    with pytest.raises(InvalidInvoice) as caught:
        put(shop, "KIN01", "patience", "1")
    assert caught.value.path == "/name"


def test_the_addresses_of_the_alerts_must_be_addresses(shop: InProcessShop) -> None:
    put(shop, "KIN01", "alert_emails", "  awa@exemple.cd   gerant@exemple.cd ")
    assert in_force(shop).alert_emails == "awa@exemple.cd gerant@exemple.cd"
    for value in ("awa", "awa@exemple.cd,gerant@exemple.cd", "a@b.cd " * 100):
        with pytest.raises(InvalidInvoice):
            put(shop, "KIN01", "alert_emails", value)
    assert in_force(shop).alert_emails == "awa@exemple.cd gerant@exemple.cd"


def test_a_rule_that_an_older_build_knew_is_left_alone(
    shop: InProcessShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shop, "*", "max_attempts", "7")
    known = {rule.name: rule for rule in RULES if rule.name != "max_attempts"}
    monkeypatch.setattr(policy, "_BY_NAME", known)
    assert in_force(shop) == Policy()
