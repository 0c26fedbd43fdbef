"""A run that is killed at any moment goes on, and ends with the trees of one that nobody disturbed."""

import os
import signal
import time
from dataclasses import replace
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
import reasontree
from reasontree.api.session import Session
from reasontree.core import End, Problem, Proposal, Step, hookimpl
from reasontree.core.errors import StoreError
from reasontree.core.spec import RunSpec
from reasontree.plugins.policies.simulated import Simulated
from reasontree.plugins.scorers.value_head.head import Head, HeadInfo, save_head
from reasontree.store.checking import check
from reasontree.store.database import open_database
from reasontree.store.filters import Filters
from reasontree.store.holding import held
from reasontree.store.schema import RunRow
from reasontree.store.traces import list_traces, load_trace
from sqlalchemy import select

N_KILLS = 17  # of each strategy: 51 in all
PROBLEMS = [Problem(f"What is {n} times 7?", str(7 * n), n, "sevens.jsonl") for n in range(80)]


class Case(NamedTuple):
    """A run of a strategy; with more than 64 problems, some have not begun while others end."""

    spec: RunSpec
    n_problems: int
    n_rounds: int


def case(strategy, n_problems, n_rounds, **options):
    spec = RunSpec(strategy=strategy, strategy_options=options, policy="simulated", seed=3)
    return Case(spec, n_problems, n_rounds)


CASES = {
    "mcts": case("mcts", 6, 80, expansions="12"),
    "rebase": case("rebase", 6, 24, width="8"),
    "majority": case("majority", 80, 80, width="4"),
}


class Tells:
    """Writes a byte down a pipe for each round, once the recorder has it."""

    def __init__(self, pipe):
        self._pipe = pipe

    @hookimpl(trylast=True)
    def steps_added(self, search, round):
        os.write(self._pipe, b".")


def search_all(where, case, observers=()):
    """Do what `reason solve --jsonl` does."""
    with Session(case.spec, db=where) as session:
        results = session.solve(PROBLEMS[: case.n_problems], observers=observers)
        for observer in observers:
            observer.run = results
        list(results)


def start(where, case):
    """Search in a process of its own; return its id and the pipe that it tells its rounds through."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process:
        os.close(theirs)
        return process, ours
    try:
        search_all(where, case, [Tells(theirs)])
    finally:
        os._exit(0)


def kill_after(process, pipe, n_rounds, seconds):
    """Kill a process once it has told of some rounds; return of how many it had told in the end."""
    told = b"."
    n_told = 0
    while n_told < n_rounds and told:
        told = os.read(pipe, 1)
        n_told += len(told)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    while told := os.read(pipe, 4096):
        n_told += len(told)
    os.close(pipe)
    return n_told


def trees(where):
    """Return what can be known of each search, by its problem; each is there exactly once."""
    with open_database(where) as database:
        traces = [load_trace(database, each.id) for each in list_traces(database, limit=None)]
    found = {trace.problem.index: trace for trace in traces}
    assert len(found) == len(traces)
    return {index: facts(trace) for index, trace in found.items()}


def facts(trace):
    """Return all that does not depend on the clock."""
    spent = [(round.spent.tokens, round.spent.flops) for round in trace.rounds]
    rounds = [replace(round, spent=None) for round in trace.rounds]
    outcome = (trace.stopped, trace.answer, trace.correct, trace.tallies, trace.tokens, trace.flops)
    return list(trace.tree), rounds, spent, outcome


def resume(where, run=1, **options):
    """Go on with a run; return how many searches were left."""
    with reasontree.resume(run, db=where, **options) as resumed:
        return len([result for result in resumed if result.is_whole])


@pytest.fixture
def undisturbed(tmp_path):
    """The trees of a run that nobody disturbs."""

    def of(case):
        where = str(tmp_path / "undisturbed.db")
        search_all(where, case)
        return trees(where)

    return of


@pytest.mark.parametrize("name", CASES)
def test_a_run_that_is_killed_at_any_moment_goes_on_undisturbed(tmp_path, undisturbed, name):
    case, random = CASES[name], Random(name)
    whole = undisturbed(case)
    n_disturbed = 0
    for attempt in range(N_KILLS):
        where = str(tmp_path / f"{attempt}.db")
        process, pipe = start(where, case)
        n_told = kill_after(process, pipe, random.randrange(case.n_rounds), random.random() * 0.004)
        if is_begun(where):
            n_disturbed += expect_a_beginning(where, whole, n_told)
            expect_a_good_end(where, whole)
    assert n_disturbed > N_KILLS / 2


def test_a_killed_run_on_a_server_goes_on_undisturbed(postgres, undisturbed):
    case = CASES["mcts"]
    whole = undisturbed(case)
    process, pipe = start(postgres, case)
    n_told = kill_after(process, pipe, 30, 0.0)
    assert expect_a_beginning(postgres, whole, n_told)
    expect_a_good_end(postgres, whole)


def expect_a_good_end(where, whole):
    """Expect that the run goes on and ends as the undisturbed one, and then has nothing left."""
    with reasontree.resume(1, db=where) as resumed:
        assert all(result.is_whole for result in resumed)
    assert trees(where) == whole
    assert check(where).problems == ()
    assert resume(where) == 0


def is_begun(where):
    with open_database(where) as database, database.snapshot() as connection:
        return connection.execute(select(RunRow.id)).scalar() is not None


def expect_a_beginning(where, whole, n_told):
    """Expect all rounds that were told of, in beginnings of the undisturbed trees; return if any is left."""
    assert check(where).problems == ()
    n_rounds = 0
    begun = trees(where)
    for index, (tree, rounds, _, _) in begun.items():
        wanted, _, _, _ = whole[index]
        n_rounds += len(rounds)
        assert [(node.parent, node.seed, node.step) for node in tree] == [
            (node.parent, node.seed, node.step) for node in wanted[: len(tree)]
        ]
    assert n_rounds >= n_told
    return begun != whole


class Interrupts:
    """Stops a run after some rounds, as Ctrl-C does: steps that are under way are cut."""

    def __init__(self, n_rounds):
        self._n_left = n_rounds
        self._waiting = []
        self.run = None

    @hookimpl
    def steps_added(self, search, round):
        self._n_left -= 1
        if not self._n_left:
            self.run.stop()

    def cutting(self, propose):
        """Make a policy work on requests one turn later, and cut its last step if it is stopped then."""

        def later(policy, requests):
            waiting, self._waiting = self._waiting, list(requests)
            cut = Step("Step 1: g", (1, 2), (-0.1, -0.2), End.CUT)
            for request in waiting:
                if self._n_left > 0:
                    yield from propose(policy, [request])
                else:
                    place = request.search, request.round, request.position
                    yield from (
                        Proposal(*place, child, (cut,) if (request.position + child) % 2 else ())
                        for child in range(len(request.seeds))
                    )

        return later


@pytest.mark.parametrize("n_rounds", [1, 7, 13, 24])
def test_a_run_that_was_interrupted_goes_on_undisturbed(tmp_path, undisturbed, monkeypatch, n_rounds):
    case = CASES["rebase"]
    whole = undisturbed(case)
    where = str(tmp_path / "interrupted.db")
    with monkeypatch.context() as patch:
        interrupts = Interrupts(n_rounds)
        patch.setattr(Simulated, "propose", interrupts.cutting(Simulated.propose))
        search_all(where, case, [interrupts])
    cut = trees(where)
    assert {outcome[0] for _, _, _, outcome in cut.values()} <= {"interrupted", "done"}
    assert any(node.end is End.CUT for tree, *_ in cut.values() for node in tree) is (n_rounds < 24)
    expect_a_good_end(where, whole)


def test_a_head_that_reads_paths_goes_on_without_recorded_states(tmp_path, undisturbed, monkeypatch):
    info = HeadInfo(model="simulated", model_sha256="", prompt_format="", reads="path")
    spread = np.linspace(-1.0, 1.0, 8)
    save_head(Head(spread, np.zeros(8), np.ones(8), 0.1, info), tmp_path / "head.npz")
    case = CASES["rebase"]
    leading = {"scorers": {"value-head": {"head": str(tmp_path / "head.npz")}}}
    case = case._replace(spec=case.spec.changed(**leading))
    whole = undisturbed(case)
    where = str(tmp_path / "interrupted.db")
    with monkeypatch.context() as patch:
        interrupts = Interrupts(7)
        patch.setattr(Simulated, "propose", interrupts.cutting(Simulated.propose))
        search_all(where, case, [interrupts])
    assert trees(where) != whole
    expect_a_good_end(where, whole)
    assert all(node.step.hidden is None for tree, *_ in trees(where).values() for node in tree)


def test_searches_that_failed_begin_again_where_that_is_wanted(tmp_path, undisturbed, monkeypatch):
    case = CASES["rebase"]
    whole = undisturbed(case)
    where = str(tmp_path / "failed.db")

    class Fails:
        run = None

        @hookimpl
        def steps_added(self, search, round):
            if search.number % 2 and round.number == 2:
                raise RuntimeError("out of memory")

    search_all(where, case, [Fails()])
    assert resume(where) == 0
    assert resume(where, retries_failed=True) == 3
    assert trees(where) == whole


def test_a_run_under_way_and_a_replay_are_refused(where):
    search_all(where, CASES["rebase"])
    with (
        open_database(where) as database,
        held(database, 1),
        pytest.raises(StoreError, match="Another process is searching run 1"),
    ):
        resume(where)
    list(reasontree.replay(filters=Filters(runs=(1,)), db=where))
    with pytest.raises(StoreError, match="Run 2 is a replay"):
        resume(where, run=2)
    with pytest.raises(StoreError, match="has no run 3"):
        resume(where, run=3)
