"""Chains out of traces, and curves that say what direct runs say."""

from dataclasses import replace

import numpy as np
import pytest
from reasontree.core import End, Problem
from reasontree.core.errors import ReplayError
from reasontree.core.replay.pooled import Drawing, PooledPolicy, PooledScorer
from reasontree.core.search import Search
from reasontree.core.statistics import wilson
from reasontree.core.trace import trace_of
from reasontree.core.vote import conclude
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.plugins.votes.best import BestVote
from reasontree.plugins.votes.majority import MajorityVote
from reasontree.plugins.votes.weighted import WeightedVote
from reasontree.store.analysis.chains import chains_of
from reasontree.store.analysis.curves import chances_of, curve, subsets
from reasontree.store.recorder import Recorder
from reasontree.store.traces import list_traces, load_trace

from ...late import strategy_of

N_PROBLEMS = 150
VOTES = {"majority": MajorityVote(), "weighted": WeightedVote(), "best": BestVote()}


@pytest.fixture
def sample(run_of, simulated):
    """Sample chains of many problems; return the finished searches."""

    def searches(width, seed, observers=()):
        policy = simulated(p_right=0.72, depth=3, doubt=0.6)
        run = run_of(policy, scorers=[Confidence(None, None)], observers=observers)
        strategies = (strategy_of("majority", 0, width=width) for _ in range(N_PROBLEMS))
        return run.searches(
            Search(Problem("Q?", "42", n), strategy, number=n, seed=seed, scorer="confidence")
            for n, strategy in enumerate(strategies)
        )

    return searches


@pytest.fixture
def search_late(run_record, late_run, search_of):
    """Search by a strategy; return the search finished, and its trace."""

    def search(strategy):
        (finished,) = late_run(0).searches([search_of(strategy, seed=5, scorer="confidence")])
        return finished, trace_of(*finished, run_record)

    return search


def accuracy(finished, vote, grader):
    """Return the interval of a direct run's accuracy."""
    verdicts = [conclude(each.outcome.solutions, vote, grader) for each in finished]
    return wilson(sum(verdict.answer == "42" for verdict in verdicts), len(verdicts))


def test_one_run_of_sixteen_samples_says_what_sixteen_runs_say(sqlite, run_record, sample, grader):
    recorder = Recorder(sqlite, run_record)
    whole = list(sample(16, seed=1, observers=[recorder]))
    traces = [load_trace(sqlite, each.id) for each in list_traces(sqlite, limit=None)]
    problems = [chains_of(trace, grader=grader) for trace in traces]
    points = list(curve(problems, VOTES, n_subsets=500, seed=0))
    assert [point.n for point in points] == list(range(1, 17))
    for point in points:
        direct = list(sample(point.n, seed=100 + point.n))
        for name, vote in VOTES.items():
            ours, theirs = point.accuracy[name], accuracy(direct, vote, grader)
            assert ours.low <= theirs.high
            assert theirs.low <= ours.high
            if 0.1 < ours.value < 0.9:
                assert ours.high - ours.low < 1.05 * (theirs.high - theirs.low)
    last = points[-1].accuracy
    assert all(last[name] == pytest.approx(accuracy(whole, vote, grader)) for name, vote in VOTES.items())
    assert points[0].accuracy["majority"].value == pytest.approx(points[0].accuracy["best"].value)


def test_chains_without_an_answer_count_and_those_that_were_cut_do_not(search_late, grader):
    _, trace = search_late(strategy_of("majority", 0, width=6))
    ends = trace.tree.ended
    ends[0].end, ends[1].end, ends[2].answer = End.LENGTH, End.CUT, None
    chains = chains_of(trace, grader=grader)
    assert len(chains) == 5
    assert np.flatnonzero(chains.classes == -1).tolist() == [0, 1]
    assert (chains.scores[1:] > 0).all()


def test_a_trace_without_a_gold_answer_has_no_curve(search_late, grader):
    _, trace = search_late(strategy_of("majority", 0))
    trace = replace(trace, problem=Problem("Q?"))
    with pytest.raises(ReplayError, match="no right answer"):
        chains_of(trace, grader=grader)


@pytest.mark.parametrize("name", ["rebase", "mcts", "adaptive-consistency"])
def test_solutions_that_depend_on_each_other_have_no_curve(search_late, grader, name):
    _, trace = search_late(strategy_of(name, 0))
    with pytest.raises(ReplayError, match="not independent samples"):
        chains_of(trace, grader=grader)


def test_chains_bring_what_a_vote_sees(search_late, grader):
    finished, trace = search_late(strategy_of("majority", 0, width=6))
    assert chains_of(trace, grader=grader).solutions == finished.outcome.solutions


def test_votes_over_drawn_chains_are_right_as_often_as_the_curve_says(
    run_record, run_of, search_of, simulated, grader
):
    run = run_of(simulated(p_right=0.6, depth=2), scorers=[Confidence(None, None)])
    (whole,) = run.searches([search_of(strategy_of("majority", 0, width=10), seed=5, scorer="confidence")])
    trace = trace_of(*whole, run_record)
    chosen = subsets(10, 3, 1000, np.random.default_rng(0))
    exact = chances_of(chains_of(trace, grader=grader), chosen, VOTES)["majority"]

    def draw(seed):
        policy = PooledPolicy(trace.record.model)
        drawn = run_of(policy, scorers=[PooledScorer("confidence", policy)], observers=[policy])
        strategy = strategy_of("majority", 0, width=3)
        (finished,) = drawn.searches([Drawing(trace, strategy, scorer="confidence", seed=seed)])
        return finished.outcome.correct

    assert 0.1 < exact < 0.9
    assert np.mean([draw(seed) for seed in range(300)]) == pytest.approx(exact, abs=0.1)
