"""The three votes, by hand."""

import pytest
from reasontree.core import Answer, Solution
from reasontree.core.vote import conclude
from reasontree.plugins.votes.best import BestVote
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
