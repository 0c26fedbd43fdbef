"""FLOPs and budgets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.ledger import Budget, Ledger, flops_of_span
from reasontree.core.records import ModelInfo

MODEL = ModelInfo("m", parameters=1000, layers=3, width=8)


@given(st.integers(0, 500), st.integers(1, 300))
def test_the_flops_of_a_span_are_the_sum_over_its_tokens(start, n_tokens):
    one_by_one = math.fsum(
        2 * 1000 + 2 * 2 * 3 * 8 * (position + 1) for position in range(start, start + n_tokens)
    )
    assert flops_of_span(MODEL, start, start + n_tokens) == pytest.approx(one_by_one)


def test_the_papers_convention_counts_generated_tokens_alone():
    ledger = Ledger()
    ledger.book_computed(MODEL, 0, 50, prompt=50)
    for _ in range(3):
        ledger.book_sampled(MODEL)
    assert ledger.flops.paper == 3 * 2 * 1000
    assert ledger.flops.policy == flops_of_span(MODEL, 0, 50)
    assert ledger.tokens.generated == 3
    assert ledger.tokens.prompt == 50


def test_a_budget_of_tokens_is_exhausted_by_the_last_one():
    ledger = Ledger(Budget(tokens=2))
    ledger.book_sampled(MODEL)
    assert not ledger.exhausted
    ledger.book_sampled(MODEL)
    assert ledger.stopped == "tokens"


def test_a_budget_of_flops_counts_the_scorer_too():
    ledger = Ledger(Budget(flops=flops_of_span(MODEL, 0, 10)))
    ledger.book_computed(MODEL, 0, 6)
    assert not ledger.exhausted
    ledger.book_scored(MODEL, 0, 6)
    assert ledger.stopped == "flops"


def test_the_first_reason_to_stop_stays():
    ledger = Ledger()
    ledger.stop("seconds")
    ledger.stop("interrupted")
    assert ledger.stopped == "seconds"
