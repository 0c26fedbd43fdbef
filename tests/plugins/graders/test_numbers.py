"""Plain numbers, times and ratios, without math-verify."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.plugins.graders.colons import read_colons, same_colons
from reasontree.plugins.graders.numbers import plain_number, same_number
from reasontree.plugins.graders.structures import canonical, read

MONEY = st.decimals(-(10**9), 10**9, places=2)
WRITTEN = st.one_of(
    st.integers(-(10**15), 10**15).map(str),
    st.decimals(-(10**9), 10**9, places=3).map(str),
    st.fractions(max_denominator=1000).map(str),
    st.fractions(min_value=0, max_denominator=1000).map(
        lambda f: f"\\frac{{{f.numerator}}}{{{f.denominator}}}"
    ),
)


@given(MONEY)
def test_writing_a_number_with_separators_and_currency_changes_nothing(number):
    for written in (f"{number:,}", f"{number} dollars", f" {number:,} ", f"{number:,}".replace(",", "{,}")):
        assert plain_number(written).value == Fraction(number)
        assert canonical(read(written)) == canonical(read(str(number)))
    for written in (f"${abs(number):,}", f"\\${abs(number)}", f"{abs(number):,} €"):
        assert plain_number(written).value == abs(Fraction(number))


@given(WRITTEN, WRITTEN, st.booleans())
def test_sameness_is_reflexive_and_symmetric(one, other, is_percent):
    a, b = plain_number(one), plain_number(f"{other}%" if is_percent else other)
    assert same_number(a, a)
    assert same_number(b, b)
    assert same_number(a, b) == same_number(b, a)


@given(st.integers(), st.integers())
def test_two_whole_numbers_are_the_same_only_if_they_are_equal(one, other):
    a, b = plain_number(str(one)), plain_number(str(other))
    if a and b:
        assert same_number(a, b) == (one == other)


@given(st.integers(1, 999), st.integers(2, 999), st.integers(6, 12))
def test_a_quotient_written_out_to_six_digits_is_the_quotient(numerator, denominator, places):
    value = Fraction(numerator, denominator)
    written = f"{float(value):.{places}f}"
    if value >= Fraction(1, 10):
        assert same_number(plain_number(written), plain_number(f"{numerator}/{denominator}"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1000000", "1000001"),
        ("1234567.89", "1234567.99"),
        ("0.33", "1/3"),
        ("0.5%", "50"),
        ("16.67", "16.66"),
        ("0.0000001", "0.0000002"),
    ],
)
def test_numbers_that_only_lie_close_together_differ(one, other):
    assert not same_number(plain_number(one), plain_number(other))
    assert not same_number(plain_number(other), plain_number(one))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0", 0),
        ("1e3", 1000),
        ("2 x 10^3", 2000),
        ("2.5 million dollars", 2_500_000),
        ("2½", Fraction(5, 2)),
        ("\\frac{-3}{4}", Fraction(-3, 4)),
        ("−5", -5),
        ("5 cm²", 5),
        ("5 m^2", 5),
        ("1 000 000", 1_000_000),
        ("twelve", 12),
        ("$5 per hour", 5),
        ("18 dollars.", 18),
        ("17.999999999999996", Fraction("17.999999999999996")),
    ],
)
def test_a_plain_number_is_read_as_a_person_would(text, value):
    assert plain_number(text).value == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "2x", "2 x", "2 pi", "(1,2)", "1,00", "1,2,3", "1/0", "1 1/0", "--5", "nan", "10:30"),
        *("5 feet 3 inches", "5 out of 6", "3 in 4", "2 more than x", "5 or 6", "6 squared away"),
        *("1e999999999", "9" * 10_000),
    ],
)
def test_what_is_not_one_plain_number_is_none(text):
    assert plain_number(text) is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("10:30", "10:30", True),
        ("10:30 AM", "10:30 a.m.", True),
        ("10:30", "10:30 am", True),
        ("08:05", "8:05", True),
        ("13:30", "1:30 pm", True),
        ("12:00 am", "0:00", True),
        ("10:30 am", "10:30 pm", False),
        ("10:30", "10:45", False),
        ("3:4", "6 : 8", True),
        ("3:4", "4:3", False),
        ("1:2:3", "2:4:6", True),
    ],
)
def test_times_and_ratios_compare_by_clock_and_in_lowest_terms(one, other, is_same):
    assert same_colons(read_colons(one), read_colons(other)) == is_same
    assert same_colons(read_colons(other), read_colons(one)) == is_same
