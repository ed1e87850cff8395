"""The table of the kinds of cases: a row for each, and nothing opens a case without one."""

import ast
from typing import get_args

import pytest

from app.services.cases.kinds import KINDS, TROUBLES, kind_of
from app.store.tables.cases import REFUSALS, CaseKind
from tests.harness.source import arguments


def test_each_kind_of_the_type_has_its_row() -> None:
    assert set(KINDS) == set(get_args(CaseKind))


def test_each_kind_that_the_code_names_has_its_row() -> None:
    named = {
        argument.value
        for function, at in (("open_case", 2), ("close_case", 2), ("Topic", 1))
        for argument in arguments("app", function, at)
        if isinstance(argument, ast.Constant)
    }
    assert {"elements", "table", "clock"} <= named <= set(KINDS)


@pytest.mark.parametrize("name", get_args(CaseKind))
def test_each_kind_says_what_it_is_and_what_comes_next(name: CaseKind) -> None:
    kind = KINDS[name]
    assert kind.title
    assert kind.next_step.endswith(".")
    assert kind.ends == "" or kind.ends.endswith(".")


def test_what_troubles_an_outlet_ends_by_itself_and_a_refusal_does_not() -> None:
    assert all(KINDS[name].ends for name in TROUBLES)
    assert not any(KINDS[name].ends for name in REFUSALS)


def test_a_kind_that_only_another_build_knows_is_still_shown() -> None:
    other = kind_of("new")  # type: ignore[arg-type]
    assert (other.title, other.ends) == ("Quelque chose demande un regard", "")
