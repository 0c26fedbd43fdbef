"""Figures, against plain ways of getting the same ones."""

import itertools

import numpy as np
import pytest
from reasontree.core import Answer, Solution
from reasontree.core.vote import AGGREGATIONS, conclude
from reasontree.plugins.scorers.value_head.figures import area, measure, plain
from reasontree.plugins.scorers.value_head.vote_rules import (
    MAJORITY,
    VOTE_RULES,
    VoteRule,
    chain_scores,
    count,
)
from reasontree.plugins.votes.best import BestVote
from reasontree.plugins.votes.majority import MajorityVote
from reasontree.plugins.votes.weighted import WeightedVote

VOTES = {"majority": MajorityVote, "weighted": WeightedVote, "best": BestVote}


def scores_for(chains, seed=0):
    return np.random.default_rng(seed).uniform(size=chains.n_steps)


@pytest.mark.parametrize("rule", [MAJORITY, *VOTE_RULES], ids=str)
def test_ballots_find_what_the_votes_of_a_search_find(planted, grader, rule):
    chains = planted(n_problems=30, n_chains=6)
    scores = scores_for(chains).round(1)  # so that there are ties
    found = count(chains, scores, rule)
    for problem in range(30):
        solutions = []
        for chain in np.flatnonzero(chains.problem == problem):
            steps = (scores[chains.chain == chain] ** rule.power).tolist()
            text = "42" if chains.right[chain] else str(chains.answer[chain] + 100)
            solutions.append(Solution(chain, Answer(text, text), AGGREGATIONS[rule.aggregation](steps)))
        assert found[problem] == (conclude(solutions, VOTES[rule.vote](), grader).answer == "42")


def test_steps_without_a_score_are_left_out_of_their_chains(planted):
    chains = planted(n_problems=1, n_chains=2)
    scores = np.array([0.5, np.nan, 0.25, np.nan, np.nan, np.nan])
    assert chain_scores(chains, scores, "prod").tolist() == [0.125, 0.0]
    assert chain_scores(chains, scores, "last").tolist() == [0.25, 0.0]


def test_scores_that_know_the_outcome_win_every_ballot(planted):
    chains = planted(n_problems=20)
    figures = measure(chains, np.where(chains.step_right, 0.9, 0.1))
    assert figures.ranking.all_steps == figures.ranking.final_step == 1
    assert all(interval.value == 1 for interval in figures.ranking.within.values())
    assert {vote.accuracy.value for vote in figures.votes if vote.rule.vote == "best"} == {
        figures.pass_at_n.value
    }


def test_areas_by_depth_compare_steps_of_one_problem_alone(planted):
    chains = planted(n_problems=60, n_chains=6)
    knows = np.where(chains.step_right, 0.9, 0.1)
    offsets = np.random.default_rng(0).uniform(0, 0.05, 60)[chains.step_problem]  # of whole problems
    scores = np.where(chains.depth == 0, 0.5, knows) + offsets
    depths = measure(chains, scores).ranking.depths
    assert len(depths) > 1
    assert depths == (0.5, *[1.0] * (len(depths) - 1))


def test_areas_end_where_too_few_problems_have_both_outcomes(planted):
    chains = planted(n_problems=15, n_chains=6)
    assert measure(chains, scores_for(chains)).ranking.depths == ()


def test_plain_majority_is_the_same_whatever_the_scores_say_of_a_tie(planted):
    chains = planted(n_problems=30, n_chains=4)
    found = [measure(chains, scores_for(chains, seed)) for seed in range(3)]
    best = measure(chains, np.where(chains.step_right, 0.9, 0.1))
    assert {figures.majority for figures in [*found, best]} == {best.majority}
    assert any(vote.gain.value > 0 for vote in best.votes if vote.rule.vote == "weighted")


def test_scores_that_say_nothing_change_nothing(planted):
    chains = planted(n_problems=20)
    figures = measure(chains, np.full(chains.n_steps, 0.5))
    assert figures.ranking.all_steps == 0.5
    weighted = next(vote for vote in figures.votes if vote.rule == VoteRule("weighted", "last"))
    assert weighted.gain == (0, 0, 0)
    assert weighted.accuracy == figures.majority


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    rng = np.random.default_rng(3)
    right, scores = rng.random(40) < 0.4, rng.random(40).round(1)
    pairs = list(itertools.product(scores[right], scores[~right]))
    expected = np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs])
    assert area(right, scores) == pytest.approx(expected)
    assert area(np.ones(4, dtype=bool), scores[:4]) is None


def test_the_area_within_a_problem_is_not_fooled_by_easy_problems(planted):
    """A score that knows the problem and nothing of the chain ranks well overall, and not at all within."""
    chains = planted(n_problems=30)
    share = np.bincount(chains.problem, chains.right) / np.bincount(chains.problem)
    figures = measure(chains, share[chains.step_problem])
    assert figures.ranking.all_steps > 0.6
    assert figures.ranking.within["last"].value == 0.5


def test_calibration_compares_scores_with_outcomes(planted):
    chains = planted(n_problems=10)
    figures = measure(chains, np.full(chains.n_steps, 0.95))
    (only,) = figures.calibration.bins
    observed = chains.step_right.mean()
    assert only == pytest.approx((0.9, 1.0, chains.n_steps, 0.95, observed))
    assert figures.calibration.error == pytest.approx(0.95 - observed)
    assert figures.calibration.brier == pytest.approx(observed * 0.05**2 + (1 - observed) * 0.95**2)
    assert figures.calibration.brier_of_base_rate == pytest.approx(observed * (1 - observed))


def test_intervals_hold_their_values_and_the_same_seed_gives_the_same_ones(planted):
    chains = planted(n_problems=20)
    one, other = (measure(chains, scores_for(chains), seed=5) for _ in range(2))
    assert plain(one) == plain(other)
    for vote in one.votes:
        assert vote.gain.low <= vote.gain.value <= vote.gain.high
        assert vote.gain.value == pytest.approx(vote.accuracy.value - one.majority.value)
