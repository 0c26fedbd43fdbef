"""Every check of a strategy's contract can fail: for each, one that breaks it, and the words it gets."""

import random
import time
from typing import ClassVar

import pytest
from pydantic import BaseModel
from reasontree.core import (
    ROOT,
    End,
    Expansion,
    Options,
    Step,
    Strategy,
)
from reasontree.core.testing import (
    StrategyContract,
)

from .breaking import checks_of, fails


def test_the_suites_need_no_pytest(run_python):
    program = "import sys, reasontree.core.testing; sys.exit('pytest' in sys.modules)"
    assert run_python("-c", program).returncode == 0


class Chains(Strategy):
    """Ask for four chains."""

    name = "chains"

    def select(self, tree):
        return [] if tree.n_children(ROOT) else [Expansion(ROOT, 4, until="end")]


class Stepwise(Strategy):
    """Expand every open node of the newest depth once, from four first steps."""

    name = "stepwise"

    def select(self, tree):
        if tree.depth == 0:
            return [Expansion(ROOT, 4)]
        return [Expansion(node.id, 1) for node in tree.at_depth(tree.depth) if not node.finished]


class Nameless(Chains):
    """Has a name that nobody can type."""

    name = "two words"


class Undocumented(Chains):
    __doc__ = None


class Reticent(Chains):
    """Has an option that says nothing of itself."""

    class Options(Options):
        width: int = 4


class NoPydantic(Chains):
    """Has options that are no pydantic model of ours."""

    class Options(BaseModel):
        pass


class Endless(Chains):
    """Asks for one chain more, for ever."""

    def select(self, tree):
        return [Expansion(ROOT, 1, until="end")]


class Lazy(Chains):
    """Asks for first steps alone."""

    def select(self, tree):
        return [] if len(tree) > 1 else [Expansion(ROOT, 1)]


class Narrow(Chains):
    """Asks for no children as well."""

    def select(self, tree):
        return [] if tree.n_children(ROOT) else [Expansion(ROOT, 0), Expansion(ROOT, 4, until="end")]


class Necromancer(Stepwise):
    """Goes on from finished nodes."""

    def select(self, tree):
        return [Expansion(node.id, 1) for node in tree.at_depth(tree.depth)]


class Hider(Chains):
    """Takes back the answers that it does not like."""

    def select(self, tree):
        for node in tree.solutions:
            node.answer = None
        return [] if tree.n_children(ROOT) > 3 else [Expansion(ROOT, 1, until="end")]


class Forger(Chains):
    """Adds solutions that nobody paid for."""

    def select(self, tree):
        if tree.n_children(ROOT):
            return []
        tree.add(ROOT, Step("The answer is: 1", (1, 2, 3), end=End.STOP), round=0)
        return super().select(tree) or [Expansion(ROOT, 4, until="end")]


class Unseeded(Stepwise):
    """Rolls dice of its own."""

    def select(self, tree):
        return [e for e in super().select(tree) if e.node == ROOT or random.random() < 0.5]


class Gossip(Stepwise):
    """Remembers other searches, in what all its objects share."""

    seen: ClassVar[set] = set()

    def select(self, tree):
        known = {(tree.root.seed, node.id) for node in tree}
        fresh = [
            e for e in super().select(tree) if (tree.root.seed, e.node) not in self.seen or e.node == ROOT
        ]
        type(self).seen |= known
        return fresh


class ByIdentity(Stepwise):
    """Knows steps by where they lie in memory, so it does not know them when they come from a record."""

    known: ClassVar[dict] = {}

    def select(self, tree):
        wanted = super().select(tree)
        for node in tree:
            if node.id and self.known.setdefault(node.step, node.step) is not node.step and node.id % 2:
                wanted = [expansion for expansion in wanted if expansion.node != node.id]
        return wanted


class Clockwise(Stepwise):
    """Goes by a clock of its own."""

    def select(self, tree):
        return [e for e in super().select(tree) if e.node == ROOT or time.perf_counter_ns() // 100 % 2]


class Forgetful(Stepwise):
    """Looks steps up by where they lie in memory, and knows those of its first searches alone."""

    known: ClassVar[set] = set()
    n_made: ClassVar[int] = 0

    def __init__(self, options, rng):
        super().__init__(options, rng)
        type(self).n_made += 1
        self._is_first = self.n_made == 1

    def select(self, tree):
        places = {id(node.step) for node in tree}
        if self._is_first:
            self.known.update(places)
        for place in places - self.known:
            raise KeyError(place)
        return super().select(tree)


class Trusting(Stepwise):
    """Believes that every node has a score."""

    def select(self, tree):
        return sorted(super().select(tree), key=lambda e: -tree.score(e.node) if e.node else 0)


class Dividing(Stepwise):
    """Divides by the sum of the scores."""

    def select(self, tree):
        wanted = super().select(tree)
        scores = [tree.score(expansion.node) for expansion in wanted if expansion.node]
        shares = [score / sum(scores) for score in scores if None not in scores]
        return wanted if min(shares, default=0) >= 0 else []


class Counting(Stepwise):
    """Believes that as many children come as it asked for."""

    def select(self, tree):
        if tree.depth > 0 and len(tree.at_depth(1)) != 4:
            raise IndexError("where is the fourth child?")
        return super().select(tree)


class Reading(Stepwise):
    """Believes that every step says something."""

    def select(self, tree):
        assert all(node.step.text[0] for node in tree)
        return super().select(tree)


class Insisting(Chains):
    """Goes on until it has a solution."""

    def select(self, tree):
        failed = [node for node in tree.ended if node.end is End.FAILED]
        done = tree.solutions or (tree.ended and not failed)
        return [] if done else [Expansion(ROOT, 1, until="end")]


class Hoping(Chains):
    """Goes on until a solution ends within the limits."""

    def select(self, tree):
        limited = [node for node in tree.ended if node.end in (End.LENGTH, End.DEPTH)]
        return [Expansion(ROOT, 1, until="end")] if limited or not tree.ended else []


class Impatient(Strategy):
    """Has several rounds under way, and believes that they come back in the order asked."""

    name = "impatient"
    max_rounds_in_flight = 3

    def __init__(self, options, rng):
        super().__init__(options, rng)
        self.n_asked = 0

    def select(self, tree):
        rounds = [node.round for node in tree]
        if rounds != sorted(rounds):
            raise ValueError("out of order")
        self.n_asked += 1
        return [Expansion(ROOT, 2, until="end")] if self.n_asked <= 3 else []


STRATEGIES = [
    ("test_it_can_be_registered", Nameless, "needs a name of letters.*'two words' came"),
    ("test_it_can_be_registered", Undocumented, "needs a docstring"),
    ("test_it_can_be_registered", Reticent, "option 'width' of strategy 'chains' needs a description"),
    ("test_it_can_be_registered", NoPydantic, r"needs Options derived.*NoPydantic\.Options came"),
    ("test_it_searches_and_ends", Endless, "goes on after 1000 rounds"),
    ("test_it_searches_and_ends", Lazy, "ended without a solution"),
    ("test_it_asks_only_for_open_nodes", Narrow, "needs a width of 1 or more"),
    ("test_it_asks_only_for_open_nodes", Necromancer, "finished and cannot be expanded"),
    ("test_it_only_reads_the_tree", Hider, "changed the tree in round"),
    ("test_it_keeps_every_budget", Forger, "tokens are in the tree, and .* were paid for"),
    ("test_it_answers_at_any_time", Hider, "solutions are there, and . voted"),
    ("test_it_is_deterministic_under_a_seed", Unseeded, "played (again|beside).*: round"),
    ("test_it_is_deterministic_under_a_seed", Gossip, "played again under the same seed: round"),
    ("test_it_replays", ByIdentity, "replayed: round"),
    ("test_it_replays", Unseeded, "replayed: round"),
    ("test_it_replays", Gossip, "replayed: round"),
    ("test_it_replays", Clockwise, "replayed: round"),
    ("test_it_replays", Forgetful, "the replay failed: .* KeyError"),
    ("test_it_survives_nodes_without_a_score", Trusting, "the search failed.*NoneType"),
    ("test_it_survives_extreme_scores", Dividing, "the search failed.*division"),
    ("test_it_survives_children_without_a_step", Counting, "the search failed.*fourth child"),
    ("test_it_survives_empty_steps", Reading, "the search failed.*index out of range"),
    ("test_it_survives_branches_that_fail", Insisting, "goes on after 1000 rounds"),
    ("test_it_survives_branches_that_reach_a_limit", Hoping, "goes on after 1000 rounds"),
    ("test_it_survives_children_that_come_back_one_by_one", Impatient, "the search failed.*out of order"),
]


@pytest.mark.parametrize(("check", "strategy", "words"), STRATEGIES)
def test_a_broken_strategy_fails_its_check(check, strategy, words):
    fails(StrategyContract, "strategy", strategy, check, words)


def test_every_check_of_a_strategy_has_a_broken_one():
    assert {check for check, *_ in STRATEGIES} == checks_of(StrategyContract)


class TestChains(StrategyContract):
    strategy = Chains


class TestStepwise(StrategyContract):
    strategy = Stepwise
