"""Recording when things go wrong: a killed process, a full disk, rounds out of order, plugins that raise."""

import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing

import pytest
from reasontree.core import ROOT, Expansion, Step, hookimpl
from reasontree.core.records import Prompt
from reasontree.core.requests import Proposal, Scores
from reasontree.core.search import Search
from reasontree.store.database import open_database
from reasontree.store.recorder import Recorder
from reasontree.store.traces import list_traces, load_trace
from sqlalchemy import event

RECORD = """
    import sys
    import numpy as np
    from reasontree.core import ROOT, Expansion, Problem, Strategy, hookimpl
    from reasontree.core.records import ModelInfo
    from reasontree.core.run import Run
    from reasontree.core.run_record import RunRecord
    from reasontree.core.spec import RunSpec
    from reasontree.core.search import Search
    from reasontree.plugins.policies.simulated import Simulated
    from reasontree.plugins.graders.math import MathGrader
    from reasontree.plugins.votes.majority import MajorityVote
    from reasontree.store.database import open_database
    from reasontree.store.recorder import Recorder

    class Wide(Strategy):
        name = "wide"
        def select(self, tree):
            return [Expansion(ROOT, 3)] if tree.n_children(ROOT) < 3 * int(sys.argv[2]) else []

    class Says:
        @hookimpl(trylast=True)
        def steps_added(self, search, round):
            print(round.number, flush=True)

    database = open_database(sys.argv[1])
    spec = RunSpec(strategy="wide", policy="simulated", vote="majority", seed=5)
    recorder = Recorder(database, RunRecord(spec, ModelInfo("s"), "0"))
    run = Run(
        Simulated(Simulated.Options()), grader=MathGrader(MathGrader.Options()),
        vote=MajorityVote(), observers=[Says(), recorder],
    )
    search = Search(Problem("Q?", "42"), Wide(None, np.random.default_rng(0)), seed=5)
    (finished,) = run.searches([search])
    sys.exit(finished.search.error and str(finished.search.error))
"""


def recording(where, n_rounds):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RECORD), where, str(n_rounds)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("n_rounds", [1, 7, 23])
def test_a_process_that_is_killed_loses_at_most_the_round_in_flight(where, n_rounds):
    with recording(where, 100_000) as process:
        for line in process.stdout:
            if int(line) == n_rounds:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        rest = process.stdout.read().split()
    n_told = int(rest[-1]) if rest else n_rounds
    opened = open_database(where)
    (listed,) = list_traces(opened)
    trace = load_trace(opened, listed.id)
    opened.close()
    assert trace.stopped is None
    assert n_told <= len(trace.rounds) <= n_told + 1
    assert len(trace.tree) == 1 + 3 * len(trace.rounds)


def test_two_processes_record_into_one_database_at_once(where):
    processes = [recording(where, 60) for _ in range(2)]
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    opened = open_database(where)
    traces = [load_trace(opened, each.id) for each in list_traces(opened)]
    opened.close()
    assert [len(trace.tree) for trace in traces] == [181, 181]
    assert list(traces[0].tree) == list(traces[1].tree)


class Slow:
    """A scorer that answers for the first round only once it has seen the second."""

    name = "slow"

    def __init__(self):
        self._held = []

    def score(self, requests):
        if [each.round for each in requests] == [1]:
            self._held, requests = [*requests], []
        elif not requests:
            self._held, requests = [], self._held
        return [
            Scores(each.search, each.round, self.name, dict.fromkeys(each.nodes, each.round / 4))
            for each in requests
        ]

    def close(self):
        pass


class OneAtATime:
    """A policy that answers one request a turn."""

    name = "one-at-a-time"

    def __init__(self, policy):
        self.info, self.render, self.release = policy.info, policy.render, policy.release
        self._waiting = []

    def propose(self, requests):
        self._waiting += requests
        now, self._waiting = self._waiting[:1], self._waiting[1:]
        return [
            Proposal(each.search, each.round, each.position, child, (Step(f"{each.round}.{child}"),))
            for each in now
            for child in range(len(each.seeds))
        ]


class Watch:
    """Loads the trace each time a round has been recorded."""

    def __init__(self, database, recorder):
        self._database = database
        self._recorder = recorder
        self.seen = []

    @hookimpl(trylast=True)
    def steps_added(self, search, round):
        self.seen.append((list(search.tree), load_trace(self._database, self._recorder.trace_id(0))))


def test_rounds_that_end_out_of_order_never_leave_a_gap(
    database, run_record, run_of, search_of, scripted, simulated
):
    class Overlapping(scripted):
        max_rounds_in_flight = 2

    recorder = Recorder(database, run_record)
    watch = Watch(database, recorder)
    strategy = Overlapping([Expansion(ROOT, 2)], [Expansion(ROOT, 3)])
    search = search_of(strategy, seed=5, scorer="slow")
    run = run_of(OneAtATime(simulated()), scorers=[Slow()], observers=[watch, recorder])
    list(run.searches([search]))
    assert search.error is None
    (_, early), (live, late) = watch.seen
    assert [each.number for each in early.rounds] == [2]
    assert [node.scores.get("slow") for node in early.tree] == [None, None, None, 0.5, 0.5, 0.5]
    assert [each.number for each in late.rounds] == [1, 2]
    assert list(late.tree) == live == list(search.tree)


class AddsARound:
    """A tree that grows, and is recorded, whenever its reader has read one of its tables."""

    def __init__(self, search, recorder):
        self._search = search
        self._recorder = recorder

    def __call__(self, *_):
        search = self._search
        search.open_round([Expansion(ROOT, 2)])
        round = search.rounds[search.n_rounds]
        round.proposals.update({(0, n): Proposal(0, round.number, 0, n, (Step("x"),)) for n in range(2)})
        for node in search.grow(round).nodes:
            search.tree[node].scores["slow"] = 0.5
        search.settle(round, elapsed_s=0.0)
        self._recorder.steps_added(search, round)


def test_a_trace_that_is_read_while_it_grows_is_whole(where, run_record, search_of, scripted):
    search = search_of(scripted(), seed=5, scorer="slow")
    search.plant(Prompt("Q"))
    with closing(open_database(where)) as writing, closing(open_database(where)) as reading:
        recorder = Recorder(writing, run_record)
        recorder.search_started(search)
        grow = AddsARound(search, recorder)
        grow()
        event.listen(reading.engine, "after_cursor_execute", grow)
        trace = load_trace(reading, recorder.trace_id(0))
    assert len(search.tree) > len(trace.tree) == 1 + 2 * len(trace.rounds)
    assert all("slow" in node.scores for node in list(trace.tree)[1:])
    assert list(trace.tree) == list(search.tree)[: len(trace.tree)]


class FailsInRound2:
    """A scorer that raises when it sees the second round."""

    name = "fails"

    def score(self, requests):
        if any(each.round == 2 for each in requests):
            raise RuntimeError("out of memory")
        return [Scores(each.search, each.round, "fails", dict.fromkeys(each.nodes, 0.5)) for each in requests]

    def close(self):
        pass


def test_a_search_that_fails_is_recorded_with_the_nodes_that_had_no_scores_yet(
    database, run_record, run_of, search_of, scripted, simulated
):
    recorder = Recorder(database, run_record)
    strategy = scripted([Expansion(ROOT, 2, "end")], [Expansion(ROOT, 2, "end")], [Expansion(ROOT, 1)])
    search = search_of(strategy, seed=5)
    run = run_of(simulated(), scorers=[FailsInRound2()], observers=[recorder])
    (finished,) = run.searches([search])
    trace = load_trace(database, recorder.trace_id(0))
    assert trace.stopped == "failed"
    assert "out of memory" in trace.error
    assert [each.number for each in trace.rounds] == [1, 2]
    assert list(trace.tree) == list(search.tree)
    assert trace.tallies == finished.outcome.verdict.tallies


def test_a_search_that_never_started_has_no_trace(
    database, run_record, run_of, search_of, scripted, simulated
):
    policy = simulated()
    policy.render = lambda problem: 1 / 0
    recorder = Recorder(database, run_record)
    (finished,) = run_of(policy, observers=[recorder]).searches([search_of(scripted())])
    assert finished.outcome.stopped == "failed"
    assert recorder.trace_id(0) == ""
    assert list_traces(database) == []


def with_pragma(database, pragma):
    """Change how every connection from now on behaves."""
    event.listen(database.engine, "connect", lambda connection, record: connection.execute(pragma).close())
    database.engine.dispose()


def test_a_full_disk_ends_the_search_with_an_error_that_names_the_database(
    sqlite, run_record, run_of, search_of, scripted, simulated
):
    recorder = Recorder(sqlite, run_record)
    with_pragma(sqlite, "PRAGMA max_page_count=40")
    strategy = scripted(*([Expansion(ROOT, 20, "end")] for _ in range(50)))
    (finished,) = run_of(simulated(), observers=[recorder]).searches([search_of(strategy, seed=5)])
    assert finished.outcome.stopped == "failed"
    assert sqlite.name in finished.outcome.error
    assert "full" in finished.outcome.error
    assert finished.outcome.verdict.answer is not None
    trace = load_trace(sqlite, recorder.trace_id(0))
    assert len(trace.rounds) >= 1
    assert list(trace.tree) == list(finished.search.tree)[: len(trace.tree)]


def test_a_lock_that_goes_away_costs_no_node(sqlite, run_record, run_of, search_of, scripted, simulated):
    recorder = Recorder(sqlite, run_record)
    with_pragma(sqlite, "PRAGMA busy_timeout=20")
    other = sqlite3.connect(sqlite.name, isolation_level=None)

    class Locks:
        @hookimpl(tryfirst=True)
        def steps_added(self, search, round):
            if round.number == 2:
                other.execute("BEGIN IMMEDIATE")

        @hookimpl(tryfirst=True)
        def search_finished(self, search, outcome):
            other.execute("ROLLBACK")

    strategy = scripted(*([Expansion(ROOT, 2)] for _ in range(3)))
    run = run_of(simulated(), observers=[recorder, Locks()])
    (finished,) = run.searches([search_of(strategy, seed=5)])
    other.close()
    assert "locked" in finished.outcome.error
    trace = load_trace(sqlite, recorder.trace_id(0))
    assert (trace.stopped, [each.number for each in trace.rounds]) == ("failed", [1, 2])
    assert list(trace.tree) == list(finished.search.tree)


def test_a_large_round_is_written_in_bulk(sqlite, run_record, search_of, scripted):
    recorder = Recorder(sqlite, run_record)
    search: Search = search_of(scripted(), seed=5)
    search.plant(Prompt("Q"))
    recorder.search_started(search)
    search.open_round([Expansion(ROOT, 5000)])
    round = search.rounds[1]
    step = Step("Step: so there are 13.\n", tuple(range(16)), (-0.5,) * 16)
    for child in range(5000):
        round.proposals[0, child] = Proposal(0, 1, 0, child, (step,))
    search.grow(round)
    search.settle(round, elapsed_s=0.0)
    started = time.perf_counter()
    recorder.steps_added(search, round)
    assert time.perf_counter() - started < 2  # a quarter of a second; far more if it were row by row
    assert len(load_trace(sqlite, recorder.trace_id(0)).tree) == 5001
