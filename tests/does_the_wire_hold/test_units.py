"""Do amounts keep every micro between people and the wire, and is every rounding the one that its name says?"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.fields import micro
from schemas.units import LARGEST_AMOUNT, MICRO, AmountError, ceil_div, format_amount, parse_amount, price_rounded_down


@given(st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT))
def test_what_is_formatted_is_parsed_back(amount: int) -> None:
    text = format_amount(amount)
    assert parse_amount(text) == amount
    assert len(text.partition(".")[2]) >= 2
    assert Fraction(text) == Fraction(amount, MICRO)


@given(st.integers(0, 10**12 - 1), st.text("0123456789", max_size=6))
def test_every_decimal_string_of_at_most_six_decimals_is_parsed_exactly(whole: int, decimals: str) -> None:
    text = f"{whole}.{decimals}" if decimals else str(whole)
    assert Fraction(parse_amount(text), MICRO) == Fraction(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", 0), ("100.25", 100_250_000), ("0.000001", 1), ("-1.5", -1_500_000), ("999999999999.999999", LARGEST_AMOUNT)],
)
def test_an_amount_for_people_is_micro_units(text: str, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", " ", "1 ", "+1", "1e3", "1E3", "NaN", "Infinity", "1,5", ".5", "5.", "00", "01", "--1", "0.0000001", "1_000", "\u0661", "1\n", "1000000000000", "\x001"],
)  # fmt: skip
def test_what_is_no_decimal_string_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(AmountError, match="decimal string"):
        parse_amount(text)


@pytest.mark.parametrize(("amount", "text"), [(0, "0.00"), (1, "0.000001"), (100_250_000, "100.25"), (-5, "-0.000005")])
def test_an_amount_is_shown_with_at_least_two_decimals(amount: int, text: str) -> None:
    assert format_amount(amount) == text


@given(st.integers(-(10**40), 10**40), st.integers(1, 10**30))
def test_ceil_div_rounds_up_and_only_just(dividend: int, divisor: int) -> None:
    assert 0 <= ceil_div(dividend, divisor) * divisor - dividend < divisor


@given(st.integers(0, 10**18), st.integers(1, 10**18))
def test_a_price_is_rounded_down_and_only_just(cash: int, shares: int) -> None:
    price = price_rounded_down(cash, shares)
    assert price * shares <= cash * MICRO < (price + 1) * shares


@given(st.integers(-(10**20), 10**20))
def test_micro_is_the_whole_number_in_a_string(amount: int) -> None:
    assert int(micro(amount)) == amount
