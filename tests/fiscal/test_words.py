"""Amounts in words, against a table read aloud and a parser that shares no code with the writer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import MAX_CENTIMES
from app.fiscal.words import amount_in_words

UNITS = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
)
TENS = "vingt trente quarante cinquante soixante septante"
VALUES = {word: value for value, word in enumerate(UNITS.split())}
VALUES |= {word: 20 + 10 * value for value, word in enumerate(TENS.split())} | {"nonante": 90}
SCALES = {"million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9}


def francs(text: str) -> int:
    total = thousands = current = 0
    for word in text.replace("-", " ").split():
        if word in SCALES:
            total += (thousands + current) * SCALES[word]
            thousands = current = 0
        elif word == "mille":
            thousands, current = max(current, 1) * 1000, 0
        elif word in {"cent", "cents"}:
            current = max(current, 1) * 100
        elif word in {"vingt", "vingts"} and current % 10 == 4:
            current += 76
        elif word not in {"et", "de"}:
            current += VALUES[word]
    return total + thousands + current


def centimes(text: str) -> int:
    if text.endswith(" de franc congolais"):
        return francs(text.removesuffix(" de franc congolais").rsplit(" ", 1)[0])
    large, _, small = text.partition(" congolais")
    cents = small.removeprefix(" et ")
    return francs(large.rsplit(" ", 1)[0]) * 100 + (francs(cents.rsplit(" ", 1)[0]) if cents else 0)


TABLE = [
    ("0.00", "zéro franc congolais"),
    ("0.01", "un centime de franc congolais"),
    ("0.80", "quatre-vingts centimes de franc congolais"),
    ("1.00", "un franc congolais"),
    ("1.50", "un franc congolais et cinquante centimes"),
    ("2.01", "deux francs congolais et un centime"),
    ("16.00", "seize francs congolais"),
    ("17.00", "dix-sept francs congolais"),
    ("20.00", "vingt francs congolais"),
    ("21.00", "vingt et un francs congolais"),
    ("22.00", "vingt-deux francs congolais"),
    ("61.00", "soixante et un francs congolais"),
    ("70.00", "septante francs congolais"),
    ("71.00", "septante et un francs congolais"),
    ("72.00", "septante-deux francs congolais"),
    ("80.00", "quatre-vingts francs congolais"),
    ("81.00", "quatre-vingt-un francs congolais"),
    ("90.00", "nonante francs congolais"),
    ("91.00", "nonante et un francs congolais"),
    ("99.00", "nonante-neuf francs congolais"),
    ("100.00", "cent francs congolais"),
    ("101.00", "cent un francs congolais"),
    ("180.00", "cent quatre-vingts francs congolais"),
    ("200.00", "deux cents francs congolais"),
    ("201.00", "deux cent un francs congolais"),
    ("280.00", "deux cent quatre-vingts francs congolais"),
    ("999.00", "neuf cent nonante-neuf francs congolais"),
    ("1000.00", "mille francs congolais"),
    ("1001.00", "mille un francs congolais"),
    ("1100.00", "mille cent francs congolais"),
    ("2000.00", "deux mille francs congolais"),
    ("21000.00", "vingt et un mille francs congolais"),
    ("80000.00", "quatre-vingt mille francs congolais"),
    ("80080.00", "quatre-vingt mille quatre-vingts francs congolais"),
    ("200000.00", "deux cent mille francs congolais"),
    ("200200.00", "deux cent mille deux cents francs congolais"),
    ("288000.00", "deux cent quatre-vingt-huit mille francs congolais"),
    ("1000000.00", "un million de francs congolais"),
    ("1000000.50", "un million de francs congolais et cinquante centimes"),
    ("1000001.00", "un million un francs congolais"),
    ("1001000.00", "un million mille francs congolais"),
    (
        "2300000.50",
        "deux millions trois cent mille francs congolais et cinquante centimes",
    ),
    ("80000000.00", "quatre-vingts millions de francs congolais"),
    ("200000000.00", "deux cents millions de francs congolais"),
    ("1000000000.00", "un milliard de francs congolais"),
    ("3000001000.00", "trois milliards mille francs congolais"),
    ("1000000000000.00", "mille milliards de francs congolais"),
    ("2200000000000.00", "deux mille deux cents milliards de francs congolais"),
    (
        "9999999999999.99",
        (
            "neuf mille neuf cent nonante-neuf milliards neuf cent nonante-neuf millions "
            "neuf cent nonante-neuf mille neuf cent nonante-neuf francs congolais "
            "et nonante-neuf centimes"
        ),
    ),
]

SOIXANTE_DIX = [
    (70, "soixante-dix"),
    (71, "soixante et onze"),
    (72, "soixante-douze"),
    (77, "soixante-dix-sept"),
    (80, "quatre-vingts"),
    (81, "quatre-vingt-un"),
    (90, "quatre-vingt-dix"),
    (91, "quatre-vingt-onze"),
    (99, "quatre-vingt-dix-neuf"),
    (70_000, "soixante-dix mille"),
    (80_090, "quatre-vingt mille quatre-vingt-dix"),
]


@pytest.mark.parametrize(("amount", "words"), TABLE)
def test_the_amount_is_written_as_it_is_said(amount: str, words: str) -> None:
    assert amount_in_words(int(amount.replace(".", ""))) == words


@pytest.mark.parametrize(("whole", "words"), SOIXANTE_DIX)
def test_an_outlet_may_say_soixante_dix(whole: int, words: str) -> None:
    assert amount_in_words(whole * 100, septante=False) == f"{words} francs congolais"


@given(st.integers(min_value=0, max_value=MAX_CENTIMES), st.booleans())
def test_reading_the_words_back_gives_the_amount(value: int, septante: bool) -> None:  # noqa: FBT001
    words = amount_in_words(value, septante=septante)
    assert centimes(words) == value
    assert "  " not in words
    assert words == words.strip()


@pytest.mark.parametrize("septante", [True, False])
def test_every_number_below_two_thousand_reads_back(septante: bool) -> None:  # noqa: FBT001
    for value in range(2000):
        assert centimes(amount_in_words(value * 100 + value % 100, septante=septante)) == (
            value * 100 + value % 100
        )


@pytest.mark.parametrize("value", [-1, MAX_CENTIMES + 1])
def test_an_amount_outside_thirteen_digits_is_refused(value: int) -> None:
    with pytest.raises(InvalidInvoice, match=r"tax\.range"):
        amount_in_words(value)
