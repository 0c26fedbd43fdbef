"""The votes, by hand."""

import math

import pytest
from reasontree.core import Answer, Solution
from reasontree.core.vote import conclude
from reasontree.plugins.votes.best import BestVote
from reasontree.plugins.votes.cisc import CiscOptions, CiscVote
from reasontree.plugins.votes.majority import MajorityVote
from reasontree.plugins.votes.weighted import WeightedVote

# a: three solutions of little score; b: two of much; c: the single best one.
SOLUTIONS = [
    Solution(node, Answer(answer, answer), score)
    for node, (answer, score) in enumerate(
        [("a", 0.1), ("b", 0.7), ("a", 0.2), ("c", 0.9), ("b", 0.6), ("a", 0.1)], start=1
    )
]


@pytest.mark.parametrize(
    ("vote", "winner", "weights"),
    [
        (MajorityVote, "a", {"a": 3, "b": 2, "c": 1}),
        (WeightedVote, "b", {"a": 0.4, "b": 1.3, "c": 0.9}),
        (BestVote, "c", {"a": 0.2, "b": 0.7, "c": 0.9}),
    ],
)
def test_each_vote_weighs_as_it_is_defined(grader, vote, winner, weights):
    verdict = conclude(SOLUTIONS, vote(), grader)
    assert verdict.answer == winner
    assert {tally.answer: tally.weight for tally in verdict.tallies} == pytest.approx(weights)


def test_cisc_weighs_by_the_softmax_of_the_scores_within_the_problem(grader):
    vote = CiscVote(CiscOptions(temperature=0.5))
    verdict = conclude(SOLUTIONS, vote, grader)
    powers = {"a": [0.1, 0.2, 0.1], "b": [0.7, 0.6], "c": [0.9]}
    sums = {answer: sum(math.exp(score / 0.5) for score in scores) for answer, scores in powers.items()}
    shares = {answer: weight / sum(sums.values()) for answer, weight in sums.items()}
    assert {tally.answer: tally.weight for tally in verdict.tallies} == pytest.approx(shares)
    assert verdict.answer == "b"


@pytest.mark.parametrize(("temperature", "like"), [(100, MajorityVote), (0.01, BestVote)])
def test_cisc_lies_between_the_majority_and_the_best(grader, temperature, like):
    vote = CiscVote(CiscOptions(temperature=temperature))
    assert conclude(SOLUTIONS, vote, grader).answer == conclude(SOLUTIONS, like(), grader).answer
