"""A search is played again without a model, and goes the same way, however late its answers came."""

from dataclasses import replace

import pytest
from reasontree.core import ROOT, Expansion
from reasontree.core.records import Budget, End
from reasontree.core.replay.difference import DifferenceError
from reasontree.core.trace import trace_of
from reasontree.plugins import registry

from ...late import Breaks, LatePolicy, LateScorer, strategy_of
from ...recorded import respec

STRATEGIES = registry().names("strategy")


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_goes_the_same_way_again(search_late, play_again, name):
    finished, trace = search_late(strategy_of(name, 3))
    again, difference = play_again(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict
    assert (again.outcome.tokens, again.outcome.flops) == (finished.outcome.tokens, finished.outcome.flops)


@pytest.mark.parametrize("seed", range(12))
def test_rounds_under_way_together_end_as_they_ended(search_late, play_again, seed):
    options = {"parallel": 6, "expansions": 24, "virtual_loss": 0}
    finished, trace = search_late(strategy_of("mcts", 3, **options), seed, depth=6)
    again, difference = play_again(trace, strategy_of("mcts", 3, **options))
    assert (again.search.error, difference) == (None, None)
    assert [node.round for node in again.search.tree] == [node.round for node in finished.search.tree]


@pytest.mark.parametrize("seed", range(8))
def test_chains_that_a_settled_vote_cut_are_cut_again(
    run_of, search_of, simulated, run_record, play_again, seed
):
    def strategy():
        return strategy_of("adaptive-consistency", 3, parallel=6, confidence=0.7)

    (finished,) = run_of(LatePolicy(simulated(), seed)).searches([search_of(strategy(), seed=5)])
    again, difference = play_again(trace_of(*finished, run_record), strategy())
    assert End.CUT in {node.end for node in finished.search.tree}
    assert finished.outcome.stopped == again.outcome.stopped == "done"
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict


class Hasty(registry().get("strategy", "mcts")):
    """Chooses by what is there when it is asked, and counts how often that is."""

    max_rounds_in_flight = 5

    def select(self, tree):
        self.calls = [*getattr(self, "calls", []), len(tree)]
        leaves = [node.id for node in tree if not node.finished and not tree.n_children(node.id)]
        if len(tree) > 40 or not leaves or self.rng.random() < 0.4:
            return []
        return [Expansion(leaves[-1 - int(self.rng.integers(min(3, len(leaves))))], 2)]


@pytest.mark.parametrize("seed", range(12))
def test_a_strategy_that_looks_at_the_moment_is_asked_at_the_same_moments(search_late, play_again, seed):
    def hasty():
        made = strategy_of("mcts", seed)
        return Hasty(made.options, made.rng)

    then, now = hasty(), hasty()
    finished, trace = search_late(then, seed, depth=9)
    again, difference = play_again(trace, now)
    assert (again.search.error, difference) == (None, None)
    assert now.calls == then.calls
    assert list(again.search.tree) == list(finished.search.tree)


BUDGETS = [Budget(tokens=300), Budget(samples=3), Budget(flops=4e8), Budget(seconds=0)]


@pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: str(budget))
@pytest.mark.parametrize("name", ["mcts", "rebase", "adaptive-consistency"])
def test_a_budget_ends_the_replay_where_it_ended_the_search(
    search_late, play_again, run_record, name, budget
):
    finished, trace = search_late(strategy_of(name, 3), budget=budget)
    trace = replace(trace, record=respec(run_record, budget=budget))
    again, difference = play_again(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.stopped == finished.outcome.stopped
    if budget.tokens:
        assert End.CUT in {node.end for node in again.search.tree}


@pytest.mark.parametrize("name", ["mcts", "rebase", "beam"])
def test_a_search_that_failed_is_played_as_far_as_it_came(search_late, play_again, name):
    finished, trace = search_late(strategy_of(name, 3), observers=[Breaks()])
    assert trace.stopped == "failed"
    again, difference = play_again(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict


def test_another_width_is_the_first_difference(search_late, play_again):
    _, trace = search_late(strategy_of("beam", 3, width=8, children=4))
    again, difference = play_again(trace, strategy_of("beam", 3, width=8, children=2))
    assert isinstance(again.search.error, DifferenceError)
    assert (difference.kind, difference.place) == ("selection", 2)
    assert [each.width for each in difference.recorded] == [4, 4]
    assert [each.width for each in difference.came] == [2, 2, 2, 2]
    assert "Round 2" in again.outcome.error


@pytest.mark.parametrize("place", [0, 99])
@pytest.mark.parametrize("name", ["mcts", "rebase"])
def test_nodes_that_nobody_asked_for_are_a_difference_and_no_endless_wait(
    search_late, play_again, name, place
):
    _, trace = search_late(strategy_of(name, 3))
    for node in list(trace.tree)[1:3]:
        node.round = place
    again, difference = play_again(trace, strategy_of(name, 3))
    assert again.search.error is None
    assert difference.kind == "node"


def test_a_strategy_that_is_done_early_or_late_is_a_difference(
    run_record, run_of, search_of, scripted, simulated, play_again
):
    rounds = [[Expansion(ROOT, 1)], [Expansion(1, 1)], [Expansion(2, 1)]]
    search = search_of(scripted(*rounds[:2]), seed=5, scorer="confidence")
    (finished,) = run_of(simulated(), scorers=[LateScorer(0)]).searches([search])
    trace = trace_of(*finished, run_record)
    _, early = play_again(trace, scripted(*rounds[:1]))
    assert (early.place, early.recorded, early.came) == (2, (Expansion(1, 1),), ())
    _, late = play_again(trace, scripted(*rounds))
    assert (late.place, late.recorded, late.came) == (3, (), (Expansion(2, 1),))


def test_an_answer_that_is_read_otherwise_is_a_difference(search_late, play_again, grader, monkeypatch):
    _, trace = search_late(strategy_of("majority", 3, width=4))
    monkeypatch.setattr(type(grader), "extract", lambda self, text: None)
    again, difference = play_again(trace, strategy_of("majority", 3, width=4))
    assert again.search.error is None
    assert (difference.kind, trace.tree[difference.place].end) == ("node", End.STOP)


def test_another_vote_is_a_difference_unless_it_is_wanted(
    search_late, play_again, monkeypatch, counting_vote
):
    _, trace = search_late(strategy_of("majority", 3))
    monkeypatch.setattr(type(counting_vote), "weigh", lambda self, solutions: -float(len(solutions)))
    _, difference = play_again(trace, strategy_of("majority", 3))
    assert (difference.kind, difference.recorded[0]) == ("vote", trace.answer)
    finished, difference = play_again(trace, strategy_of("majority", 3), vote=False)
    assert difference is None
    rarest = min(tally.count for tally in trace.tallies)
    assert finished.outcome.verdict.tallies[0].count == rarest < trace.tallies[0].count
