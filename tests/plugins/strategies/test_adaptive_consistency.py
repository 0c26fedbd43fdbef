"""Adaptive consistency: the criterion against numerical integration, and traces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import End
from reasontree.plugins.strategies.adaptive_consistency import AdaptiveConsistency, probability_of_majority


def chains(*answers):
    """One-step chains; an answer of None ended at a limit."""
    return {"Q": [(f"x {a}", 0.5, End.STOP) if a is not None else ("x", 0.5, End.LENGTH) for a in answers]}


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (4, 0), (3, 2), (10, 4), (20, 20), (30, 9)])
def test_the_probability_is_the_papers_integral(first, second):
    # The integral of x^v1 (1 - x)^v2 over [1/2, 1], divided by the one over [0, 1]; midpoint rule.
    x = (np.arange(200_000) + 0.5) / 200_000
    density = x**first * (1 - x) ** second
    expected = density[100_000:].sum() / density.sum()
    assert probability_of_majority(first, second) == pytest.approx(expected, abs=1e-8)


@given(st.integers(0, 500), st.integers(0, 500))
def test_both_orders_sum_to_one(first, second):
    assert probability_of_majority(first, second) + probability_of_majority(second, first) == pytest.approx(1)


def test_four_equal_answers_settle_the_vote(play, make):
    # P(Beta(5, 1) > 1/2) = 31/32 = .969; three equal answers have 15/16 = .938.
    assert play(make(AdaptiveConsistency), chains(7, 7, 7, 7)).rounds == [{"Q": 1}] * 4
    assert play(make(AdaptiveConsistency, batch=4), chains(7, 7, 7, 7)).rounds == [{"Q": 4}]


def test_it_looks_at_each_arrival_while_others_are_under_way(play, make):
    # 7, 7, 8, 7, 7: 4 : 1 has P(Beta(5, 2) > 1/2) = 57/64 = .89; the sixth chain makes it 5 : 1, .94, and the
    # seventh 6 : 1, .96. With four under way three more have been asked for by then.
    strategy = make(AdaptiveConsistency)
    played = play(strategy, chains(7, 7, 8, 7, 7, 7, 7, 7, 7, 7), in_flight=4)
    assert strategy.is_done
    assert len(played.rounds) == 10
    assert played.rounds == [{"Q": 1}] * 10


def test_sampling_goes_on_while_the_vote_is_open(play, make):
    # 3 : 1 has P(Beta(4, 2) > 1/2) = 26/32 = .81; 6 : 2 has .91; 10 : 2 has .99.
    answers = [7, 7, 8, 7, 7, 8, 7, 7, 7, 7, 7, 7]
    assert play(make(AdaptiveConsistency, batch=4), chains(*answers)).rounds == [{"Q": 4}] * 3


def test_chains_without_an_answer_have_no_vote(play, make):
    answers = [None, 7, 7, None, 7, None, None, 7]
    assert play(make(AdaptiveConsistency, batch=4), chains(*answers)).rounds == [{"Q": 4}] * 2


def test_the_width_is_the_limit(play, make):
    answers = [None] * 10
    strategy = make(AdaptiveConsistency, width=10, batch=4)
    assert play(strategy, chains(*answers)).rounds == [{"Q": 4}, {"Q": 4}, {"Q": 2}]
    assert not strategy.is_done
    assert len(play(make(AdaptiveConsistency, width=10), chains(*answers), in_flight=4).rounds) == 10


@given(st.integers(0, 10**6), st.integers(1, 50), st.integers(0, 9), st.integers(1, 9))
def test_no_more_chains_than_the_width(play, make, seed, width, batch, parallel):
    strategy = make(AdaptiveConsistency, width=width, batch=batch, parallel=parallel)
    played = play(strategy, seed, in_flight=9)
    assert played.tree.n_children(0) <= width
    assert all(sum(round.values()) <= max(1, batch) for round in played.rounds)
