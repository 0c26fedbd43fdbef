"""How sure a vote is, in figures and in words."""

import pytest
from reasontree.core.agreement import agreement_of
from reasontree.core.records import Tally


def told(*tallies, n):
    return str(agreement_of([Tally(*each) for each in tallies], n))


@pytest.mark.parametrize(
    ("tallies", "n", "words"),
    [
        ([("5", 4, 4.0)], 4, "4 of 4 solutions (100%)"),
        ([("5", 1, 1.0)], 1, "1 of 1 solution (100%)"),
        ([("5", 3, 3.0), ("6", 1, 1.0)], 8, "3 of 8 solutions (38%)"),
        ([("5", 3, 3.0), ("6", 3, 3.0)], 6, "3 of 6 solutions (50%); a tie with 6"),
        ([("5", 4, 4.0), ("6", 3, 3.0)], 7, "4 of 7 solutions (57%); weak: 6 is close"),
        ([("5", 2, 1.5), ("6", 3, 0.5)], 5, "2 of 5 solutions (40%), 75% of the weight"),
        ([("5", 2, 1.0), ("6", 3, 0.9)], 5, "2 of 5 solutions (40%), 53% of the weight; weak: 6 is close"),
        ([("5", 2, 0.4), ("6", 1, -0.9)], 3, "2 of 3 solutions (67%)"),
        ([("5", 2, 0.0), ("6", 2, 0.0)], 4, "2 of 4 solutions (50%); a tie with 6"),
    ],
)
def test_a_vote_says_what_stands_behind_it(tallies, n, words):
    assert told(*tallies, n=n) == words


def test_without_an_answer_nobody_agrees():
    assert agreement_of([], 5) is None


def test_a_hostile_answer_moves_no_cursor():
    assert "\x1b" not in told(("5", 2, 2.0), ("\x1b[2J\x07" + "6" * 99, 2, 2.0), n=4)
