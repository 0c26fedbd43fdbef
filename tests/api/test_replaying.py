"""Recorded searches again, from Python."""

import pytest
import reasontree
from reasontree.core import Problem
from reasontree.core.errors import ReplayError, UsageError

PROBLEMS = [Problem(f"What is {n} times 7?", str(7 * n), n, "sevens.jsonl") for n in range(6)]


@pytest.fixture
def db(tmp_path):
    """A database with a run of majority voting."""
    where = str(tmp_path / "traces.db")
    with reasontree.open(policy="simulated", strategy="majority", width=16, seed=2, db=where) as session:
        list(session.solve(PROBLEMS))
    return where


def test_the_same_search_is_the_same(db):
    replays = list(reasontree.replay(run=1, db=db))
    assert len(replays) == 6
    for each in replays:
        assert each.is_same
        assert list(each.result.tree) == list(each.recorded.tree)
    assert {trace.kind for trace in reasontree.traces(db=db, limit=None)} == {"live", "replay"}


def test_a_trace_is_named_by_its_beginning_and_a_replay_need_not_be_kept(db):
    (newest,) = reasontree.traces(db=db, limit=1)
    (again,) = reasontree.replay(newest.id[:6], record=False, db=db)
    assert (again.recorded.trace_id, again.result.trace_id) == (newest.id, "")
    assert len(reasontree.traces(db=db, limit=None)) == 6


def test_another_width_draws_from_the_record(db):
    (newest,) = reasontree.traces(db=db, limit=1)
    (again,) = reasontree.replay(newest.id, width=4, record=False, db=db)
    assert len(again.result.solutions) == 4
    assert again.result.spec.strategy_options["width"] == 4
    (too_wide,) = reasontree.replay(newest.id, width=40, record=False, db=db)
    assert "24 more than the record has" in str(too_wide.result.error)


def test_another_vote_is_taken_over_the_same_tree(db):
    for each in reasontree.replay(run=1, vote="best", record=False, db=db):
        assert list(each.result.tree) == list(each.recorded.tree)
        assert each.result.spec.vote == "best"


def test_a_model_goes_on_where_too_little_was_recorded(db):
    (newest,) = reasontree.traces(db=db, limit=1)
    (again,) = reasontree.replay(newest.id, width=20, policy="simulated", record=False, db=db)
    assert len(again.result.solutions) == 20
    assert again.result.is_whole


def test_leaving_the_loop_closes_everything(db):
    for each in reasontree.replay(run=1, db=db):
        assert each.is_same
        break
    assert len(list(reasontree.replay(run=1, record=False, db=db))) == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "Nothing says what to replay"),
        ({"run": 1, "on_miss": "foo"}, "on_miss takes stop or resample"),
        ({"run": 1, "model": "x.gguf"}, "A model goes on only where another search"),
        ({"run": 1, "seed": 3, "model": "x.gguf", "on_miss": "resample"}, "Either a model goes on"),
        ({"run": 1, "widht": 3}, "'widht'"),
        ({"run": 1, "vote": "loudest"}, "no vote 'loudest'"),
    ],
)
def test_wrong_words_are_one_clear_line(db, words, said):
    with pytest.raises(UsageError, match=said):
        list(reasontree.replay(db=db, **words))


def test_a_curve_has_a_point_for_every_number_of_chains(db):
    points, problems = reasontree.curve_of(run=1, db=db)
    assert [point.n for point in points] == list(range(1, 17))
    assert len(problems) == 6
    assert set(points[0].accuracy) == {"majority", "weighted", "best", "cisc", "map", "pass"}
    with pytest.raises(ReplayError, match="no such trace with chains"):
        reasontree.curve_of(run=9, db=db)
