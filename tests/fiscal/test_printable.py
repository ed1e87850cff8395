"""What every paper can print, and what it cannot."""

import unicodedata
from itertools import pairwise

import pytest

from app.fiscal.printable import PRINTABLE, is_printable, unprintable

SEEN_BY_NOBODY = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def test_the_runs_stand_in_order_and_apart() -> None:
    ends = [code for run in PRINTABLE for code in run]
    assert ends == sorted(ends)
    assert all(first > last + 1 for (_, last), (first, _) in pairwise(PRINTABLE))


def test_nothing_invisible_is_among_them() -> None:
    codes = [code for first, last in PRINTABLE for code in range(first, last + 1)]
    assert [hex(c) for c in codes if unicodedata.category(chr(c)) in SEEN_BY_NOBODY] == []


@pytest.mark.parametrize(
    "text",
    [
        "Farine 25 kg",
        "Kɔngɔ́ Ŋandó & Fils",
        "Ɛlíkyá",
        "« Œuvre d’Élikya »",
        "1 234 FC",
        "王先生商店",
        "",
    ],
)
def test_names_of_the_country_and_of_its_traders_are_printed(text: str) -> None:
    assert unprintable(text) is None


@pytest.mark.parametrize(
    ("text", "char"),
    [
        ("Riz\u200b", "\u200b"),
        ("Sel\u202egro", "\u202e"),
        ("A\tB", "\t"),
        ("\u3164", "\u3164"),
        ("Café 😀", "😀"),
        ("شركة", "ش"),
        ("दुकान", "द"),
        ("\ue000", "\ue000"),
        ("\x1f", "\x1f"),
    ],
)
def test_what_no_paper_can_show_is_named(text: str, char: str) -> None:
    assert unprintable(text) == char
    assert not is_printable(char)
