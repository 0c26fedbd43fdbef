"""REBASE's allocation, against the design's examples and an independent implementation."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import ROOT, End, Expansion, Step, Tree
from reasontree.core.errors import UsageError
from reasontree.core.options import parse
from reasontree.plugins.strategies.rebase import Rebase, RebaseOptions, allocate, allocate_paper

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=64)


@pytest.mark.parametrize(
    ("scores", "width", "shares"),
    [
        ([0.9, 0.9, 0.9, 0.9], 16, [4, 4, 4, 4]),
        ([0.9, 0.5, 0.1], 16, [14, 2, 0]),
        ([0.6, 0.55, 0.5, 0.45, 0.4], 3, [1, 1, 1, 0, 0]),
        ([0.1, 0.9, 0.5], 16, [0, 14, 2]),
        ([0.5, 0.5, 0.5, 0.5], 4, [1, 1, 1, 1]),
        ([0.3], 7, [7]),
        ([], 5, []),
        ([0.2, 0.8], 0, [0, 0]),
    ],
)
def test_the_pinned_down_examples(scores, width, shares):
    assert allocate(scores, width, 0.2) == shares


@given(SCORES, st.integers(0, 300), st.sampled_from([0.01, 0.1, 0.2, 1.0, 10.0]))
def test_shares_sum_to_the_width_and_better_nodes_get_no_less(scores, width, temperature):
    shares = allocate(scores, width, temperature)
    assert sum(shares) == width
    assert min(shares) >= 0
    ranked = sorted(range(len(scores)), key=lambda i: -scores[i])
    given_out = [shares[i] for i in ranked]
    assert all(a >= b - 1 for a, b in itertools.pairwise(given_out))


@given(st.floats(0, 1), st.integers(1, 64), st.integers(1, 12))
def test_equal_scores_split_evenly(score, n_nodes, each):
    assert allocate([score] * n_nodes, n_nodes * each, 0.2) == [each] * n_nodes


def authors_walk(scores, width, temperature):
    """The authors' loop, written again in plain terms with exact fractions of the softmax."""
    from fractions import Fraction

    weights = [Fraction(math.exp(score / temperature)) for score in scores]
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    shares, left, total = [0] * len(scores), width, sum(weights)
    for i in order:
        exact = left * weights[i] / total if total else left
        whole = math.ceil(exact)
        if whole - exact > 1 - Fraction(1, 10**9):  # a whole number but for the last bits
            whole -= 1
        shares[i] = min(left, whole)
        left -= shares[i]
        total -= weights[i]
    return shares


def test_allocations_equal_the_published_algorithm_on_1000_random_score_lists():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        scores = rng.random(rng.integers(1, 40)).round(rng.integers(1, 8)).tolist()
        width = int(rng.integers(1, 128))
        assert allocate(scores, width, 0.2) == authors_walk(scores, width, 0.2)


def test_the_papers_rounding_can_miss_the_width():
    assert sum(allocate_paper([0.5] * 5, 2, 0.2)) == 0
    assert allocate_paper([0.9, 0.9], 16, 0.2) == [8, 8]


def tree_of(*scores_and_ends):
    tree = Tree(Step("Q"), scorer="s")
    for score, end in scores_and_ends:
        node = tree.add(ROOT, Step("x", end=end), round=1)
        if score is not None:
            node.scores["s"] = score
    return tree


def rebase(**options):
    return Rebase(RebaseOptions(**options), np.random.default_rng(0))


def test_the_first_round_expands_the_root():
    assert rebase(width=8).select(Tree(Step("Q"))) == [Expansion(ROOT, 8)]


def test_finished_solutions_are_taken_off_the_width():
    tree = tree_of((0.9, None), (0.9, End.STOP), (0.9, None), (0.9, End.LENGTH))
    assert rebase(width=4).select(tree) == [Expansion(1, 1), Expansion(3, 1)]


def test_a_node_without_a_score_is_treated_as_the_lowest_of_its_depth():
    tree = tree_of((0.9, None), (None, None), (0.5, None))
    shares = [Expansion(1, 13), Expansion(2, 2), Expansion(3, 1)]
    assert rebase(width=16, allocation="exact").select(tree) == shares


def test_the_search_is_over_when_nothing_is_left_to_expand():
    assert rebase(width=2).select(tree_of((0.9, End.STOP), (0.9, End.STOP))) == []


@pytest.mark.parametrize("pair", [{"width": "0"}, {"balance_temperature": "0"}, {"allocation": "rough"}])
def test_options_out_of_bounds_are_refused(pair):
    with pytest.raises(UsageError):
        parse("strategy 'rebase'", RebaseOptions, pair)


def test_steps_that_say_the_same_share_one_weight():
    tree = Tree(Step("Q"), scorer="by hand")
    for text in ("so 6.\n", "so  6.", "so 6.", "so 7."):
        tree.add(ROOT, Step(text, (1,)), round=1).scores["by hand"] = 0.6

    def shares(**options):
        return {each.node: each.width for each in rebase(width=6, **options).select(tree)}

    assert shares(uniqueness=True, trust=1) == {1: 1, 2: 1, 3: 1, 4: 3}  # quotients .2 .2 .2 .6 at n = 0
    assert shares(uniqueness=False, trust=1) == {1: 2, 2: 2, 3: 1, 4: 1}
    assert shares(uniqueness=True, allocation="paper") == {1: 1, 2: 1, 3: 1, 4: 3}  # 6 times 1/6 1/6 1/6 1/2
    assert shares(uniqueness=True, allocation="exact") == {1: 1, 2: 1, 3: 1, 4: 3}
