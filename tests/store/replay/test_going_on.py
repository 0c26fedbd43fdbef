"""A search that was killed with several rounds under way goes on live, and its trace is sound again."""

from contextlib import suppress

import pytest
from reasontree.core.replay.checker import Checker
from reasontree.core.replay.playback import Playback
from reasontree.core.replay.recorded import RecordedPolicy, RecordedScorer
from reasontree.store.recorder import Recorder
from reasontree.store.resuming import take_up
from reasontree.store.traces import load_trace

from ...late import KilledError, Kills, LatePolicy, LateScorer, strategy_of


@pytest.mark.parametrize("n", [1, 2, 5, 9, 14])
@pytest.mark.parametrize("name", ["mcts", "rebase", "ab-mcts"])
def test_a_search_with_rounds_under_way_goes_on(
    database, run_record, late_run, run_of, simulated, search_of, play_again, name, n
):
    first = Recorder(database, run_record)
    search = search_of(strategy_of(name, 3), seed=5, scorer="confidence")
    with suppress(KilledError):
        list(late_run(n, observers=[Kills(n), first]).searches([search]))
    begun = take_up(database, first.run).begun
    for each in begun:  # none where it had ended
        trace = load_trace(database, each.trace)
        second = Recorder(database, run_record, run=first.run)
        second.go_on(0, each.trace, each.row, n_nodes=len(trace.tree), written=each.written)
        policy = RecordedPolicy(trace.record.model, LatePolicy(simulated(), n + 1))
        scorer = RecordedScorer("confidence", policy, LateScorer(n + 1))
        run = run_of(policy, scorers=[scorer], observers=[policy, Checker(), second])
        (finished,) = run.searches([Playback(trace, strategy_of(name, 3), goes_on=True)])
        assert finished.search.error is None
        beginning = zip(finished.search.tree, trace.tree, strict=False)
        assert all((one.seed, one.step) == (other.seed, other.step) for one, other in beginning)
    whole = load_trace(database, first.trace_id(0))
    assert whole.stopped == "done"
    assert len(whole.tree) >= len(search.tree)
    again, difference = play_again(whole, strategy_of(name, 3))
    assert (again.search.error, difference) == (None, None)
    assert list(again.search.tree) == list(whole.tree)
