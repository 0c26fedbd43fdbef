"""What goes into the database comes out again, on every database that can be had."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasontree.core import ROOT, End, Expansion, Problem, Proposal, Step
from reasontree.core.errors import StoreError
from reasontree.core.records import Limits, ModelInfo
from reasontree.core.requests import Scores
from reasontree.store.database import open_database
from reasontree.store.recorder import Recorder
from reasontree.store.schema import NodeRow, RunRow, SearchRow
from reasontree.store.traces import full_ids, list_traces, load_trace
from sqlalchemy import delete, update

from ..recorded import respec


@pytest.fixture
def recorded(database, record):
    finished, trace = record(database)
    return finished, load_trace(database, trace)


def test_a_recorded_tree_comes_back_node_by_node(recorded):
    finished, trace = recorded
    assert len(trace.tree) == 9
    assert list(trace.tree) == list(finished.search.tree)


def test_the_outcome_and_the_settings_come_back(recorded, run_record):
    finished, trace = recorded
    outcome = finished.outcome
    assert trace.record == run_record
    assert trace.problem == Problem("What is it?", "42", 3)
    assert trace.prompt == finished.search.prompt
    assert (trace.answer, trace.correct, trace.stopped) == (outcome.verdict.answer, outcome.correct, "done")
    assert trace.tallies == outcome.verdict.tallies
    assert (trace.tokens, trace.flops) == (outcome.tokens, outcome.flops)
    assert trace.elapsed_s == outcome.elapsed_s


def test_the_rounds_come_back_as_they_were_asked(recorded):
    _, trace = recorded
    first, second = trace.rounds
    assert first.expansions == (Expansion(ROOT, 2, "step"), Expansion(ROOT, 1, "end"))
    assert first.first_ranks == (0, 2)
    assert second.expansions == (Expansion(1, 1, "step"), Expansion(2, 2, "step"))


def test_every_node_names_the_expansion_that_it_came_from(database, record):
    record(database)
    with database.transaction() as connection:
        rows = connection.execute(NodeRow.__table__.select().order_by(NodeRow.node)).all()
    assert [(row.round, row.position) for row in rows] == [(1, 0)] * 2 + [(1, 1)] * 3 + [(2, 0)] + [
        (2, 1)
    ] * 2


def named(database, record, *ids):
    """Record as many traces, and give them these ids."""
    for name in ids:
        _, trace = record(database)
        with database.transaction() as connection:
            connection.execute(update(SearchRow).where(SearchRow.trace == trace).values(trace=name))


def test_a_trace_is_named_by_its_id_or_by_what_it_alone_begins_with(database, record):
    named(database, record, "abcd1234", "abcd5678", "abcd", "ef_h1", "efgh2")
    assert full_ids(database, ["abcd5", "abcd1234", "abcd", "ef_h", "abcd5"]) == (
        "abcd5678", "abcd1234", "abcd", "ef_h1"
    )  # fmt: skip
    assert full_ids(database, []) == ()


@pytest.mark.parametrize("name", ["", "abc", "ABCD1", "abcd12345", "%bcd1", "____", "zzzz"])
def test_a_name_that_no_trace_begins_with_is_told(database, record, name):
    named(database, record, "abcd1234")
    with pytest.raises(StoreError, match=f"no trace '{name}'"):
        full_ids(database, ["abcd", name])


def test_a_name_that_is_too_short_says_how_much_is_needed(database, record):
    named(database, record, "abcd1234")
    with pytest.raises(StoreError, match=r"no trace 'abc'\. Give 4 characters"):
        full_ids(database, ["abc"])


def test_a_name_that_several_traces_begin_with_is_told(database, record):
    named(database, record, "abcd1234", "abcd5678")
    with pytest.raises(StoreError, match=r"2 traces that begin with 'abcd'\. .*abcd1234 or abcd5678"):
        full_ids(database, ["abcd"])


def test_traces_are_listed_newest_first(database, record):
    ids = [record(database)[1] for _ in range(3)]
    listed = list_traces(database)
    assert [each.id for each in listed] == ids[::-1]
    assert (listed[0].strategy, listed[0].question, listed[0].stopped) == ("scripted", "What is it?", "done")
    assert list_traces(database, limit=1) == listed[:1]


def test_an_unknown_trace_is_a_clear_error(database):
    with pytest.raises(StoreError, match="no trace 'nothing'"):
        load_trace(database, "nothing")


def test_a_search_with_a_seed_of_its_own_comes_back_with_it(
    database, run_record, run_of, search_of, scripted, simulated
):
    recorder = Recorder(database, run_record)
    search = search_of(scripted([Expansion(ROOT, 2)]), seed=6)
    list(run_of(simulated(), observers=[recorder]).searches([search]))
    assert list(load_trace(database, recorder.trace_id(0)).tree) == list(search.tree)


def test_the_trees_end_is_kept_apart_from_the_steps_own(
    database, run_record, run_of, search_of, scripted, simulated
):
    recorder = Recorder(database, run_record)
    search = search_of(scripted([Expansion(ROOT, 1)]), seed=5, limits=Limits(max_depth=1))
    list(run_of(simulated(), observers=[recorder]).searches([search]))
    tree = load_trace(database, recorder.trace_id(0)).tree
    assert (tree[1].end, tree[1].step.end) == (End.DEPTH, None)


def test_a_model_whose_name_is_no_text_is_recorded_to_the_letter(database, run_record):
    odd = replace(run_record, model=ModelInfo("mod\udcffel\x00.gguf"))
    run = Recorder(database, odd).run
    with database.transaction() as connection:
        row = connection.execute(RunRow.__table__.select().where(RunRow.id == run)).one()
    assert row.model == "mod\\udcffel\\0.gguf"
    assert row.settings["model"]["name"] == odd.model.name


def test_options_of_any_text_come_back(database, run_record, run_of, search_of, scripted, simulated):
    odd = respec(run_record, strategy_options={"a\0\ud800": ["b\0", "\udcff", "\x1b[31m", 1e300, None]})
    recorder = Recorder(database, odd)
    list(run_of(simulated(), observers=[recorder]).searches([search_of(scripted([Expansion(ROOT, 1)]))]))
    assert load_trace(database, recorder.trace_id(0)).record == odd


class OddlyNamed:
    """A scorer whose name no text column of PostgreSQL can hold."""

    name = "odd\0"

    def score(self, requests):
        return [
            Scores(each.search, each.round, self.name, dict.fromkeys(each.nodes, 0.5)) for each in requests
        ]


def test_what_postgres_cannot_hold_is_one_clear_line(
    postgres, run_record, run_of, search_of, scripted, simulated
):
    opened = open_database(postgres)
    for wrong in ({"strategy": "a\0"}, {"strategy_options": {"balance": float("nan")}}):
        with pytest.raises(StoreError, match="cannot hold a value") as error:
            Recorder(opened, respec(run_record, **wrong))
        assert "\n" not in str(error.value)
    run = run_of(simulated(), observers=[Recorder(opened, run_record)], scorers=[OddlyNamed()])
    (finished,) = run.searches([search_of(scripted([Expansion(ROOT, 1)]))])
    opened.close()
    assert "cannot hold a value" in finished.outcome.error


def test_settings_of_an_unknown_kind_are_a_clear_error(database, record):
    _, trace = record(database)
    stored = {"model": {}, "sampling": {}, "limits": {}, "budget": {}, "version": "9.9", "wisdom": 3}
    with database.transaction() as connection:
        connection.execute(update(RunRow).values(settings=stored))
    with pytest.raises(StoreError, match=r"stored by reasontree 9\.9"):
        load_trace(database, trace)


def test_a_trace_that_lacks_a_node_is_a_clear_error(database, record):
    _, trace = record(database)
    with database.transaction() as connection:
        connection.execute(delete(NodeRow).where(NodeRow.node == 7))
    with pytest.raises(StoreError, match="damaged: node 7 is missing"):
        load_trace(database, trace)


class Speaks:
    """A policy that says given steps."""

    name = "speaks"

    def __init__(self, policy, steps):
        self.info, self.render, self.release = policy.info, policy.render, policy.release
        self._steps = steps

    def propose(self, requests):
        return [Proposal(each.search, each.round, each.position, 0, self._steps) for each in requests]


ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
STEPS = st.builds(
    Step,
    text=ANY_TEXT | st.sampled_from(["\x00", "\ud800", "<script>", "\x1b[31m", "é" * 1000]),
    tokens=st.lists(st.integers(0, 2**31 - 1), max_size=5).map(tuple),
    logprobs=st.lists(st.floats(max_value=0, allow_nan=False), max_size=5).map(tuple),
    end=st.none(),
    hidden=st.none() | st.lists(st.floats(-10, 10), max_size=3).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(steps=st.lists(STEPS, min_size=1, max_size=4).map(tuple), question=ANY_TEXT, gold=ANY_TEXT)
def test_any_text_comes_back_to_the_last_bit(
    database, run_record, run_of, search_of, scripted, simulated, steps, question, gold
):
    recorder = Recorder(database, run_record)
    run = run_of(Speaks(simulated(), steps), observers=[recorder])
    search = search_of(scripted([Expansion(ROOT, 1, "end")]), seed=5)
    search.problem = Problem(question, gold)
    list(run.searches([search]))
    trace = load_trace(database, recorder.trace_id(0))
    assert list(trace.tree) == list(search.tree)
    assert trace.problem == search.problem
    assert str(search.error or "") == (trace.error or "")
