"""Curves over the number of samples: exact where all subsets are taken, unbiased where some are."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import Answer, Solution, Vote
from reasontree.core.errors import PluginError
from reasontree.core.statistics import wilson
from reasontree.core.vote import conclude
from reasontree.plugins.votes.best import BestVote
from reasontree.plugins.votes.majority import MajorityVote
from reasontree.plugins.votes.weighted import WeightedVote
from reasontree.store.analysis.curves import ProblemChains, chances_of, curve, mean_interval, subsets, winners


class ShyVote(Vote):
    """Weighs the middle of the scores, and more where there are three; it has `weigh` alone."""

    name = "shy"

    def weigh(self, solutions):
        return float(np.median([solution.score for solution in solutions])) + (len(solutions) >= 3)


VOTES = {"majority": MajorityVote(), "weighted": WeightedVote(), "best": BestVote(), "shy": ShyVote()}
SCORES = st.sampled_from([0.0, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0])  # their sums are exact, so ties are ties


@st.composite
def many_chains(draw):
    """Draw a few chains with ties of every kind."""
    m = draw(st.integers(1, 7))
    n_classes = draw(st.integers(0, 4))
    drawn = draw(st.lists(st.integers(-1, n_classes - 1), min_size=m, max_size=m))
    order = dict.fromkeys(each for each in drawn if each >= 0)  # classes are numbered as they appear
    number = {each: place for place, each in enumerate(order)} | {-1: -1}
    scores = draw(st.lists(SCORES, min_size=m, max_size=m))
    right = draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    return chains_with(np.array([number[each] for each in drawn]), scores, right)


def chains_with(classes, scores, right, n_tokens=0.0):
    """Make chains whose answers are the numbers of their classes; -1 brought no solution."""
    pairs = zip(classes.tolist(), scores, strict=True)
    solutions = (
        None if number < 0 else Solution(node, Answer(str(number), str(number)), score)
        for node, (number, score) in enumerate(pairs, start=1)
    )
    return ProblemChains(tuple(solutions), classes, np.array(right, dtype=bool), n_tokens)


def direct(chains, members, vote, grader):
    """Vote over some chains as a search does; return the winning class."""
    solutions = [chains.solutions[i] for i in members if chains.solutions[i] is not None]
    answer = conclude(solutions, vote, grader).answer
    return -1 if answer is None else int(answer)


@given(chains=many_chains(), data=st.data())
def test_every_subset_is_won_by_the_class_that_a_search_would_choose(chains, data):
    from tests.conftest import PlainGrader

    n = data.draw(st.integers(1, len(chains)))
    chosen = subsets(len(chains), n, 10_000, np.random.default_rng(0))
    won = winners(chains, chosen, VOTES)
    for name, vote in VOTES.items():
        wanted = [
            direct(chains, members, vote, PlainGrader()) for members in combinations(range(len(chains)), n)
        ]
        assert won[name].tolist() == wanted


@given(chains=many_chains(), data=st.data())
def test_the_chance_that_any_chain_is_right_is_counted_in_closed_form(chains, data):
    n = data.draw(st.integers(1, len(chains)))
    right = [c >= 0 and chains.right[c] for c in chains.classes]
    hits = [any(right[i] for i in members) for members in combinations(range(len(chains)), n)]
    chosen = subsets(len(chains), n, 10_000, np.random.default_rng(0))
    chances = chances_of(chains, chosen, VOTES)
    assert chances["pass"] == pytest.approx(sum(hits) / len(hits))


def test_random_subsets_are_distinct_members_and_centre_on_the_exact_chance():
    random = np.random.default_rng(1)
    classes = random.integers(-1, 5, 14)
    chains = chains_with(classes, random.random(14), [1, 0, 0, 0, 0])
    chosen = subsets(14, 7, 500, random)
    assert chosen.shape == (14, 500)
    assert set(chosen.sum(axis=0)) == {7}
    exact = chances_of(chains, subsets(14, 7, math.comb(14, 7), random), VOTES)
    some = chances_of(chains, subsets(14, 7, 3000, random), VOTES)
    for vote in VOTES:
        assert some[vote] == pytest.approx(exact[vote], abs=0.04)  # four standard errors


def test_the_interval_of_certain_outcomes_is_that_of_a_direct_run():
    assert mean_interval([1.0] * 30 + [0.0] * 10, 40) == wilson(30, 40)
    assert mean_interval([1.0] * 5, 5) == wilson(5, 5)
    assert mean_interval([0.0] * 5, 80) == wilson(0, 5)


def test_the_interval_narrows_with_the_noise_that_the_mean_takes_away():
    low, value, high = mean_interval([0.7, 0.8] * 20, 640)
    direct_low, _, direct_high = wilson(30, 40)
    assert value == pytest.approx(0.75)
    assert direct_low < low < value < high < direct_high
    assert mean_interval([0.5] * 40, 160) == wilson(80, 160)


def test_a_curve_ends_where_the_first_problem_has_no_more_chains():
    chains = [chains_with(np.array([0] * m), [1.0] * m, [True], 10.0) for m in (5, 3, 4)]
    points = list(curve(chains, VOTES, n_subsets=10, seed=0))
    assert [(point.n, point.tokens) for point in points] == [(1, 10.0), (2, 20.0), (3, 30.0)]
    assert all(interval.value == 1 for point in points for interval in point.accuracy.values())


def test_the_same_seed_gives_the_same_curve():
    random = np.random.default_rng(2)
    chains = [chains_with(random.integers(0, 4, 16), random.random(16), [1, 0, 0, 0]) for _ in range(5)]
    first, again = (list(curve(chains, VOTES, n_subsets=50, seed=7)) for _ in range(2))
    assert first == again
    assert first != list(curve(chains, VOTES, n_subsets=50, seed=8))


class CountedVote(ShyVote):
    """Notes what it was asked."""

    def __init__(self):
        self.asked = []

    def weigh(self, solutions):
        self.asked.append(tuple(solution.node for solution in solutions))
        return super().weigh(solutions)


def test_a_vote_is_asked_once_for_each_distinct_subset_of_a_class_oldest_solution_first():
    chains = chains_with(np.array([0, 1, 0, -1, 0]), [0.5] * 5, [True, False])
    vote = CountedVote()
    winners(chains, subsets(5, 3, 100, np.random.default_rng(0)), {"counted": vote})
    assert sorted(vote.asked) == [(1,), (1, 3), (1, 3, 5), (1, 5), (2,), (3,), (3, 5), (5,)]


def test_many_chains_are_told_apart():
    chains = chains_with(np.zeros(150, dtype=np.int64), np.linspace(0, 1, 150), [True])
    vote = CountedVote()
    winners(chains, subsets(150, 75, 300, np.random.default_rng(0)), {"counted": vote})
    assert len(set(vote.asked)) == len(vote.asked) == 300


def test_a_vote_that_raises_is_named():
    class Raises(ShyVote):
        def weigh(self, solutions):
            raise ZeroDivisionError("no scores")

    chains = chains_with(np.array([0]), [0.5], [True])
    with pytest.raises(PluginError, match="vote 'unsteady' failed: ZeroDivisionError: no scores"):
        list(curve([chains], {"unsteady": Raises()}, n_subsets=10, seed=0))
