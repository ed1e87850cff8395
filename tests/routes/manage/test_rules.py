"""The rules on screen: defaults beside the values in force, errors in the field, who changed it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from app.services.rules.policy import RULES, policy_of
from app.store.engine import reading
from tests.given.shop_as_process import RunningShop, open_shop, opened
from tests.given.visitors import MANAGER, Visitor, at_till, done, operator

if TYPE_CHECKING:
    from collections.abc import Iterator

MANAGERS: Final = "/gestion/regles"
OPERATORS: Final = "/exploitation/regles"
_INPUT: Final = re.compile(
    r'<input([^>]*) name="((?:regle|avant)_\w+)"[^>]* value="([^"]*)"([^>]*)>'
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with open_shop(tmp_path_factory.mktemp("ruled")) as shop:
        yield shop


@pytest.fixture
def manager(shop: RunningShop) -> Iterator[Visitor]:
    with at_till(shop, MANAGER) as visitor:
        yield visitor


def fields(page: str) -> dict[str, str]:
    """What the form of that page would send untouched."""
    return {
        name: value
        for kind, name, value, more in _INPUT.findall(page)
        if "radio" not in kind or "checked" in more
    }


def rule(page: str, name: str) -> str:
    """The part of the page that speaks of that rule."""
    return page[page.index(f"{name}-aide") :].partition('class="m-rule"')[0]


def policy(shop: RunningShop, outlet_id: str = "KIN01") -> Any:
    with opened(shop.var) as engine, reading(engine) as session:
        return policy_of(session, outlet_id)


def test_every_rule_stands_there_with_its_default(shop: RunningShop) -> None:
    with operator(shop) as awa:
        page = awa.see(OPERATORS).text
    plain, _, advanced = page.partition("<summary>Avancé</summary>")
    for each in RULES:
        part = plain if each.plain else advanced
        assert each.words in part
        assert each.why in part
        assert "Valeur habituelle" in rule(part, each.name)


def test_a_manager_sees_four_rules_and_changes_no_other(
    shop: RunningShop, manager: Visitor
) -> None:
    page = manager.see(MANAGERS).text
    seen = fields(page)
    assert {name.removeprefix("regle_") for name in seen if name.startswith("regle_")} == {
        "nif_of_the_dgi",
        "amber_minutes",
        "token_warn_days",
        "alert_emails",
    }
    assert "celles du service central" in page
    slipped = seen | {"avant_grace_hours": "48", "regle_grace_hours": "12"}
    assert manager.does(MANAGERS, **slipped) == "Aucune règle n’a été changée."
    assert policy(shop).grace_hours == 48


def test_a_changed_rule_says_who_changed_it_and_so_does_the_ledger(
    shop: RunningShop, manager: Visitor
) -> None:
    seen = fields(manager.see(MANAGERS).text)
    assert manager.does(MANAGERS, **(seen | {"regle_amber_minutes": "5"})).startswith("Les règles")
    assert policy(shop).amber_minutes == 5
    shown = rule(manager.see(MANAGERS).text, "amber_minutes")
    assert "changée" in shown
    assert "Valeur habituelle : 60 minutes" in shown
    assert "Changée par Béatrice à" in shown
    changes = [e for e in shop.events("setting.changed") if e["data"]["name"] == "amber_minutes"]
    assert changes[-1]["data"] == {
        "name": "amber_minutes",
        "value": "5",
        "scope": "KIN01",
        "by": "M1",
    }
    shop.check()


def test_a_form_sent_untouched_changes_nothing(shop: RunningShop, manager: Visitor) -> None:
    before = shop.rows()
    seen = fields(manager.see(MANAGERS).text)
    assert len(seen) == 2 * sum(rule.plain for rule in RULES)
    before = shop.rows()
    assert manager.does(MANAGERS, **seen) == "Aucune règle n’a été changée."
    assert shop.rows() == before


def test_one_value_that_cannot_be_keeps_them_all_as_they_were_typed(shop: RunningShop) -> None:
    typed = {"regle_amber_minutes": "24", "regle_red_hours": "49", "regle_max_attempts": "beaucoup"}
    with operator(shop) as awa:
        seen = fields(awa.see(OPERATORS).text)
        before = shop.rows()
        answer = awa.send(OPERATORS, **(seen | typed))
    assert answer.status_code == 422
    assert "2 valeurs ne vont pas" in answer.text
    for name, value in typed.items():
        assert fields(answer.text)[name] == value
    assert "Un nombre entre 1 et 48 (heures)." in answer.text
    assert "<details open>" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert shop.rows() == before


def test_who_looked_at_an_old_page_undoes_nobodys_change(
    shop: RunningShop, manager: Visitor
) -> None:
    old = fields(manager.see(MANAGERS).text)
    manager.does(MANAGERS, **(old | {"regle_amber_minutes": "90"}))
    manager.does(MANAGERS, **(old | {"regle_token_warn_days": "45"}))
    assert (policy(shop).amber_minutes, policy(shop).token_warn_days) == (90, 45)


def test_an_operators_rule_holds_everywhere_and_stands_in_every_ledger(shop: RunningShop) -> None:
    with operator(shop) as awa:
        seen = fields(awa.see(OPERATORS).text)
        changed = {"regle_rate_per_minute": "90", "regle_alert_emails": "awa@centre.cd"}
        assert awa.does(OPERATORS, **(seen | changed))
        assert "Changée par Awa (service central)" in awa.see(OPERATORS).text
    assert policy(shop, "LUB01").rate_per_minute == 90
    shown = [e for e in shop.events("setting.changed") if e["data"]["by"] == "operator:Awa"]
    assert [event["data"]["scope"] for event in shown] == ["*"] * 4
    with at_till(shop, MANAGER) as manager:
        page = manager.see(MANAGERS).text
    assert "pour tous les points de vente" in rule(page, "alert_emails")


def test_a_value_is_text_and_never_markup(manager: Visitor) -> None:
    seen = fields(manager.see(MANAGERS).text)
    attack = '"><script>alert(1)</script>'
    page = manager.send(MANAGERS, **(seen | {"regle_amber_minutes": attack}))
    assert "<script>alert" not in page.text
    assert done(page) == ""
