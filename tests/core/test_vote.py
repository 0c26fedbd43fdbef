"""From solutions to one answer."""

import math

import pytest
from reasontree.core import ROOT, Answer, End, Solution, Step, Tree
from reasontree.core.vote import classes_of, conclude, solutions_of, winner


def solution(node, answer, score=0.0):
    return Solution(node, None if answer is None else Answer(answer, answer), score)


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("last", 0.5), ("min", 0.25), ("prod", 0.8 * 0.25 * 0.5), ("mean", (0.8 + 0.25 + 0.5) / 3)],
)
def test_step_scores_become_a_solution_score(aggregation, expected):
    tree = Tree(Step("Q"), scorer="s")
    tree.add_chain(ROOT, [Step("a"), Step("b"), Step("c", end=End.STOP)], round=1, rank=None)
    for node, score in ((1, 0.8), (2, 0.25), (3, 0.5)):
        tree[node].scores["s"] = score
    (found,) = solutions_of(tree, aggregation)
    assert math.isclose(found.score, expected)


def test_a_solution_whose_steps_have_no_score_gets_0():
    tree = Tree(Step("Q"), scorer="s")
    tree.add(ROOT, Step("a", end=End.STOP), round=1)
    assert solutions_of(tree)[0].score == 0


def test_solutions_without_an_answer_do_not_vote(grader, counting_vote):
    verdict = conclude([solution(1, None), solution(2, None), solution(3, "5")], counting_vote, grader)
    assert verdict.answer == "5"
    assert [tally.count for tally in verdict.tallies] == [1]


def test_without_any_answer_there_is_none(grader, counting_vote):
    assert conclude([solution(1, None)], counting_vote, grader) == (None, ())


def test_ties_go_to_the_higher_sum_of_scores_and_then_to_the_earlier_answer(grader, counting_vote):
    by_score = [solution(1, "a", 0.1), solution(2, "b", 0.9)]
    assert conclude(by_score, counting_vote, grader).answer == "b"
    by_age = [solution(1, "a", 0.5), solution(2, "b", 0.5)]
    assert conclude(by_age, counting_vote, grader).answer == "a"


class NeighboursAreEqual:
    """1 ≡ 2 and 2 ≡ 3, but not 1 ≡ 3: equivalence in pairs is not transitive."""

    def equivalent(self, one, other):
        return abs(int(one.canonical) - int(other.canonical)) <= 1


def test_classes_merge_only_through_their_oldest_answer():
    classes = classes_of([solution(i, str(i)) for i in (1, 2, 3)], NeighboursAreEqual())
    assert [[member.node for member in members] for members in classes] == [[1, 2], [3]]


def test_the_winner_is_the_best_solution_with_the_answer_that_won():
    solutions = [solution(1, "5", 0.9), solution(2, "7", 0.3), solution(3, "7", 0.4), solution(4, None, 1.0)]
    assert winner(solutions, "7") == 3
    assert winner(solutions, "8") is None
    assert winner(solutions, None) is None
