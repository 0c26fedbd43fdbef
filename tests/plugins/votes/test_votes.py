"""The votes, by hand."""

import math

import numpy as np
import pytest
from reasontree.core import Answer, Solution, VoteOptions
from reasontree.core.vote import conclude, weigher_of_subsets
from reasontree.plugins.votes.best import BestVote
from reasontree.plugins.votes.cisc import CiscOptions, CiscVote
from reasontree.plugins.votes.majority import MajorityVote
from reasontree.plugins.votes.map import MapOptions, MapVote
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


def test_map_weighs_by_the_log_odds_of_each_solution(grader):
    verdict = conclude(SOLUTIONS, MapVote(MapOptions(answers=4)), grader)
    scores = {"a": [0.1, 0.2, 0.1], "b": [0.7, 0.6], "c": [0.9]}
    weights = {answer: sum(math.log(s * 3 / (1 - s)) for s in of_one) for answer, of_one in scores.items()}
    assert {tally.answer: tally.weight for tally in verdict.tallies} == pytest.approx(weights)
    assert verdict.answer == "b"
    assert weights["a"] < 0, "poor solutions speak against their answer"


def test_map_finds_the_answer_that_is_most_probable(grader):
    """Against the posterior of the model itself: enumerated over which of K answers is the right one."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        k = int(rng.integers(2, 6))
        given = [(str(rng.integers(k)), float(rng.uniform(0.05, 0.95))) for _ in range(7)]
        solutions = [Solution(i, Answer(a, a), s) for i, (a, s) in enumerate(given)]
        posterior = {
            truth: math.prod(s if a == truth else (1 - s) / (k - 1) for a, s in given) for truth, _ in given
        }
        answer = conclude(solutions, MapVote(MapOptions(answers=k)), grader).answer
        assert answer == max(posterior, key=posterior.get)


def family(*paths):
    return [Solution(path[-1], Answer("a", "a"), 0.5, path=path) for path in paths]


@pytest.mark.parametrize(
    ("paths", "kin", "votes"),
    [
        ([(1, 2), (3, 4), (5, 6)], 1, 3),  # strangers
        ([(1, 2), (1, 2), (1, 2)], 1, 1),  # twins, as a particle that was drawn three times
        ([(1, 2), (1, 3)], 1, 2 / 1.5),  # half of each is common
        ([(1, 2), (1, 3)], 0.5, 2 / 1.25),
        ([(1, 2), (1, 3)], 0, 2),
        ([(1, 2), (1, 3), (4, 5)], 1, 2 / 1.5 + 1),
    ],
)
def test_kin_are_discounted_to_an_effective_number_of_votes(grader, paths, kin, votes):
    (tally,) = conclude(family(*paths), MajorityVote(VoteOptions(kin=kin)), grader).tallies
    assert (tally.weight, tally.count) == (pytest.approx(votes), len(paths))
    (tally,) = conclude(family(*paths), WeightedVote(VoteOptions(kin=kin)), grader).tallies
    assert tally.weight == pytest.approx(votes / 2)


def test_kin_of_other_answers_are_no_kin(grader):
    solutions = [
        Solution(2, Answer("a", "a"), 0.5, path=(1, 2)),
        Solution(3, Answer("b", "b"), 0.5, path=(1, 3)),
    ]
    tallies = conclude(solutions, MajorityVote(VoteOptions(kin=1)), grader).tallies
    assert [tally.weight for tally in tallies] == [1, 1]


@pytest.mark.parametrize("kind", [MajorityVote, WeightedVote, CiscVote, MapVote])
def test_a_curve_discounts_kin_in_each_subset(kind):
    vote = kind(kind.Options(kin=1))
    solutions = family((1, 2), (1, 3), (4, 5))
    chosen = np.array([[True, True, False], [False, True, True], [True, False, True]])
    weights = weigher_of_subsets(vote)(solutions, chosen)
    one = vote.weigh(solutions[:1])
    assert weights == pytest.approx([2 * one, 2 / 1.5 * one, 2 * one])
