import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import (
    MAX_CENTIMES,
    amount_text,
    parse_amount,
    parse_quantity,
    parse_rate,
    quantity_text,
    rate_text,
    ratio,
    times,
)

NOT_A_DECIMAL = {
    "an exponent": "1e3",
    "an exponent in capitals": "1E3",
    "not a number": "NaN",
    "infinity": "Infinity",
    "a minus sign": "-1",
    "a plus sign": "+1",
    "minus zero": "-0",
    "a leading zero": "01",
    "two zeros": "00",
    "a blank before": " 1",
    "a blank after": "1 ",
    "a line feed after": "1\n",
    "a point and nothing after it": "1.",
    "nothing before the point": ".5",
    "a comma": "1,5",
    "two points": "1.2.3",
    "a thousands separator": "1 000",
    "a no-break space": "1\u00a0000",
    "an underscore": "1_000",
    "Arabic-Indic digits": "\u0661\u0662",
    "full-width digits": "\uff11",
    "a superscript": "1\u00b2",
    "hexadecimal": "0x10",
    "a currency": "1 CDF",
    "fourteen digits": "1" * 14,
    "no text at all": "",
}
READERS = {"amount": parse_amount, "quantity": parse_quantity, "rate": parse_rate}
DECIMALS = {"amount": 2, "quantity": 3, "rate": 4}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("sentence", NOT_A_DECIMAL)
def test_a_number_with_any_other_spelling_is_refused_at_its_path(
    reader: str, sentence: str
) -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        READERS[reader](NOT_A_DECIMAL[sentence], "/items/0/quantity")
    assert refusal.value.rule == "format.decimal"
    assert refusal.value.path == "/items/0/quantity"


@pytest.mark.parametrize("reader", READERS)
def test_as_many_decimals_as_the_law_admits_are_read_and_one_more_is_refused(reader: str) -> None:
    decimals = DECIMALS[reader]
    assert READERS[reader]("7." + "1" * decimals) == int("7" + "1" * decimals)
    with pytest.raises(InvalidInvoice) as refusal:
        READERS[reader]("7." + "1" * (decimals + 1))
    assert refusal.value.rule == "format.decimal"
    assert f"au plus {decimals} décimales" in refusal.value.detail


def test_a_refusal_can_be_sent_even_when_it_quotes_half_a_character() -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        parse_amount("\ud800", "/payments/0/amount")
    assert "\\ud800" in refusal.value.detail
    assert refusal.value.detail.encode()


def test_a_refusal_quotes_only_the_beginning_of_a_long_number() -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        parse_amount("9" * 100_000)
    assert len(refusal.value.detail) < 200


@pytest.mark.parametrize(
    ("text", "centimes"),
    [
        ("0", 0),
        ("0.00", 0),
        ("0.5", 50),
        ("1.05", 105),
        ("45000", 4_500_000),
        ("9" * 13 + ".99", MAX_CENTIMES),
    ],
)
def test_an_amount_is_read_into_centimes(text: str, centimes: int) -> None:
    assert parse_amount(text) == centimes


@pytest.mark.parametrize(
    ("thousandths", "text"),
    [(2000, "2"), (1500, "1.5"), (1235, "1.235"), (16000, "16"), (10, "0.01"), (100_000, "100")],
)
def test_a_quantity_is_written_without_trailing_zeros(thousandths: int, text: str) -> None:
    assert quantity_text(thousandths) == text


@pytest.mark.parametrize(
    ("ten_thousandths", "text"), [(28_500_000, "2850"), (28_502_500, "2850.25"), (1, "0.0001")]
)
def test_a_rate_is_written_without_trailing_zeros(ten_thousandths: int, text: str) -> None:
    assert rate_text(ten_thousandths) == text


@given(st.integers(0, MAX_CENTIMES))
def test_an_amount_survives_being_written_and_read(centimes: int) -> None:
    text = amount_text(centimes)
    assert text[-3] == "."
    assert parse_amount(text) == centimes


@given(st.integers(0, 10**16 - 1))
def test_a_quantity_survives_being_written_and_read(thousandths: int) -> None:
    assert parse_quantity(quantity_text(thousandths)) == thousandths


@given(st.integers(0, 10**17 - 1))
def test_a_rate_survives_being_written_and_read(ten_thousandths: int) -> None:
    assert parse_rate(rate_text(ten_thousandths)) == ten_thousandths


@given(st.text(max_size=20))
def test_whatever_is_read_as_an_amount_has_one_meaning(text: str) -> None:
    try:
        centimes = parse_amount(text)
    except InvalidInvoice:
        return
    whole, _, cents = text.partition(".")
    assert amount_text(centimes) == f"{whole}.{cents.ljust(2, '0')}"


@pytest.mark.parametrize("centimes", [-1, MAX_CENTIMES + 1])
def test_an_amount_below_zero_or_beyond_thirteen_digits_is_not_written(centimes: int) -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        amount_text(centimes)
    assert refusal.value.rule == "tax.range"


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(1, 2, 1), (3, 2, 2), (5, 2, 3), (49, 100, 0), (50, 100, 1), (0, 7, 0), (7, 1, 7)],
)
def test_a_tie_goes_up_and_never_to_the_even_neighbour(
    numerator: int, denominator: int, rounded: int
) -> None:
    assert ratio(numerator, denominator) == rounded


def test_a_price_times_a_weight_is_rounded_once() -> None:
    assert times(349_999, 1235) == 432_249  # 3499.99 × 1.235 = 4322.48765
