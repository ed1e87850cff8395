"""The table of events: a row for each, and nothing is announced without one."""

import ast
from typing import get_args

import pytest

from app.services.messages.catalogue import ALERTS, CATALOGUE, EVENTS, OF_ENTRIES, subject_of
from app.store.tables.messages import OF_DEVICES, RECEIPT, EventName
from tests.harness.source import arguments


def test_each_event_of_the_type_has_its_row() -> None:
    assert set(CATALOGUE) == {*get_args(EventName), RECEIPT}


def test_each_event_that_the_code_announces_has_its_row() -> None:
    announced = {
        argument.value
        for function, at in (("announce", 2), ("Topic", 3), ("_Calling", 0))
        for argument in arguments("app", function, at)
        if isinstance(argument, ast.Constant)
    }
    assert {"outlet.status", "invoice.failed", "device.clock"} <= announced <= set(CATALOGUE)


def test_each_event_is_told_by_an_entry_or_announced_and_each_announced_one_is_an_alert() -> None:
    announced = set(CATALOGUE) - {RECEIPT} - set(OF_ENTRIES.values())
    assert announced < set(ALERTS)
    assert set(ALERTS) - announced == {"invoice.refused"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_event_may_be_asked_for_by_its_name_or_by_its_family(name: str) -> None:
    family = name.startswith("device.") and name != OF_DEVICES
    assert (name in EVENTS) == (not family and name != RECEIPT)


def test_an_event_without_a_row_is_one_of_a_device() -> None:
    assert subject_of("device.rolled_back") == CATALOGUE[OF_DEVICES]
