"""Lookahead search, round by round on trees made by hand."""

import numpy as np
from reasontree.core import ROOT, End, Expansion, Step, Tree
from reasontree_lookahead import Lookahead


def lookahead(**options):
    return Lookahead(Lookahead.Options(**options), np.random.default_rng(0))


def grow(tree, round, *children):
    """Add children, given as parent, score and end, and return their numbers."""
    nodes = []
    for parent, score, end in children:
        node = tree.add(parent, Step("x", end=end), round=round)
        node.scores["s"] = score
        nodes.append(node.id)
    return nodes


def test_candidates_are_judged_by_where_they_lead():
    tree, strategy = Tree(Step("Q"), scorer="s"), lookahead(width=3, children=3, lookahead=2)
    assert strategy.select(tree) == [Expansion(ROOT, 3)]
    one, two, three = grow(tree, 1, (ROOT, 0.9, None), (ROOT, 0.5, None), (ROOT, 0.4, None))
    assert strategy.select(tree) == [Expansion(node, 1) for node in (one, two, three)]
    four, five, six = grow(tree, 2, (one, 0.8, None), (two, 0.6, None), (three, 0.7, End.STOP))
    assert strategy.select(tree) == [Expansion(four, 1), Expansion(five, 1)]  # the third one has ended
    grow(tree, 3, (four, 0.1, None), (five, 0.2, None))
    assert strategy.select(tree) == [Expansion(three, 3)]  # 0.7 at its end, against 0.1 and 0.2
    assert tree[six].finished


def test_without_lookahead_it_is_beam_search():
    tree, strategy = Tree(Step("Q"), scorer="s"), lookahead(width=4, children=2, lookahead=0)
    strategy.select(tree)
    one, *_, four = grow(tree, 1, (ROOT, 0.9, None), (ROOT, 0.2, None), (ROOT, 0.1, None), (ROOT, 0.4, None))
    assert strategy.select(tree) == [Expansion(one, 2), Expansion(four, 2)]


def test_a_finished_beam_keeps_its_place():
    tree, strategy = Tree(Step("Q"), scorer="s"), lookahead(width=4, children=2, lookahead=0)
    strategy.select(tree)
    grow(tree, 1, (ROOT, 0.9, End.STOP), (ROOT, 0.5, None), (ROOT, 0.4, None), (ROOT, 0.1, None))
    assert strategy.select(tree) == [Expansion(2, 2)]
    grow(tree, 2, (2, 0.3, End.STOP), (2, 0.6, End.STOP))
    assert strategy.select(tree) == []
