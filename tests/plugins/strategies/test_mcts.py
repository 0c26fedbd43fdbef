"""MCTS: visit counts against tables worked by hand, and the tree's independence of timing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import End
from reasontree.plugins.strategies.mcts import Mcts

STOP, LENGTH = End.STOP, End.LENGTH
SMALL = {"root_children": 2, "children": 2, "parallel": 1, "solutions": 0}
SCRIPT = {
    "Q": [("a", 0.8), ("b", 0.4)],
    "a": [("aa", 0.6), ("ab", 0.9)],
    "b": [("ba", 0.3), ("bb", 0.5)],
    "ab": [("aba", 1.0, STOP), ("abb", 0.7)],
    "aa": [("aaa", 0.2), ("aab", 0.4)],
}

# Q + √(ln N_parent / N) with C = 1; after each expansion every new child counts one visit, and so does every
# node above it. `Q` is the root.
#
# expansion   bounds on the way down                                                     visits afterwards
# 1 Q                                                                                    Q 2  a 1  b 1
# 2 a         a .8    + √(ln 2 / 1) = 1.633   b .4 + √(ln 2 / 1) = 1.233                 Q 4  a 3  aa 1  ab 1
# 3 b         a .7667 + √(ln 4 / 3) = 1.446   b .4 + √(ln 4 / 1) = 1.577                 Q 6  b 3  ba 1  bb 1
# 4 ab        a .7667 + √(ln 6 / 3) = 1.540   b .4 + √(ln 6 / 3) = 1.173
#             aa .6   + √(ln 3 / 1) = 1.648   ab .9 + √(ln 3 / 1) = 1.948                Q 8  a 5  ab 3
# 5 aa        a .8    + √(ln 8 / 5) = 1.445   b .4 + √(ln 8 / 3) = 1.233
#             aa .6   + √(ln 5 / 1) = 1.869   ab .8667 + √(ln 5 / 3) = 1.599             Q 10  a 7  aa 3
TABLE = [
    ("Q", {"Q": 2, "a": 1, "b": 1}),
    ("a", {"Q": 4, "a": 3, "b": 1, "aa": 1, "ab": 1}),
    ("b", {"Q": 6, "a": 3, "b": 3, "aa": 1, "ab": 1, "ba": 1, "bb": 1}),
    ("ab", {"Q": 8, "a": 5, "b": 3, "aa": 1, "ab": 3, "aba": 1, "abb": 1}),
    ("aa", {"Q": 10, "a": 7, "b": 3, "aa": 3, "ab": 3, "ba": 1, "bb": 1, "aba": 1, "aaa": 1}),
]


@pytest.mark.parametrize("n", range(1, len(TABLE) + 1))
def test_uct_visits_equal_the_table(play, make, n):
    strategy = make(Mcts, expansions=n, **SMALL)
    played = play(strategy, SCRIPT)
    assert [list(round) for round in played.rounds] == [[leaf] for leaf, _ in TABLE[:n]]
    _, visits = TABLE[n - 1]
    assert {name: strategy.visits(played.named(name)) for name in visits} == visits


def test_values_are_means_over_the_subtree(play, make):
    strategy = make(Mcts, expansions=5, **SMALL)
    played = play(strategy, SCRIPT)
    # a: (.8 + .6 + .9 + 1 + .7 + .2 + .4) / 7; ab: (.9 + 1 + .7) / 3
    assert strategy.value(played.named("a")) == pytest.approx(4.6 / 7)
    assert strategy.value(played.named("ab")) == pytest.approx(2.6 / 3)


def test_puct_explores_by_the_share_of_the_score(play, make):
    # P = 2/3 for a and 1/3 for b.
    # 2: a .6 + 2/3 · √2 / 2 = 1.071, b .3 + 1/3 · √2 / 2 = .536, so a
    # 3: a has visits 3 and mean .8 / 3: .267 + 2/3 · √4 / 4 = .600, b .3 + 1/3 · √4 / 2 = .633, so b
    script = {"Q": [("a", 0.6), ("b", 0.3)], "a": [("aa", 0.1), ("ab", 0.1)], "b": [("ba", 0.1), ("bb", 0.1)]}
    played = play(make(Mcts, expansions=3, selection="puct", **SMALL), script)
    assert played.rounds == [{"Q": 2}, {"a": 2}, {"b": 2}]


def test_a_rollout_counts_once_with_the_score_of_its_end(play, make):
    script = {
        "Q": [("a", 0.1), ("b", 0.9)],
        "a": [("aa", 0.1), ("ab", 0.6, STOP)],
        "aa": [("aaa", 0.8, STOP)],
        "b": [("bb", 0.9, LENGTH)],
    }
    options = SMALL | {"evaluation": "rollout", "children": 1}
    strategy = make(Mcts, expansions=2, **options)
    played = play(strategy, script)
    # The first rollouts end with .8 and, without a solution, with 0; so a is expanded, whose own score is .1.
    assert played.rounds == [{"Q": 2}, {"a": 1}]
    assert all(each.until == "end" for asked in played.expansions for each in asked)
    found = {name: strategy.visits(played.named(name)) for name in ("Q", "a", "b", "aa", "aaa", "ab")}
    assert found == {"Q": 3, "a": 2, "b": 1, "aa": 1, "aaa": 1, "ab": 1}
    assert strategy.value(played.named("a")) == pytest.approx((0.8 + 0.6) / 2)
    assert strategy.value(played.named("b")) == 0


# parallel = 2, C = .5: each expansion knows all but the one before it.
# 1 Q    2 a    3 b (a is under way and has no other leaf)    4 aa (a .9, b .5, and aa is older than ab)
# 5 with virtual loss 3 for aa: a 2.7 / 6 + .5 · √(ln 9 / 6) = .753, b .5 + .5 · √(ln 9 / 3) = .928, so ba
#   without:                    a .9 + .5 · √(ln 6 / 3) = 1.286,     b .5 + .5 · √(ln 6 / 3) = .886, so ab
@pytest.mark.parametrize(("virtual_loss", "last"), [(3, "ba"), (0, "ab")])
def test_virtual_loss_sends_the_next_expansion_elsewhere(play, make, virtual_loss, last):
    script = {
        "Q": [("a", 0.9), ("b", 0.5)],
        "a": [("aa", 0.9), ("ab", 0.9)],
        "b": [("ba", 0.5), ("bb", 0.5)],
        "aa": [("aaa",), ("aab",)],
        "ab": [("aba",), ("abb",)],
        "ba": [("baa",), ("bab",)],
    }
    options = SMALL | {"parallel": 2, "exploration": 0.5, "virtual_loss": virtual_loss}
    played = play(make(Mcts, expansions=5, **options), script, in_flight=2)
    assert [next(iter(round)) for round in played.rounds] == ["Q", "a", "b", "aa", last]


def test_virtual_loss_is_taken_back_when_the_children_come(play, make):
    strategy = make(Mcts, expansions=5, **(SMALL | {"parallel": 3, "virtual_loss": 7}))
    played = play(strategy, SCRIPT | {"ba": [("baa",), ("bab",)]}, in_flight=3)
    assert strategy.visits(played.named("Q")) == 10 == len(played.tree) - 1


def full_script(seed, depth=5):
    """Three children for every node, random scores, and a solution at every branch's end."""
    rng, script, above = np.random.default_rng(seed), {}, ["Q"]
    for level in range(depth):
        end = STOP if level == depth - 1 else None
        script |= {parent: [(f"{parent}{i}", float(rng.random()), end) for i in range(3)] for parent in above}
        above = [name for parent in above for name, *_ in script[parent]]
    return script


@given(st.integers(0, 10**6), st.integers(1, 8), st.sampled_from(["uct", "puct"]))
def test_the_tree_does_not_depend_on_which_round_comes_back_first(play, make, seed, parallel, selection):
    script = full_script(seed)
    options = {"expansions": 12, "parallel": parallel, "selection": selection, "root_children": 3}
    traces = [
        play(make(Mcts, **options), script, in_flight=in_flight, newest_first=newest_first).rounds
        for in_flight, newest_first in [(1, False), (8, False), (8, True)]
    ]
    assert traces[0] == traces[1] == traces[2]


def test_if_the_expansions_bring_too_few_solutions_the_best_leaves_are_run_to_their_end(play, make):
    script = {
        "Q": [("a", 0.2), ("b", 0.9), ("c", 0.7)],
        "b": [("bb",)],
        "bb": [("bbb", 0.5, STOP)],
        "c": [("cc", 0.5, STOP)],
    }
    played = play(make(Mcts, expansions=1, root_children=3, solutions=2), script)
    assert played.rounds == [{"Q": 3}, {"b": 1, "c": 1}]
    assert len(played.tree.solutions) == 2


def test_subtrees_without_a_leaf_are_passed_over_until_nothing_is_left(play, make):
    script = {"Q": [("a", 1.0, STOP), ("b", 0.1)], "b": [("ba", 0.9, STOP), ("bb", 0.0, LENGTH)]}
    played = play(make(Mcts, expansions=9, **SMALL), script)
    assert played.rounds == [{"Q": 2}, {"b": 2}]


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 6), st.sampled_from(["value", "rollout"]))
def test_expansions_and_visits_are_as_many_as_asked_for(play, make, seed, expansions, parallel, evaluation):
    options = {"expansions": expansions, "parallel": parallel, "evaluation": evaluation, "solutions": 0}
    strategy = make(Mcts, **options)
    played = play(strategy, seed, in_flight=4)
    assert len(played.rounds) <= expansions
    assert sum(len(asked) for asked in played.expansions) == len(played.rounds)
    n_children = sum(width for round in played.rounds for width in round.values())
    assert strategy.visits(0) <= n_children
    if evaluation == "value":
        assert strategy.visits(0) == len(played.tree) - 1
