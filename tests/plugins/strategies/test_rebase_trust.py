"""REBASE's allocation by trust: the design's examples, both limits, and searches with planted scorers."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import ROOT, Problem, Scorer, Scores, Step, Tree
from reasontree.core.assembly import SearchSide
from reasontree.core.run_record import RunRecord
from reasontree.core.spec import RunSpec
from reasontree.plugins import registry
from reasontree.plugins.policies.simulated import Simulated, SimulatedOptions
from reasontree.plugins.strategies.rebase import Rebase, RebaseOptions, allocate_divisor, trust_of

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=40)
N_PROBLEMS = 60
WIDTHS = (4, 8, 16, 32, 64)


@pytest.mark.parametrize(
    ("scores", "width", "trust", "shares"),
    [
        ([0.9, 0.5, 0.1], 16, 0.5, [10, 5, 1]),
        ([0.9, 0.5, 0.1], 16, 4, [11, 5, 0]),
        ([0.9, 0.5, 0.1], 16, 16, [15, 1, 0]),
        ([0.3, 0.2, 0.1, 0.05], 8, 0, [4, 2, 1, 1]),
        ([0.3, 0.2, 0.1, 0.05], 8, 1, [4, 3, 1, 0]),
        ([0.3, 0.2, 0.1, 0.05], 8, 4, [6, 2, 0, 0]),
        ([0.4, *[0.1] * 7], 8, 0, [1] * 8),
        ([0.4, *[0.1] * 7], 8, 0.5, [2, *[1] * 6, 0]),
        ([0.4, *[0.1] * 7], 8, 1, [4, *[1] * 4, 0, 0, 0]),
        ([0.0, 0.0, 0.0], 6, 1, [2, 2, 2]),
        ([], 5, 1, []),
        ([0.2, 0.8], 0, 1, [0, 0]),
    ],
)
def test_the_pinned_down_examples(scores, width, trust, shares):
    assert allocate_divisor(scores, width, trust) == shares


@given(SCORES, st.integers(0, 200), st.sampled_from([0, 0.5, 1, 4, 100]))
def test_shares_sum_to_the_width_and_better_nodes_get_no_less(scores, width, trust):
    shares = allocate_divisor(scores, width, trust)
    assert sum(shares) == width
    ranked = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    assert all(shares[one] >= shares[other] - 1 for one, other in itertools.pairwise(ranked))


@given(SCORES, st.integers(1, 5))
def test_without_trust_every_node_keeps_a_child(scores, each):
    shares = allocate_divisor(scores, each * len(scores), trust=0)
    assert min(shares) >= 1
    assert allocate_divisor(scores, len(scores), trust=0) == [1] * len(scores)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=40, unique=True), st.integers(1, 64))
def test_with_endless_trust_the_best_gets_all(percents, width):
    scores = [percent / 100 for percent in percents]
    shares = allocate_divisor(scores, width, trust=1e6)
    assert shares[max(range(len(scores)), key=scores.__getitem__)] == width


@pytest.mark.parametrize(("area", "trust"), [(0.3, 0), (0.5, 0), (0.7, 0.1375), (0.9, 0.8212), (1, 1e6)])
def test_trust_follows_from_the_area(area, trust):
    assert trust_of(area) == pytest.approx(trust, abs=1e-4)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_better_scorer_is_trusted_no_less(one, other):
    low, high = sorted((one, other))
    assert trust_of(low) <= trust_of(high)


def test_a_strategy_that_asks_is_told_the_leading_scorers_reliability():
    scorer = Planted(knows=True)
    scorer.reliability = (0.5, 1.0)

    def told(strategy, **options):
        side = SearchSide(RunSpec(strategy=strategy, strategy_options=options), registry()).led_by(scorer)
        return side.spec.strategy_options.get("reliability"), side.strategy(Problem("?")).options

    (recorded, options) = told("rebase")
    assert (recorded, options.reliability) == ([0.5, 1.0], (0.5, 1.0))
    assert told("rebase", reliability="0.6,0.7")[1].reliability == (0.6, 0.7), "the user's own goes before"
    assert told("majority")[0] is None


def test_reliability_is_that_of_the_depth_and_the_last_one_holds_below():
    tree = Tree(Step(""), scorer="planted")
    rebase = Rebase(RebaseOptions(width=8, reliability=(0.5, 1.0)), np.random.default_rng(0))
    for _ in range(8):
        tree.add(ROOT, Step("x", (1,)), round=1)
    for depth in (1, 2, 3):
        for place, node in enumerate(tree.at_depth(depth)):
            node.scores["planted"] = 0.6 if place == 3 else 0.4
        expansions = rebase.select(tree)
        assert [each.width for each in expansions] == ([1] * 8 if depth == 1 else [8])
        for each in expansions:
            for _ in range(each.width):
                tree.add(each.node, Step("x", (1,)), round=depth + 1)


class Planted(Scorer):
    """Knows what the simulated policy's steps are worth, or nothing at all."""

    name = "planted"
    Options = SimulatedOptions

    def __init__(self, knows):
        self.options = SimulatedOptions()
        self._knows = knows

    def score(self, requests):
        return [Scores(each.search, each.round, self.name, self._by_node(each)) for each in requests]

    def _by_node(self, request):
        paths = zip(request.nodes, request.paths, strict=True)
        return {node: self._worth(path[-1]) for node, path in paths}

    def _worth(self, step):
        if self._knows:
            return 0.9 if step.tokens[0] == 1 else 0.1
        return float(np.random.default_rng(step.tokens).uniform(0.4, 0.6))


def searched(strategy, width, *, knows, p_right=0.75, **options):
    """Return for each of many problems the search, and whether it found the answer."""
    spec = RunSpec(strategy=strategy, strategy_options={"width": width, **options}, vote="weighted", seed=5)
    side = SearchSide(spec, registry())
    policy, scorer = Simulated(SimulatedOptions(depth=5, p_right=p_right)), Planted(knows)
    record = RunRecord(side.spec.model_copy(update={"scorers": {"planted": {}}}), policy.info, "0", {})
    found = {}
    problems = [Problem(f"What is {n}?", "42", n) for n in range(N_PROBLEMS)]
    run = side.run(policy, [scorer])
    try:
        for search, outcome in run.searches(
            side.search(each, record, number=each.index) for each in problems
        ):
            found[search.problem.index] = (search, outcome.correct)
    finally:
        run.close()
    return [found[n] for n in range(N_PROBLEMS)]


def right(*which, **how):
    return np.array([correct for _, correct in searched(*which, **how)], dtype=float)


def interval(gain):
    drawn = np.random.default_rng(0).integers(0, len(gain), (2000, len(gain)))
    return np.percentile(gain[drawn].mean(1), [2.5, 97.5])


@pytest.mark.parametrize("width", WIDTHS)
def test_with_a_scorer_that_knows_it_is_as_good_as_the_authors(width):
    ours = right("rebase", width, knows=True, p_right=0.4, reliability=(1.0,))
    theirs = right("rebase", width, knows=True, p_right=0.4, allocation="exact")
    assert ours.mean() >= theirs.mean()


@pytest.mark.parametrize("width", WIDTHS)
def test_with_a_scorer_that_knows_nothing_it_is_as_good_as_independent_chains(width):
    ours = right("rebase", width, knows=False, reliability=(0.5,))
    low, high = interval(ours - right("weighted-majority", width, knows=False))
    assert low <= 0 <= high


def test_without_trust_the_search_is_independent_chains():
    for search, _ in searched("rebase", 8, knows=False, trust=0):
        assert [search.tree.n_children(node.id) for node in search.tree if not node.finished] == [8] + [
            1
        ] * 32


def test_to_trust_a_scorer_that_knows_nothing_is_worse_than_independent_chains():
    trusting = right("rebase", 64, knows=False, trust=1e6)
    _, high = interval(trusting - right("weighted-majority", 64, knows=False))
    assert high < 0
