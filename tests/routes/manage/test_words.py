"""Ages and times as people read them on the managers' pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.routes.manage.clock import Clock, count, duration
from app.routes.manage.words import fixer

NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
        (8040, "2 h 14 min"), (86_399, "23 h 59 min"), (86_400, "1 j"), (97_200, "1 j 3 h"),
    ],
)  # fmt: skip
def test_an_age_has_its_two_largest_units(seconds: int, words: str) -> None:
    assert duration(seconds).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("instant", "at", "when"),
    [
        ("2026-11-22T12:00:00Z", "13:00", "à 13:00"),
        ("2026-11-21T22:59:00Z", "le 21/11 à 23:59", "le 21/11 à 23:59"),
        ("2026-11-21T23:00:00Z", "00:00", "à 00:00"),  # midnight is that of Kinshasa
        ("2025-12-31T12:00:00Z", "le 31/12/2025 à 13:00", "le 31/12/2025 à 13:00"),
        (None, "", ""),
        ("", "", ""),
    ],
)
def test_a_time_is_as_short_as_it_is_clear(instant: str | None, at: str, when: str) -> None:
    clock = Clock("Africa/Kinshasa", NOON)
    assert (clock.at(instant), clock.when(instant)) == (at, when)


def test_seconds_and_texts_are_the_same_times_in_the_outlets_zone() -> None:
    clock = Clock("Africa/Lubumbashi", NOON)
    assert clock.at(int(NOON.timestamp())) == clock.now == "14:00"
    assert clock.exact("2026-11-22T12:00:30Z") == "22/11/2026 14:00:30"
    assert clock.seconds == int(NOON.timestamp())


def test_zero_and_one_are_singular_in_french() -> None:
    words = [count(number, "facture", "factures").replace("\u00a0", " ") for number in (0, 1, 2)]
    assert words == ["0 facture", "1 facture", "2 factures"]


def test_who_can_act_is_told_to_that_very_person() -> None:
    assert fixer("manager", manages=True) == fixer("operator", manages=False) == "À vous d’agir"
    assert fixer("manager", manages=False) == "Le gérant peut agir"
    assert fixer("dgi", manages=True) == "La DGI doit répondre"
