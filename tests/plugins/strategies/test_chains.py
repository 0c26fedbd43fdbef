"""Strategies that sample chains: greedy, best-of-n, majority and weighted majority."""

import pytest
from reasontree.core import ROOT, End, Expansion
from reasontree.plugins.strategies.best_of_n import BestOfN
from reasontree.plugins.strategies.greedy import Greedy
from reasontree.plugins.strategies.majority import Majority
from reasontree.plugins.strategies.weighted_majority import WeightedMajority

SCRIPT = {"Q": [(f"a{i}",) for i in range(5)]} | {f"a{i}": [(f"end {i}", 0.5, End.STOP)] for i in range(5)}


def test_greedy_asks_for_one_chain_at_temperature_0(play, make):
    played = play(make(Greedy), SCRIPT)
    assert [list(asked) for asked in played.expansions] == [[Expansion(ROOT, 1, "end")]]
    assert Greedy.temperature == 0


@pytest.mark.parametrize("kind", [BestOfN, Majority, WeightedMajority])
def test_all_chains_are_asked_for_at_once(play, make, kind):
    played = play(make(kind, width=5), SCRIPT)
    assert [list(asked) for asked in played.expansions] == [[Expansion(ROOT, 5, "end")]]
    assert len(played.tree.solutions) == 5


def test_the_votes_are_those_of_the_papers():
    votes = {kind.name: kind.vote for kind in (BestOfN, Majority, WeightedMajority)}
    assert votes == {"best-of-n": "best", "majority": "majority", "weighted-majority": "weighted"}
