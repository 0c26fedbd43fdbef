"""A recorded search is played again without a model, and goes the same way, however late its answers came."""

from contextlib import suppress
from dataclasses import replace

import pytest
from reasontree.core import ROOT, Expansion, hookimpl
from reasontree.core.records import Budget, End
from reasontree.plugins import registry
from reasontree.store.recorder import Recorder
from reasontree.store.replay.difference import DifferenceError
from reasontree.store.traces import load_trace

from .conftest import KilledError, Kills, LateScorer, strategy_of

STRATEGIES = registry().names("strategy")


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_goes_the_same_way_again(database, search_late, play, name):
    finished, trace = search_late(database, strategy_of(name, 3))
    again, difference = play(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict
    assert (again.outcome.tokens, again.outcome.flops) == (finished.outcome.tokens, finished.outcome.flops)


@pytest.mark.parametrize("seed", range(12))
def test_rounds_under_way_together_end_as_they_ended(sqlite, search_late, play, seed):
    options = {"parallel": 6, "expansions": 24, "virtual_loss": 0}
    finished, trace = search_late(sqlite, strategy_of("mcts", 3, **options), seed, policy={"depth": 6})
    again, difference = play(trace, strategy_of("mcts", 3, **options))
    assert (again.search.error, difference) == (None, None)
    assert [node.round for node in again.search.tree] == [node.round for node in finished.search.tree]


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
def test_a_strategy_that_looks_at_the_moment_is_asked_at_the_same_moments(sqlite, search_late, play, seed):
    def hasty():
        made = strategy_of("mcts", seed)
        return Hasty(made.options, made.rng)

    then, now = hasty(), hasty()
    finished, trace = search_late(sqlite, then, seed, policy={"depth": 9})
    again, difference = play(trace, now)
    assert (again.search.error, difference) == (None, None)
    assert now.calls == then.calls
    assert list(again.search.tree) == list(finished.search.tree)


BUDGETS = [Budget(tokens=300), Budget(samples=3), Budget(flops=4e8), Budget(seconds=0)]


@pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: str(budget))
@pytest.mark.parametrize("name", ["mcts", "rebase", "adaptive-consistency"])
def test_a_budget_ends_the_replay_where_it_ended_the_search(
    sqlite, search_late, play, run_settings, name, budget
):
    finished, trace = search_late(sqlite, strategy_of(name, 3), budget=budget)
    trace = replace(trace, settings=replace(run_settings, budget=budget))
    again, difference = play(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.stopped == finished.outcome.stopped
    if budget.tokens:
        assert End.CUT in {node.end for node in again.search.tree}


class Breaks:
    """An observer that raises in the search's third round."""

    def __init__(self):
        self._n = 0

    @hookimpl
    def steps_added(self, search, round):
        self._n += 1
        if self._n == 3:
            raise RuntimeError("the disk is on fire")


@pytest.mark.parametrize("name", ["mcts", "rebase", "beam"])
def test_a_search_that_failed_is_played_as_far_as_it_came(sqlite, search_late, play, name):
    finished, trace = search_late(sqlite, strategy_of(name, 3), observers=[Breaks()])
    assert trace.stopped == "failed"
    again, difference = play(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict


@pytest.mark.parametrize(
    ("name", "n"),
    [(name, n) for name, last in (("mcts", 8), ("rebase", 3), ("dvts", 3)) for n in (1, 2, last)],
)
def test_a_search_whose_process_was_killed_is_played_as_far_as_it_came(
    database, run_settings, late_run, search_of, play, name, n
):
    recorder = Recorder(database, run_settings)
    run = late_run(1, observers=[Kills(n), recorder])
    search = search_of(strategy_of(name, 3), seed=5, scorer="confidence")
    with suppress(KilledError):
        list(run.searches([search]))
    trace = load_trace(database, recorder.trace_id(0))
    assert trace.stopped is None
    again, difference = play(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(trace.tree)


def test_another_width_is_the_first_difference(sqlite, search_late, play):
    _, trace = search_late(sqlite, strategy_of("beam", 3, width=8, children=4))
    again, difference = play(trace, strategy_of("beam", 3, width=8, children=2))
    assert isinstance(again.search.error, DifferenceError)
    assert (difference.kind, difference.place) == ("selection", 2)
    assert [each.width for each in difference.recorded] == [4, 4]
    assert [each.width for each in difference.came] == [2, 2, 2, 2]
    assert "Round 2" in again.outcome.error


def test_a_strategy_that_is_done_early_or_late_is_a_difference(
    sqlite, run_settings, run_of, search_of, scripted, simulated, play
):
    recorder = Recorder(sqlite, run_settings)
    rounds = [[Expansion(ROOT, 1)], [Expansion(1, 1)], [Expansion(2, 1)]]
    search = search_of(scripted(*rounds[:2]), seed=5, scorer="confidence")
    list(run_of(simulated(), scorers=[LateScorer(0)], observers=[recorder]).searches([search]))
    trace = load_trace(sqlite, recorder.trace_id(0))
    _, early = play(trace, scripted(*rounds[:1]))
    assert (early.place, early.recorded, early.came) == (2, (Expansion(1, 1),), ())
    _, late = play(trace, scripted(*rounds))
    assert (late.place, late.recorded, late.came) == (3, (), (Expansion(2, 1),))


def test_an_answer_that_is_read_otherwise_is_a_difference(sqlite, search_late, play, grader, monkeypatch):
    _, trace = search_late(sqlite, strategy_of("majority", 3, width=4))
    monkeypatch.setattr(type(grader), "extract", lambda self, text: None)
    again, difference = play(trace, strategy_of("majority", 3, width=4))
    assert again.search.error is None
    assert (difference.kind, trace.tree[difference.place].end) == ("node", End.STOP)


def test_another_vote_is_a_difference_unless_it_is_wanted(
    sqlite, search_late, play, monkeypatch, counting_vote
):
    _, trace = search_late(sqlite, strategy_of("majority", 3))
    monkeypatch.setattr(type(counting_vote), "weigh", lambda self, solutions: -float(len(solutions)))
    _, difference = play(trace, strategy_of("majority", 3))
    assert (difference.kind, difference.recorded[0]) == ("vote", trace.answer)
    finished, difference = play(trace, strategy_of("majority", 3), vote=False)
    assert difference is None
    rarest = min(tally.count for tally in trace.tallies)
    assert finished.outcome.verdict.tallies[0].count == rarest < trace.tallies[0].count


def test_a_replay_is_a_trace_with_its_parent(database, search_late, play, run_settings):
    _, trace = search_late(database, strategy_of("rebase", 3))
    recorder = Recorder(database, run_settings, kind="replay", parent=trace.run)
    play(trace, strategy_of("rebase", 3), observers=[recorder])
    copy = load_trace(database, recorder.trace_id(trace.number))
    assert copy.run != trace.run
    assert list(copy.tree) == list(trace.tree)
    assert (copy.tallies, copy.tokens, copy.flops) == (trace.tallies, trace.tokens, trace.flops)
    assert [round.spent.tokens for round in copy.rounds] == [round.spent.tokens for round in trace.rounds]
    _, difference = play(copy, strategy_of("rebase", 3))
    assert difference is None
