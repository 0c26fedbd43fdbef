"""Searches over recorded pools: every strategy, shortages, models that go on, and what they cost."""

import pytest
from reasontree.core import ROOT, Expansion
from reasontree.core.errors import ReplayError
from reasontree.core.replay.pooled import Drawing, PooledPolicy, PooledScorer
from reasontree.core.trace import trace_of
from reasontree.plugins import registry
from reasontree.plugins.scorers.confidence import Confidence

from ...late import LatePolicy, LateScorer, strategy_of

STRATEGIES = registry().names("strategy")


@pytest.fixture
def pool_of(run_record, run_of, search_of, simulated):
    """Search, and return the trace as a pool."""

    def search(strategy, **options):
        run = run_of(simulated(**options), scorers=[Confidence(None, None)])
        (finished,) = run.searches([search_of(strategy, seed=5, scorer="confidence")])
        return trace_of(*finished, run_record)

    return search


@pytest.fixture
def draw(run_of):
    """Search over a pool; return the finished search."""

    def search(trace, strategy, *, seed=0, scorer="confidence", live=None, live_scorer=None, on_miss="stop"):
        policy = PooledPolicy(trace.record.model, on_miss=on_miss, live=live)
        scorers = [PooledScorer("confidence", policy, live_scorer)]
        run = run_of(policy, scorers=scorers, observers=[policy])
        (finished,) = run.searches([Drawing(trace, strategy, scorer=scorer, seed=seed)])
        return finished

    return search


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_searches_over_a_full_tree(pool_of, draw, scripted, name):
    rounds = [Expansion(n, 6) for n in range(1, 7)], [Expansion(n, 6) for n in range(7, 43)]
    trace = pool_of(scripted([Expansion(ROOT, 6)], *rounds), depth=3)
    options = {"width": 6} if "width" in registry().get("strategy", name).Options.model_fields else {}
    finished = draw(trace, strategy_of(name, 0, **options), on_miss="resample")
    assert finished.search.error is None
    tree, recorded = finished.search.tree, {id(node.step): node for node in trace.tree}
    assert tree.solutions
    for node in list(tree)[1:]:
        origin = recorded[id(node.step)]
        assert node.scores == origin.scores
        assert trace.tree.text(origin.parent) == tree.text(node.parent)
    generated = sum(len(node.step.tokens) for node in tree) - len(tree.root.step.tokens)
    assert finished.outcome.tokens.generated == generated


def test_a_pool_of_chains_serves_steps_and_a_pool_of_steps_serves_chains(pool_of, draw):
    chains = pool_of(strategy_of("majority", 0, width=16))
    tree = draw(chains, strategy_of("beam", 0, width=4, children=1)).search.tree
    assert len(tree.solutions) == 4
    steps = pool_of(strategy_of("rebase", 0, width=16))
    tree = draw(steps, strategy_of("majority", 0, width=8)).search.tree
    assert [node.depth for node in tree.solutions] == [4] * 8
    known = {steps.tree.text(node.id) for node in steps.tree.solutions}
    assert {tree.text(node.id) for node in tree.solutions} <= known


def test_the_whole_pool_without_replacement_is_what_was_recorded(pool_of, draw):
    trace = pool_of(strategy_of("majority", 0, width=16))
    finished = draw(trace, strategy_of("majority", 0, width=16))
    drawn = sorted(finished.search.tree.text(node.id) for node in finished.search.tree.solutions)
    assert drawn == sorted(trace.tree.text(node.id) for node in trace.tree.solutions)
    assert {t.answer: t.count for t in finished.outcome.verdict.tallies} == {
        t.answer: t.count for t in trace.tallies
    }


def test_a_shortage_ends_the_search_and_says_how_much_was_missing(pool_of, draw):
    trace = pool_of(strategy_of("majority", 0, width=4))
    finished = draw(trace, strategy_of("majority", 0, width=10))
    assert finished.outcome.stopped == "failed"
    assert isinstance(finished.search.error, ReplayError)
    assert "asks for 10 chains, 6 more than the record has: node 0 wants 10 and has 4" in str(
        finished.search.error
    )
    assert "--on-miss resample" in finished.search.error.hint


def test_a_shortage_leaves_what_was_found_before_it(pool_of, draw, scripted):
    trace = pool_of(strategy_of("majority", 0, width=4))
    finished = draw(trace, scripted([Expansion(ROOT, 3, "end")], [Expansion(ROOT, 2, "end")]))
    assert "Round 2" in str(finished.search.error)
    assert len(finished.outcome.solutions) == 3
    assert finished.outcome.verdict.answer is not None


def test_where_nothing_follows_there_is_nothing_to_draw_again(pool_of, draw, scripted):
    trace = pool_of(scripted([Expansion(ROOT, 2)]))
    again = draw(trace, scripted([Expansion(ROOT, 5)]), on_miss="resample").search
    assert (again.error, len(again.tree)) == (None, 6)
    stuck = draw(trace, scripted([Expansion(ROOT, 2)], [Expansion(1, 1)]), on_miss="resample").search
    assert "Nothing was recorded there" in str(stuck.error)


@pytest.mark.parametrize("name", ["rebase", "majority", "mcts"])
def test_a_model_goes_on_where_the_pool_ends(pool_of, draw, simulated, name):
    trace = pool_of(strategy_of("majority", 0, width=8))
    options = {} if name == "mcts" else {"width": 12}
    finished = draw(
        trace,
        strategy_of(name, 0, **options),
        live=LatePolicy(simulated(), 1),
        live_scorer=LateScorer(1),
    )
    tree, recorded = finished.search.tree, {id(node.step) for node in trace.tree}
    live = [node for node in tree if id(node.step) not in recorded]
    assert finished.search.error is None
    assert 0 < len(live) < len(tree) - 1
    assert all(node.scores.keys() == {"confidence"} for node in tree if node.id)
    assert len({(node.parent, node.rank) for node in tree}) == len(tree)


class Reader(LateScorer):
    """Notes what it is asked."""

    def __init__(self):
        super().__init__(0)
        self.asked = []

    def score(self, requests):
        self.asked += requests
        return super().score(requests)


def test_a_live_scorer_is_told_the_recorded_scores_of_parents(pool_of, draw, simulated, scripted):
    trace = pool_of(strategy_of("majority", 0, width=2))
    reader = Reader()
    many = scripted([Expansion(ROOT, 3, until="end")])
    draw(trace, many, live=LatePolicy(simulated(), 1), live_scorer=reader)
    (request,) = reader.asked
    assert request.parents[0] == 0, "the third chain is new"
    many = scripted([Expansion(ROOT, 2, until="end")], [Expansion(1, 2)])
    finished = draw(trace, many, live=LatePolicy(simulated(), 1), live_scorer=reader)
    request = reader.asked[-1]
    scores = finished.search.tree[1].scores
    assert set(request.parents) == {1}
    assert request.known[1] == scores


def test_a_model_that_shows_the_problem_otherwise_is_refused(pool_of, draw, simulated, scripted):
    trace = pool_of(strategy_of("majority", 0, width=2))
    live = simulated()
    plain = live.render
    live.render = lambda problem: plain(problem)._replace(text="Problem: What is it?")
    finished = draw(trace, strategy_of("majority", 0, width=3), live=live)
    assert "with another prompt" in str(finished.search.error)


def test_a_scorer_that_scored_nothing_is_refused(pool_of, draw):
    trace = pool_of(strategy_of("majority", 0, width=2))
    finished = draw(trace, strategy_of("majority", 0, width=2), scorer="oracle")
    assert "has no scores of 'oracle'. It has scores of: confidence." in str(finished.search.error)
