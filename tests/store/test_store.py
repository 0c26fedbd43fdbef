"""What goes into the database comes out again, on every database that can be had."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasontree.core import ROOT, End, Expansion, Problem, Sampling, Step, Tree
from reasontree.core.errors import StoreError
from reasontree.core.records import ModelInfo
from reasontree.core.run import Settings
from reasontree.store.database import (
    SCHEMA,
    Database,
    _engine,
    _url_of,
    create_schema,
    open_database,
    upgrade,
)
from reasontree.store.recorder import Recorder
from reasontree.store.schema import Base
from reasontree.store.traces import list_traces, load_trace
from sqlalchemy import create_engine, inspect, text

POSTGRES = os.environ.get("REASON_TEST_POSTGRES")
NO_POSTGRES = "set REASON_TEST_POSTGRES=postgresql://… to a database that may be emptied, to test PostgreSQL"
SETTINGS = Settings(
    strategy="scripted",
    policy="simulated",
    model=ModelInfo("simulated", 1000, 2, 8),
    grader="plain",
    vote="counting",
    aggregation="last",
    seed=5,
    version="0",
    scorers={"confidence": {}},
    sampling=Sampling(temperature=0.5),
)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    if request.param == "postgres":
        if not POSTGRES:
            pytest.skip(NO_POSTGRES)
        with create_engine(_url_of(POSTGRES)).begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        opened = open_database(POSTGRES)
    else:
        opened = open_database(str(tmp_path / "traces.db"))
    yield opened
    opened.close()


@pytest.fixture
def recorded(database, run_of, search_of, scripted, simulated):
    """Record one search of two rounds and return it with its trace."""
    recorder = Recorder(database, SETTINGS)
    strategy = scripted([Expansion(ROOT, 2), Expansion(ROOT, 1, "end")], [Expansion(1, 1), Expansion(2, 2)])
    search = search_of(strategy, index=3, seed=5, scorer="confidence")
    (finished,) = run_of(simulated(depth=3), observers=[recorder]).searches([search])
    return finished, load_trace(database, recorder.trace_id(search.number))


def assert_same_tree(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a == b


def test_a_recorded_tree_comes_back_node_by_node(recorded):
    finished, trace = recorded
    assert_same_tree(finished.search.tree, trace.tree)


def test_the_outcome_and_the_settings_come_back(recorded):
    finished, trace = recorded
    outcome = finished.outcome
    assert trace.settings == SETTINGS
    assert trace.problem == Problem("What is it?", "42", 3)
    assert (trace.answer, trace.correct, trace.stopped) == (outcome.verdict.answer, outcome.correct, "done")
    assert (trace.tallies, trace.tokens, trace.flops) == (
        outcome.verdict.tallies,
        outcome.tokens,
        outcome.flops,
    )


def test_the_rounds_come_back_as_they_were_asked(recorded):
    _, trace = recorded
    first, second = trace.rounds
    assert first.expansions == (Expansion(ROOT, 2, "step"), Expansion(ROOT, 1, "end"))
    assert first.first_ranks == (0, 2)
    assert second.expansions == (Expansion(1, 1, "step"), Expansion(2, 2, "step"))


def test_traces_are_listed_newest_first(database, recorded, run_of, search_of, scripted, simulated):
    recorder = Recorder(database, SETTINGS)
    run = run_of(simulated(), observers=[recorder])
    list(run.searches([search_of(scripted([Expansion(ROOT, 1, "end")]))]))
    listed = list_traces(database)
    assert [each.id for each in listed] == [recorder.trace_id(0), recorded[1].id]
    assert list_traces(database, limit=1) == listed[:1]


def test_an_unknown_trace_is_a_clear_error(database):
    with pytest.raises(StoreError, match="no trace 'nothing'"):
        load_trace(database, "nothing")


class Speaks:
    """A policy that says given steps."""

    name = "speaks"

    def __init__(self, policy, steps):
        self.info, self.render, self.release = policy.info, policy.render, policy.release
        self._steps = steps

    def propose(self, requests):
        from reasontree.core import Proposal

        return [Proposal(r.search, r.round, r.position, 0, self._steps) for r in requests]


ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
STEPS = st.builds(
    Step,
    text=ANY_TEXT | st.sampled_from(["\x00", "\ud800", "<script>", "\x1b[31m", "é" * 1000]),
    tokens=st.lists(st.integers(0, 2**31 - 1), max_size=5).map(tuple),
    logprobs=st.lists(st.floats(-1e300, 0), max_size=5).map(tuple),
    end=st.none(),
    hidden=st.none() | st.lists(st.floats(-10, 10), max_size=3).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(steps=st.lists(STEPS, min_size=1, max_size=4).map(tuple))
def test_any_step_comes_back_to_the_last_bit(database, steps, run_of, search_of, scripted, simulated):
    recorder = Recorder(database, SETTINGS)
    run = run_of(Speaks(simulated(), steps), observers=[recorder])
    (finished,) = run.searches([search_of(scripted([Expansion(ROOT, 1, "end")]), seed=5)])
    assert_same_tree(finished.search.tree, load_trace(database, recorder.trace_id(0)).tree)


def schema_of(engine):
    seen = inspect(engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            sorted(i["name"] for i in seen.get_indexes(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((f["constrained_columns"][0], f["referred_table"]) for f in seen.get_foreign_keys(table)),
            sorted(str(u["column_names"]) for u in seen.get_unique_constraints(table)),
        )
        for table in sorted(seen.get_table_names())
        if table != "alembic_version"
    }


def test_the_migrations_make_the_same_schema_as_the_models(tmp_path):
    migrated, created = (_engine(_url_of(str(tmp_path / name))) for name in ("migrated.db", "created.db"))
    upgrade(migrated)
    create_schema(created)
    assert schema_of(migrated) == schema_of(created)
    assert set(schema_of(created)) == set(Base.metadata.tables)
    with migrated.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == SCHEMA
    migrated.dispose()
    created.dispose()


def test_an_older_database_is_backed_up_and_upgraded(tmp_path):
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    connection.execute("INSERT INTO alembic_version VALUES ('0000')")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError):  # there never was a schema 0000, so there is no way up from it
        open_database(str(path))
    assert (tmp_path / "old.db.schema-0000.backup").exists()


def test_a_newer_schema_is_refused_with_both_versions_named(tmp_path):
    path = str(tmp_path / "new.db")
    opened = open_database(path)
    with opened.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with pytest.raises(StoreError, match=f"schema 9999.*knows {SCHEMA}"):
        open_database(path)


def test_what_is_no_database_is_a_clear_error(tmp_path):
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is no database, and it is long enough to be read as one" * 100)
    for where in (str(garbage), str(tmp_path), "/proc/nowhere/traces.db", "nonsense://host/db", "://"):
        with pytest.raises(StoreError) as error:
            open_database(where)
        assert "\n" not in str(error.value)


def test_the_environment_names_the_database(tmp_path, monkeypatch):
    monkeypatch.setenv("REASON_DB", str(tmp_path / "elsewhere" / "mine.db"))
    opened = open_database()
    assert opened.name == str(tmp_path / "elsewhere" / "mine.db")
    opened.close()


RECORD = """
    import sys
    import time
    import numpy as np
    from reasontree.core import ROOT, Expansion, Problem, Strategy, hookimpl
    from reasontree.core.records import ModelInfo
    from reasontree.core.run import Run, Settings
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
    settings = Settings("wide", "simulated", ModelInfo("s"), "math", "majority", "last", 5, "0")
    recorder = Recorder(database, settings)
    run = Run(
        Simulated(Simulated.Options()), grader=MathGrader(MathGrader.Options()),
        vote=MajorityVote(), observers=[Says(), recorder],
    )
    search = Search(Problem("Q?", "42"), Wide(None, np.random.default_rng(0)), seed=5)
    list(run.searches([search]))
"""


def recording(path, n_rounds):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RECORD), str(path), str(n_rounds)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_that_is_killed_loses_at_most_the_round_in_flight(tmp_path):
    path = tmp_path / "traces.db"
    with recording(path, 100_000) as process:
        for line in process.stdout:
            if int(line) == 20:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        rest = process.stdout.read().split()
    n_told = int(rest[-1]) if rest else 20
    opened = open_database(str(path))
    (listed,) = list_traces(opened)
    trace = load_trace(opened, listed.id)
    opened.close()
    assert trace.stopped is None
    assert len(trace.rounds) >= n_told - 1
    assert len(trace.tree) == 1 + 3 * len(trace.rounds)


def test_two_processes_record_into_one_file_at_once(tmp_path):
    path = tmp_path / "traces.db"
    processes = [recording(path, 60) for _ in range(2)]
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    opened = open_database(str(path))
    traces = [load_trace(opened, each.id) for each in list_traces(opened)]
    opened.close()
    assert [len(trace.tree) for trace in traces] == [181, 181]
    assert_same_tree(traces[0].tree, traces[1].tree)


def test_a_database_that_fails_in_the_middle_ends_the_search_with_its_error(
    tmp_path, run_of, search_of, scripted, simulated
):
    opened = open_database(str(tmp_path / "traces.db"))
    recorder = Recorder(opened, SETTINGS)

    class FailsInRound2(Database):
        def __init__(self):
            super().__init__(opened.engine)

        def transaction(self):
            raise StoreError("The disk is full.")

    strategy = scripted([Expansion(ROOT, 1, "end")], [Expansion(ROOT, 1, "end")])
    search = search_of(strategy, seed=5)
    recorder.search_started(search)
    recorder._database = FailsInRound2()
    recorder.search_started = lambda search: None
    run = run_of(simulated(), observers=[recorder])
    outcome = None
    try:
        for finished in run.searches([search]):
            outcome = finished.outcome
    except StoreError as error:
        assert "disk is full" in str(error)
    else:
        assert outcome.stopped == "failed"
    opened.close()


def test_end_is_kept_apart_from_the_steps_own_end(tmp_path, run_of, search_of, scripted, simulated):
    from reasontree.core.records import Limits

    opened = open_database(str(tmp_path / "traces.db"))
    recorder = Recorder(opened, SETTINGS)
    search = search_of(scripted([Expansion(ROOT, 1)]), seed=5, limits=Limits(max_depth=1))
    list(run_of(simulated(), observers=[recorder]).searches([search]))
    tree = load_trace(opened, recorder.trace_id(0)).tree
    opened.close()
    assert isinstance(tree, Tree)
    assert (tree[1].end, tree[1].step.end) == (End.DEPTH, None)
