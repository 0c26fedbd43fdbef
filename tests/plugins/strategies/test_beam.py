"""Beam search, against traces worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import End
from reasontree.plugins.strategies.beam import Beam

STOP, LENGTH = End.STOP, End.LENGTH


def test_the_best_beams_of_each_depth_are_kept(play, make):
    # N = 4, M = 2: two places.
    script = {
        "Q": [("a", 0.9), ("b", 0.3), ("c", 0.8), ("d", 0.1)],  # a and c
        "a": [("aa", 0.2), ("ab", 0.4)],
        "c": [("ca", 0.7), ("cb", 0.5)],  # ca and cb: a's children are all worse
        "ca": [("caa", 0.3, STOP), ("cab", 0.2, STOP)],
        "cb": [("cba", 0.6, STOP), ("cbb", 0.1, STOP)],
    }
    played = play(make(Beam, width=4, children=2), script)
    assert played.rounds == [{"Q": 4}, {"a": 2, "c": 2}, {"ca": 2, "cb": 2}]
    assert len(played.tree.solutions) == 4


def test_a_finished_beam_keeps_its_place_where_it_is_among_the_best(play, make):
    script = {
        "Q": [("a", 0.9), ("b", 0.8), ("c", 0.3), ("d", 0.1)],  # a and b
        "a": [("aa", 0.5), ("ab", 0.9, STOP)],
        "b": [("ba", 0.7), ("bb", 0.2)],  # ab and ba; ab is finished, so one place is left
        "ba": [("baa", 0.4), ("bab", 0.6)],  # bab
        "bab": [("baba", 0.1, STOP), ("babb", 0.9)],  # babb, not the finished baba
        "babb": [("babba", 0.2, STOP), ("babbb", 0.1)],  # babba is finished: no place is left
    }
    played = play(make(Beam, width=4, children=2), script)
    assert played.rounds == [{"Q": 4}, {"a": 2, "b": 2}, {"ba": 2}, {"bab": 2}, {"babb": 2}]
    assert len(played.tree.solutions) == 3  # baba lost its place, and votes all the same


def test_a_branch_that_a_limit_ended_gives_its_place_to_the_next_best(play, make):
    script = {
        "Q": [("a", 0.9, LENGTH), ("b", 0.8), ("c", 0.3), ("d", 0.1)],
        "b": [("ba", 0.5, LENGTH), ("bb", 0.5, LENGTH)],
        "c": [("ca", 0.5, LENGTH), ("cb", 0.5, STOP)],
    }
    assert play(make(Beam, width=4, children=2), script).rounds == [{"Q": 4}, {"b": 2, "c": 2}]


def test_a_node_without_a_score_is_treated_as_the_lowest_of_its_depth(play, make):
    script = {
        "Q": [("a", None), ("b", 0.2), ("c", 0.9)],
        "c": [("ca", 0.5, STOP)] * 3,
    }
    assert play(make(Beam, width=3, children=3), script).rounds == [{"Q": 3}, {"c": 3}]


@pytest.mark.parametrize(
    ("width", "children", "kept"), [(16, 4, 4), (10, 4, 2), (2, 4, 1), (1, 1, 1), (8, 1, 8)]
)
def test_as_many_beams_are_kept_as_the_width_has_room_for(play, make, width, children, kept):
    script = {"Q": [(f"{i}", 0.5) for i in range(width)]}
    script |= {f"{i}": [(f"{i}.{j}", 0.5, STOP) for j in range(children)] for i in range(width)}
    first, second = play(make(Beam, width=width, children=children), script).rounds
    assert first == {"Q": width}
    assert second == {f"{i}": min(children, width) for i in range(kept)}


@given(st.integers(0, 10**6), st.integers(1, 24), st.integers(1, 6))
def test_no_depth_is_wider_than_n(play, make, seed, width, children):
    played = play(make(Beam, width=width, children=children), seed)
    assert all(sum(round.values()) <= width for round in played.rounds)
    assert len(played.rounds) <= played.tree.depth
