"""The trace that a finished search makes in memory is the one that a recorder writes and a reader reads."""

from dataclasses import replace

import pytest
from reasontree.core.records import Budget
from reasontree.core.search import Search
from reasontree.core.trace import trace_of
from reasontree.plugins import registry
from reasontree.store.recorder import Recorder
from reasontree.store.traces import load_trace

from ..late import strategy_of

STRATEGIES = registry().names("strategy")


def unnamed(trace):
    """Return a trace without what a database alone gives it, its tree as nodes."""
    shared = replace(trace, id="", run=0, tree=list(trace.tree))
    return shared, trace.tree.scorer


@pytest.fixture
def both(database, run_record, late_run, search_of):
    """Search and record; return the trace that was read back and the one that was made in memory."""

    def search(strategy, seed=0, *, budget=None):
        recorder = Recorder(database, run_record)
        searched = search_of(strategy, seed=5, scorer="confidence", budget=budget)
        (finished,) = late_run(seed, observers=[recorder]).searches([searched])
        return load_trace(database, recorder.trace_id(0)), trace_of(*finished, run_record)

    return search


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategys_trace_in_memory_is_the_recorded_one(both, name):
    recorded, kept = both(strategy_of(name, 3))
    assert unnamed(kept) == unnamed(recorded)


@pytest.mark.parametrize("seed", range(6))
def test_rounds_under_way_together_are_kept_as_they_ended(both, seed):
    recorded, kept = both(strategy_of("mcts", 3, parallel=6, expansions=24, virtual_loss=0), seed)
    assert unnamed(kept) == unnamed(recorded)
    ended = [round.ended for round in kept.rounds]
    assert ended != sorted(ended) or any(
        then.ended > now.asked for then, now in zip(kept.rounds, kept.rounds[1:], strict=False)
    )


@pytest.mark.parametrize("budget", [Budget(tokens=300), Budget(samples=3), Budget(seconds=0)], ids=str)
def test_a_search_that_its_budget_ended_is_kept_as_it_ended(both, budget):
    recorded, kept = both(strategy_of("rebase", 3), budget=budget)
    assert unnamed(kept) == unnamed(recorded)
    assert kept.stopped != "done"


def test_a_search_that_is_played_again_is_kept_as_it_was(both, play_again, run_record):
    _, kept = both(strategy_of("mcts", 3))
    finished, difference = play_again(kept, strategy_of("mcts", 3))
    again = trace_of(*finished, run_record)
    assert difference is None
    assert list(again.tree) == list(kept.tree)
    assert [timeless(each) for each in again.rounds] == [timeless(each) for each in kept.rounds]


def timeless(round):
    return replace(round, spent=replace(round.spent, elapsed_s=0.0))


def test_many_searches_of_one_run_are_kept_apart(database, run_record, late_run, search_of):
    recorder = Recorder(database, run_record)
    searches: list[Search] = [
        search_of(strategy_of("rebase", index), index=index, seed=5, scorer="confidence")
        for index in range(3)
    ]
    for finished in late_run(1, observers=[recorder]).searches(searches):
        recorded = load_trace(database, recorder.trace_id(finished.search.number))
        assert unnamed(trace_of(*finished, run_record)) == unnamed(recorded)


def test_a_trace_shares_no_step_with_its_search(late_run, run_record, search_of):
    (finished,) = late_run(0).searches([search_of(strategy_of("beam", 0), scorer="confidence")])
    trace = trace_of(*finished, run_record, id="here", run=7)
    assert (trace.id, trace.run) == ("here", 7)
    trace.tree[1].scores.clear()
    assert finished.search.tree[1].scores
    pairs = zip(trace.tree, finished.search.tree, strict=True)
    assert all(one.step == other.step and one.step is not other.step for one, other in pairs)
