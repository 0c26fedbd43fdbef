"""Intervals hold the proportion that they are of, whatever rounding does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.statistics import mean_interval, wilson


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_proportion_lies_within_its_interval(counts):
    low, value, high = wilson(*counts)
    assert 0 <= low <= value <= high <= 1


@given(st.integers(1, 2000))
def test_all_or_none_is_a_bound_of_its_interval(n):
    assert wilson(n, n).high == 1
    assert wilson(0, n).low == 0


@pytest.mark.parametrize(("right", "n"), [(3, 10), (0, 5), (5, 5), (70, 200)])
def test_problems_that_are_right_or_wrong_have_the_interval_of_a_direct_count(right, n):
    chances = [1.0] * right + [0.0] * (n - right)
    assert mean_interval(chances, n) == pytest.approx(wilson(right, n))
