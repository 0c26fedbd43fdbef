"""AB-MCTS: the posteriors against theory, and a trace in which every draw is the posterior's mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import End
from reasontree.plugins.strategies.ab_mcts import AbMcts, draw_beta, draw_gaussian

STOP, LENGTH = End.STOP, End.LENGTH
SCORES = [0.9, 0.7, 0.8, 0.6]


class Means(np.random.Generator):
    """A generator that answers with the mean of what it is asked to draw from."""

    def __init__(self):
        super().__init__(np.random.PCG64(0))

    def beta(self, a, b):
        return a / (a + b)

    def normal(self, loc, scale):
        return loc

    def chisquare(self, df):
        return df


def test_gaussian_draws_have_the_mean_and_variance_of_the_posterior():
    # m_n = Σ x / (κ + n) = 3 / 5. μ is Student's t with ν_n = 5, so its variance is τ²_n / κ_n · 5 / 3, where
    # ν_n τ²_n = ν τ² + Σ (x - mean)² + n κ / (n + κ) · mean² = .1 + .05 + 4/5 · .5625 = .6.
    rng = np.random.default_rng(0)
    draws = np.array([draw_gaussian(SCORES, rng) for _ in range(40_000)])
    assert draws.mean() == pytest.approx(0.6, abs=0.005)
    assert draws.var() == pytest.approx((0.6 / 5) / 5 * 5 / 3, rel=0.05)


def test_beta_draws_have_the_mean_and_variance_of_the_posterior():
    # Beta(½ + 3, ½ + 1): mean 3.5 / 5, variance 3.5 · 1.5 / (25 · 6).
    rng = np.random.default_rng(0)
    draws = np.array([draw_beta(SCORES, rng) for _ in range(40_000)])
    assert draws.mean() == pytest.approx(0.7, abs=0.005)
    assert draws.var() == pytest.approx(3.5 * 1.5 / 150, rel=0.05)


def test_it_goes_wider_while_new_solutions_promise_more_and_deeper_when_they_do_not(play):
    # The mean of Beta(½ + Σ, ½ + n - Σ) is (½ + Σ) / (1 + n); without scores it is .5.
    script = {
        "Q": [("a", 0.5), ("b", 0.5), ("c", 0.5)],
        "a": [("a1", 0.8, STOP), ("a2", 0.9, STOP), ("a3", 0.9, LENGTH)],
        "b": [("b1", 0.2, STOP)],
        "c": [("c1", 0.1, STOP)],
    }
    # 1 nothing is known: Q
    # 2 new .8, mean .65, against .5 for old: Q
    # 3 new .8 .2, mean .5, against .5: Q
    # 4 new .8 .2 .1, mean .4, against .5: deeper; a .65, b .35, c .3: a, whose only child is finished
    # 5 new .4, old .9, mean .7: deeper; a has .8 .9, mean .733: a
    # 6 a3 ended without a solution and counts 0: new .4, old .9 0, mean .467: deeper; a .8 .9 0, mean .55: a
    script["a"].append(("a4", 0.3, STOP))
    strategy = AbMcts(AbMcts.Options(width=6, batch=1, posterior="beta"), Means())
    assert play(strategy, script).rounds == [{"Q": 1}] * 3 + [{"a": 1}] * 3


def test_a_solution_counts_for_every_node_it_passes_and_old_beginnings_can_be_kept(play):
    # 1 nothing is known: Q
    # 2 new .1, mean .3, against .5 for old: deeper into a. The solution counts as new for a, ab and abc too:
    #   .3 against .5 each time, so deeper down to abc, whose only child is finished
    # 3 Q: new .1, and old .1 from what came below a: mean .3 each: wider
    script = {
        "Q": [("a", 0.5), ("b", 0.1, STOP)],
        "a": [("ab", 0.5)],
        "ab": [("abc", 0.5)],
        "abc": [("end 1", 0.1, STOP), ("end 2", 0.1, STOP)],
    }
    strategy = AbMcts(AbMcts.Options(width=3, batch=1, posterior="beta"), Means())
    assert play(strategy, script).rounds == [{"Q": 1}, {"abc": 1}, {"Q": 1}]


def test_a_batch_is_drawn_from_one_posterior(play, make):
    script = {"Q": [(f"x {i}", 0.5, STOP) for i in range(10)]}
    played = play(make(AbMcts, width=10, batch=4), script)
    assert [sum(round.values()) for round in played.rounds] == [4, 4, 2]


@given(st.integers(0, 10**6), st.integers(1, 24), st.integers(1, 6), st.sampled_from(["gaussian", "beta"]))
def test_it_samples_as_many_solutions_as_the_width(play, make, seed, width, batch, posterior):
    strategy = make(AbMcts, seed=seed, width=width, batch=batch, posterior=posterior)
    played = play(strategy, seed, p_fail=0, p_missing=0)
    assert played.tree.n_ended == width
    assert all(sum(round.values()) <= batch for round in played.rounds)
