"""DVTS, against traces worked by hand."""

from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import End
from reasontree.plugins.strategies.dvts import Dvts

STOP, LENGTH = End.STOP, End.LENGTH


def test_each_subtree_follows_its_own_best_steps(play, make):
    # N = 4, M = 2: the subtrees a, b and c, d.
    script = {
        "Q": [("a", 0.9), ("b", 0.8), ("c", 0.1), ("d", 0.3)],  # a and d, though b is better than d
        "a": [("aa", 0.2), ("ab", 0.4)],  # ab
        "d": [("da", 0.7, STOP), ("db", 0.5)],  # da: this subtree is finished
        "ab": [("aba", 0.3, STOP), ("abb", 0.6)],  # abb, not the finished aba
        "abb": [("abba", 0.6, STOP), ("abbb", 0.5, STOP)],
    }
    played = play(make(Dvts, width=4, children=2), script)
    assert played.rounds == [{"Q": 4}, {"a": 2, "d": 2}, {"ab": 2}, {"abb": 2}]
    assert len(played.tree.solutions) == 4


def test_a_branch_that_a_limit_ended_is_passed_over_and_a_dead_subtree_ends(play, make):
    script = {
        "Q": [("a", 0.9, LENGTH), ("b", 0.1), ("c", 0.9, LENGTH), ("d", 0.8, LENGTH)],
        "b": [("ba", 0.9, LENGTH), ("bb", 0.8, STOP)],
    }
    assert play(make(Dvts, width=4, children=2), script).rounds == [{"Q": 4}, {"b": 2}]


def test_a_missing_child_moves_no_other_into_its_subtree(play, make):
    # Child 1 never came: its sibling is a alone, and c, d stay together.
    script = {
        "Q": [("a", 0.5), None, ("c", 0.9), ("d", 0.8)],
        "a": [("aa", 0.5, STOP), ("ab", 0.5, STOP)],
        "c": [("ca", 0.5, STOP), ("cb", 0.5, STOP)],
    }
    assert play(make(Dvts, width=4, children=2), script).rounds == [{"Q": 4}, {"a": 2, "c": 2}]


def test_a_width_that_is_no_multiple_loses_the_rest(play, make):
    script = {"Q": [(f"{i}", 0.5, STOP) for i in range(8)]}
    assert play(make(Dvts, width=7, children=3), script).rounds == [{"Q": 6}]
    assert play(make(Dvts, width=2, children=4), script).rounds == [{"Q": 2}]


@given(st.integers(0, 10**6), st.integers(1, 24), st.integers(1, 6))
def test_no_round_is_wider_than_n_and_no_subtree_has_two_tips(play, make, seed, width, children):
    played = play(make(Dvts, width=width, children=children), seed)
    assert all(sum(round.values()) <= width for round in played.rounds)
    children = min(children, width)
    for asked in played.expansions[1:]:
        subtrees = [played.tree.path(each.node)[1].rank // children for each in asked]
        assert len(set(subtrees)) == len(subtrees)
