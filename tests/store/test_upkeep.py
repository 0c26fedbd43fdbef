"""Removing, adding up and checking, on every database that can be had."""

from datetime import datetime, timedelta

import pytest
from reasontree.core import ROOT, Expansion
from reasontree.core.statistics import wilson
from reasontree.store.checking import check
from reasontree.store.database import open_database
from reasontree.store.filters import EVERYTHING, Filters
from reasontree.store.recorder import Recorder
from reasontree.store.removing import Chosen, choose, remove, vacuum
from reasontree.store.schema import Base, NodeRow, RunRow, ScoreRow, SearchRow
from reasontree.store.stats import KEYS, stats_of
from reasontree.store.traces import list_traces
from sqlalchemy import delete, func, insert, select, text, update

from ..recorded import respec


def counts(database):
    with database.snapshot() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in Base.metadata.tables.items()
        }


def test_a_removed_trace_leaves_nothing_behind(database, record):
    _, kept = record(database)
    before = counts(database)
    _, trace = record(database)
    assert choose(database, [trace], EVERYTHING) == Chosen(1, 1, 8, 0)
    assert remove(database, [trace], EVERYTHING) == 1
    assert counts(database) == before
    assert [each.id for each in list_traces(database)] == [kept]


def test_filters_and_names_must_both_hold(database, record):
    _, trace = record(database)
    assert remove(database, [trace], Filters(model="another")) == 0
    assert remove(database, [trace], Filters(model="simulated")) == 1


def test_a_run_stays_as_long_as_it_has_a_trace(database, record):
    for _ in range(2):
        record(database)
    with database.transaction() as connection:
        connection.execute(update(SearchRow).values(run=1))
    first, second = (each.id for each in list_traces(database))
    remove(database, [first], EVERYTHING)
    assert counts(database)["runs"] == 2
    remove(database, [second], EVERYTHING)
    assert counts(database)["runs"] == 1  # the other one never had a trace: it may have just begun


def test_a_replay_stays_when_the_run_that_it_replays_is_removed(
    database, record, run_record, run_of, search_of, scripted, simulated
):
    _, parent = record(database)
    recorder = Recorder(database, run_record, kind="replay", parent=1)
    list(run_of(simulated(), observers=[recorder]).searches([search_of(scripted([Expansion(ROOT, 1)]))]))
    remove(database, [parent], EVERYTHING)
    assert [each.id for each in list_traces(database)] == [recorder.trace_id(0)]
    with database.snapshot() as connection:
        assert connection.execute(select(RunRow.kind, RunRow.parent)).all() == [("replay", None)]


def test_a_trace_that_has_not_ended_is_counted_as_such(database, record):
    record(database)
    with database.transaction() as connection:
        connection.execute(update(SearchRow).values(stopped=None))
    assert choose(database, [], EVERYTHING).n_running == 1


def test_the_room_of_removed_traces_is_given_back(database, where, record):
    for _ in range(30):
        record(database)
    remove(database, [], EVERYTHING)
    database.close()
    before, after = vacuum(where)
    assert after < before


def test_statistics_add_up_by_anything(database, record):
    finished = [record(database)[0] for _ in range(3)]
    with database.transaction() as connection:
        connection.execute(update(SearchRow).values(correct=True))
        connection.execute(update(SearchRow).where(SearchRow.id == 1).values(correct=False))
        connection.execute(update(SearchRow).where(SearchRow.id == 3).values(stopped=None))
    stats = stats_of(database, EVERYTHING)
    (group,) = stats.groups
    assert group.key == ("simulated", "scripted")
    assert (group.n_traces, group.n_ended, group.n_graded, group.n_correct) == (3, 2, 2, 1)
    assert (group.n_problems, group.accuracy) == (1, wilson(0.5, 1))  # the same problem, with the same seed
    ended = [each.outcome for each in finished[:2]]
    assert group.n_generated == sum(outcome.tokens.generated for outcome in ended)
    assert group.flops == sum(outcome.flops.policy + outcome.flops.scorer for outcome in ended)
    assert group.paper_flops == sum(outcome.flops.paper for outcome in ended)
    assert (stats.n_runs, stats.n_traces, stats.n_nodes) == (3, 3, 24)
    assert stats.n_bytes > 10_000
    assert [each.key for each in stats_of(database, EVERYTHING, ["run"]).groups] == [(1,), (2,), (3,)]
    assert stats_of(database, Filters(runs=(2,)), [*KEYS]).groups[0].key == (
        *("simulated", "scripted", "", 2),
        *("", "confidence", "counting", ""),
    )
    assert stats_of(database, Filters(model="none")).groups == ()


def test_a_problem_counts_once_however_often_it_was_searched(database, record):
    """Ten problems, searched in two runs each: as wide an interval as that of ten."""
    for _ in range(20):
        record(database)
    right = [i % 3 == 0 for i in range(10)]
    with database.transaction() as connection:
        for i in range(20):
            of_search = update(SearchRow).where(SearchRow.id == i + 1)
            connection.execute(
                of_search.values(question=f"Q{i % 10}", correct=right[i % 10], root_seed=i % 10)
            )
    (group,) = stats_of(database, EVERYTHING).groups
    assert (group.n_graded, group.n_correct, group.n_problems) == (20, 8, 10)
    assert group.accuracy == pytest.approx(wilson(4, 10))
    (first, *_) = stats_of(database, Filters(runs=tuple(range(1, 11)))).groups
    assert first.accuracy == pytest.approx(group.accuracy)


def test_searches_that_were_broken_off_are_not_wrong(database, record):
    for _ in range(6):
        record(database)
    with database.transaction() as connection:
        connection.execute(update(SearchRow).values(correct=True))
        for i, stopped in ((1, "interrupted"), (2, "failed"), (3, None), (4, "tokens")):
            of_search = update(SearchRow).where(SearchRow.id == i)
            connection.execute(of_search.values(stopped=stopped, correct=False, question=f"Q{i}"))
    (group,) = stats_of(database, EVERYTHING).groups
    assert (group.n_traces, group.n_ended, group.n_broken) == (6, 3, 2)
    assert (group.n_graded, group.n_correct, group.n_problems) == (3, 2, 2)
    assert group.accuracy.value == 0.5


@pytest.mark.parametrize(
    ("spans", "covered_s"),
    [
        ([(0, 10)], 10),
        ([(0, 10), (0, 10), (2, 5)], 10),
        ([(0, 10), (5, 20), (30, 31)], 21),
        ([(7, 8), (0, 1), (0.5, 2)], 3),
    ],
)
def test_hours_are_those_in_which_something_went_on(database, record, spans, covered_s):
    began = datetime(2026, 1, 1)
    for _ in spans:
        record(database)
    with database.transaction() as connection:
        for i, (begun, ended) in enumerate(spans, start=1):
            of_search = update(SearchRow).where(SearchRow.id == i)
            connection.execute(
                of_search.values(started=began + timedelta(seconds=begun), elapsed_s=ended - begun)
            )
    (group,) = stats_of(database, EVERYTHING).groups
    assert group.elapsed_s == pytest.approx(covered_s)


def test_runs_that_differ_in_options_scorer_or_vote_can_be_told_apart(database, record, run_record):
    for changed in (
        {
            "strategy_options": {"width": 4, "rounding": "x"},
            "scorers": {"oracle": {}, "confidence": {}},
        },
        {"strategy_options": {"width": 16}, "vote": "weighted"},
    ):
        record(database, respec(run_record, **changed))
    found = stats_of(database, EVERYTHING, ["scorer", "strategy", "options", "vote"])
    assert [(group.key, group.n_traces) for group in found.groups] == [
        (("confidence", "scripted", "width=16", "weighted"), 1),
        (("oracle", "scripted", "width=4 rounding=x", "counting"), 1),
    ]


def test_a_sound_database_has_no_problems(database, where, record):
    record(database)
    report = check(where)
    assert report.problems == ()
    assert report.counts == counts(database)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (delete(NodeRow).where(NodeRow.node == 3), "lacks nodes"),
        (update(NodeRow).where(NodeRow.node == 2).values(parent=9), "has a node before its parent"),
        (update(NodeRow).where(NodeRow.node == 2).values(logprobs=b"123"), "cut off"),
        (
            insert(ScoreRow).values(search=1, node=99, scorer="s", value=0.5),
            "scores of nodes that are missing",
        ),
        (text("UPDATE alembic_version SET version_num = '0002'"), "run: reason db upgrade --db '"),
    ],
)
def test_what_is_wrong_is_found_and_names_the_trace(database, where, record, change, wanted):
    _, trace = record(database)
    with database.transaction() as connection:
        connection.execute(change)
    problems = check(where).problems
    assert any(wanted in problem and (trace in problem or "upgrade" in wanted) for problem in problems)


def test_another_programs_database_is_said_to_be_none(where):
    with open_database(where) as opened, opened.transaction() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert "It has no schema of reasontree's." in check(where).problems
