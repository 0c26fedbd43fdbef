"""What was recorded is played again without a model, and goes the same way, however it ended."""

from contextlib import suppress

import pytest
from reasontree.plugins import registry
from reasontree.store.recorder import Recorder
from reasontree.store.traces import load_trace

from ...late import Breaks, KilledError, Kills, strategy_of

STRATEGIES = registry().names("strategy")


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_goes_the_same_way_again(database, search_late, play_again, name):
    finished, trace = search_late(database, strategy_of(name, 3))
    again, difference = play_again(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict
    assert (again.outcome.tokens, again.outcome.flops) == (finished.outcome.tokens, finished.outcome.flops)


@pytest.mark.parametrize("name", ["mcts", "rebase", "beam"])
def test_a_search_that_failed_is_played_as_far_as_it_came(sqlite, search_late, play_again, name):
    finished, trace = search_late(sqlite, strategy_of(name, 3), observers=[Breaks()])
    assert trace.stopped == "failed"
    again, difference = play_again(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict


@pytest.mark.parametrize(
    ("name", "n"),
    [(name, n) for name, last in (("mcts", 8), ("rebase", 3), ("dvts", 3)) for n in (1, 2, last)],
)
def test_a_search_whose_process_was_killed_is_played_as_far_as_it_came(
    database, run_record, late_run, search_of, play_again, name, n
):
    recorder = Recorder(database, run_record)
    run = late_run(1, observers=[Kills(n), recorder])
    search = search_of(strategy_of(name, 3), seed=5, scorer="confidence")
    with suppress(KilledError):
        list(run.searches([search]))
    trace = load_trace(database, recorder.trace_id(0))
    assert trace.stopped is None
    again, difference = play_again(trace, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(trace.tree)


def test_a_replay_is_a_trace_with_its_parent(database, search_late, play_again, run_record):
    _, trace = search_late(database, strategy_of("rebase", 3))
    recorder = Recorder(database, run_record, kind="replay", parent=trace.run)
    play_again(trace, strategy_of("rebase", 3), observers=[recorder])
    copy = load_trace(database, recorder.trace_id(trace.number))
    assert copy.run != trace.run
    assert list(copy.tree) == list(trace.tree)
    assert (copy.tallies, copy.tokens, copy.flops) == (trace.tallies, trace.tokens, trace.flops)
    assert [round.spent.tokens for round in copy.rounds] == [round.spent.tokens for round in trace.rounds]
    _, difference = play_again(copy, strategy_of("rebase", 3))
    assert difference is None
