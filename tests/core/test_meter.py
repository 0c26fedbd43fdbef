"""FLOPs, and what policies and scorers book."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.meter import Meter, Meters, flops_of_span
from reasontree.core.records import ModelInfo, Usage
from reasontree.core.requests import Allowance

MODEL = ModelInfo("m", parameters=1000, layers=3, width=8)


def meter(**allowance):
    made = Meter(MODEL)
    made.allow(Allowance(**allowance))
    return made


@given(st.integers(0, 500), st.integers(1, 300))
def test_the_flops_of_a_span_are_the_sum_over_its_tokens(start, n_tokens):
    one_by_one = math.fsum(
        2 * 1000 + 2 * 2 * 3 * 8 * (position + 1) for position in range(start, start + n_tokens)
    )
    assert flops_of_span(MODEL, start, start + n_tokens) == pytest.approx(one_by_one)


def test_the_papers_convention_counts_generated_tokens_alone():
    books = meter()
    books.computed(0, 50, prompt=50)
    books.sampled(3)
    usage = books.take()
    assert usage.flops.paper == 3 * 2 * 1000
    assert usage.flops.policy == flops_of_span(MODEL, 0, 50)
    assert (usage.tokens.generated, usage.tokens.prompt) == (3, 50)


def test_what_was_taken_is_not_taken_again():
    books = meter()
    books.sampled()
    books.reused(4)
    assert books.take() != Usage()
    assert books.take() == Usage()


def test_an_allowance_of_tokens_is_exhausted_by_the_last_one_whoever_has_taken_the_others():
    books = meter(tokens=3)
    books.sampled(2)
    books.take()
    assert not books.exhausted
    books.sampled()
    assert books.exhausted
    assert books.may_score


def test_a_newer_allowance_knows_of_what_was_taken_and_not_of_what_was_not():
    books = meter(tokens=10)
    books.sampled(4)
    books.allow(Allowance(tokens=10))  # of a request that was made before anything was handed back
    books.sampled(6)
    assert books.exhausted
    books.take()
    books.allow(Allowance(tokens=1))
    assert not books.exhausted


def test_an_allowance_of_flops_counts_reading_too():
    books = meter(flops=flops_of_span(MODEL, 0, 10))
    books.computed(0, 6)
    assert not books.exhausted
    books.scored(0, 6)
    assert books.exhausted
    assert not books.may_score


def test_tokens_that_are_held_for_one_call_are_not_promised_to_another():
    books = meter(tokens=10)
    assert books.reserve(8) == 8
    assert books.reserve(8) == 2
    assert books.reserve(8) == 0
    books.give_back(8)
    books.sampled(3)  # its call was shorter
    assert books.reserve(8) == 5


def test_a_search_that_was_cut_generates_nothing_and_still_is_scored():
    meters = Meters(MODEL)
    books = meters.of(1, Allowance())
    meters.cut(1)
    meters.cut(2)
    assert books.exhausted
    assert books.reserve(5) == 0
    assert books.may_score
    meters.cut_scoring(1)
    assert not books.may_score


def test_each_search_is_told_what_it_spent():
    meters = Meters(MODEL)
    meters.of(1, Allowance()).sampled(2)
    meters.of(2, Allowance())
    (booking,) = meters.take()
    assert (booking.search, booking.usage.tokens.generated) == (1, 2)
    assert meters.take() == []
