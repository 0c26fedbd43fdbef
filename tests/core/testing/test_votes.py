"""Every check of a vote's contract can fail: for each, a vote that breaks it, and the words it gets."""

import math

import numpy as np
import pytest
from reasontree.core.testing import (
    CountingVote,
    VoteContract,
)

from .breaking import checks_of, fails


class Unnamed(CountingVote):
    name = ""


class Grudging(CountingVote):
    """Weighs answers below 0."""

    def weigh(self, solutions):
        return -1.0


class Endless(CountingVote):
    """Takes the logarithm of 0 for the least."""

    def weigh(self, solutions):
        return -math.inf


class FirstCome(CountingVote):
    """Weighs the first solution alone."""

    def weigh(self, solutions):
        return solutions[0].score


class Contrary(CountingVote):
    """Prefers low scores."""

    def weigh(self, solutions):
        return sum(1 - solution.score for solution in solutions)


class Tiring(CountingVote):
    """Weighs less each time."""

    n_asked = 0

    def weigh(self, solutions):
        self.n_asked += 1
        return len(solutions) / self.n_asked


class Rushing(CountingVote):
    """Counts all solutions, whichever are chosen."""

    def weigh_subsets(self, solutions, chosen):
        return np.full(chosen.shape[1], float(len(solutions)))


class Partial(CountingVote):
    """Sees the first class alone."""

    def weigh_all(self, classes):
        return [self.weigh(solutions) for solutions in classes[:1]]


class FirstClass(CountingVote):
    """Weighs whichever class came first twice."""

    def weigh_all(self, classes):
        return [len(solutions) * (1 + (i == 0)) for i, solutions in enumerate(classes)]


VOTES = [
    ("test_it_can_be_registered", Unnamed, "needs a name"),
    ("test_its_weights_are_finite", Grudging, "as -1.0; a finite number from 0 up"),
    ("test_its_weights_are_finite", Endless, "as -inf; a finite number from 0 up"),
    ("test_order_does_not_matter", FirstCome, "weighs the scores .* as 0.2, and"),
    ("test_a_higher_score_never_weighs_less", Contrary, "less than"),
    ("test_it_weighs_each_class_of_several", Partial, "gives 1 weights for 7 classes"),
    ("test_it_weighs_each_class_of_several", FirstClass, "in another order as"),
    ("test_it_is_deterministic", Tiring, "in turn"),
    ("test_it_weighs_many_subsets_as_it_weighs_each", Rushing, "as 2.0 among many, and as 1.0 alone"),
]


@pytest.mark.parametrize(("check", "vote", "words"), VOTES)
def test_a_broken_vote_fails_its_check(check, vote, words):
    fails(VoteContract, "vote", vote, check, words)


def test_every_check_of_a_vote_has_a_broken_one():
    assert {check for check, *_ in VOTES} == checks_of(VoteContract)


class TestCounting(VoteContract):
    vote = CountingVote
