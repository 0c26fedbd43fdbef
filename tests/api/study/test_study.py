"""A study is searched once: what is recorded is not searched again, by whomever and whatever happened."""

import os
import signal
import sqlite3
import time

import pytest
import reasontree
from reasontree.api.study.spec import StudySpec
from reasontree.api.study.study import Study
from reasontree.core.errors import ReasonError, UsageError

from .studies import POLICY, study_of, write_problems

STRATEGIES = ["greedy", "majority", "weighted-majority", "rebase"]


@pytest.fixture
def data(tmp_path):
    return write_problems(tmp_path / "rows.jsonl", 8)


@pytest.fixture
def db(tmp_path):
    return str(tmp_path / "study.db")


def left(study):
    return {each.run.name: each.n_left for each in study.outstanding()}


def searched(study, n_workers=1):
    return [each.run.name for each in study.search(study.outstanding(), n_workers=n_workers)]


def test_what_is_recorded_is_not_searched_again(data, db):
    study = Study(StudySpec.of(study_of(data, strategies=STRATEGIES)), db)
    assert len(searched(study)) == 8 * 5
    assert set(left(study).values()) == {0}
    assert searched(Study(study.spec, db)) == []
    wider = Study(StudySpec.of(study_of(data, strategies=STRATEGIES, samples=[1, 2, 4, 8])), db)
    assert {name: n for name, n in left(wider).items() if n} == {
        "simulated majority n=8": 8,
        "simulated rebase n=8": 8,
    }


def test_more_problems_are_added_to_those_that_are_there(data, db):
    few = study_of([{"data": data, "limit": 3}], strategies=STRATEGIES)
    assert len(searched(Study(StudySpec.of(few), db))) == 3 * 5
    assert len(searched(Study(StudySpec.of(study_of(data, strategies=STRATEGIES)), db))) == 5 * 5


def test_runs_of_solve_count_where_they_are_what_is_wanted(data, db):
    problems = reasontree.read_problems(data)
    with reasontree.open(**POLICY, strategy="best-of-n", width=6, db=db) as session:
        list(session.solve(problems))
    study = Study(StudySpec.of(study_of(data, strategies=["majority", "rebase"], samples=[4])), db)
    assert left(study) == {"simulated majority n=4": 0, "simulated rebase n=4": 8}
    other = StudySpec.of(study_of(data, strategies=["majority"], seeds=[1], samples=[4]))
    assert set(left(Study(other, db)).values()) == {8}
    scored = StudySpec.of(study_of(data, strategies=["majority"], scorers=["self-judge"], samples=[4]))
    with pytest.raises(ReasonError):  # self-judge needs a model, which the simulated policy has not
        left(Study(scored, db))


def test_a_study_that_is_stopped_goes_on(data, db):
    study = Study(StudySpec.of(study_of(data, strategies=STRATEGIES)), db)
    for n, _ in enumerate(study.search(study.outstanding()), start=1):
        if n == 10:
            study.stop()
    again = Study(study.spec, db)
    n_left = sum(left(again).values())
    assert 0 < n_left < 8 * 5
    assert len(searched(again)) == n_left
    assert_each_once(db, 8, 5)


def test_workers_share_a_study(data, db):
    study = Study(StudySpec.of(study_of(data, strategies=STRATEGIES)), db)
    assert len(searched(study, n_workers=2)) == 8 * 5
    assert_each_once(db, 8, 5)


def test_a_worker_that_is_killed_loses_nothing(data, db):
    """One of two workers gets SIGKILL while it has searches under way; another goes on with its runs."""
    slow = {"policy": "simulated", "policy_options": {"depth": 400, "step_tokens": 1}, "n_active": 1}
    said = []
    spec = StudySpec.of(study_of(data, strategies=["rebase"], samples=[16], common=slow))
    study = Study(spec, db, say=said.append)
    killed = False
    names = []
    for each in study.search(study.outstanding(), n_workers=2):
        names.append(each.error)
        if not killed:
            os.kill(worker_under_way(db), signal.SIGKILL)
            killed = True
    assert any("A worker died (exit code -9)" in line for line in said)
    assert names.count("") == len(names)
    assert_each_once(db, 8, 1)
    assert n_runs(db) == 2  # what the dead worker had begun was gone on with, not begun anew


def test_workers_that_die_over_the_same_problems_end_the_study(data, db, monkeypatch):
    said = []
    spec = StudySpec.of(study_of(data, strategies=["majority"], common={**POLICY, "n_active": 1}))
    study = Study(spec, db, say=said.append)
    tasks = study.search(study.outstanding(), n_workers=2)
    monkeypatch.setattr("reasontree.api.study.workers._work", _die)
    with pytest.raises(ReasonError, match="workers died over problems of 'simulated majority n=4'"):
        list(tasks)


def test_the_library_searches_and_reports(data, db):
    seen = []
    found = reasontree.study(study_of(data, strategies=STRATEGIES), db=db, observe=seen.append)
    assert len(seen) == 8 * 5
    assert {cell.plugin for cell in found.cells} == {
        "greedy",
        "majority",
        "weighted-majority",
        "best-of-n",
        "rebase",
    }
    assert reasontree.report(db, samples=[1, 2, 4]).to_dict()["cells"] == found.to_dict()["cells"]


def test_calibration_searches_what_is_to_be_searched_anyway(data, db):
    study = Study(StudySpec.of(study_of(data, strategies=["majority"])), db)
    (before,) = study.outstanding()
    (after,) = study.calibrated([before])
    assert (before.n_left, after.n_left) == (8, 6)
    assert after.rate.tokens == 32  # four steps of eight tokens
    assert after.tokens == 6 * 4 * 32
    assert after.seconds > 0


def test_a_study_without_data_that_can_be_read_is_refused(db, tmp_path):
    study = Study(StudySpec.of(study_of(str(tmp_path / "none.jsonl"), strategies=["majority"])), db)
    with pytest.raises(UsageError, match=r"none\.jsonl cannot be read"):
        study.outstanding()


def _die(*_):
    os._exit(9)


def rows(db, query):
    with sqlite3.connect(db) as connection:
        return connection.execute(query).fetchall()


def n_runs(db):
    return rows(db, "SELECT count(DISTINCT run) FROM searches")[0][0]


def assert_each_once(db, n_problems, n_ways):
    found = rows(db, "SELECT question, stopped FROM searches")
    assert len(found) == n_problems * n_ways
    assert all(stopped not in (None, "interrupted", "failed") for _, stopped in found)
    assert rows(db, "SELECT count(*) FROM planned") == [(0,)]


def worker_under_way(db):
    """Wait until both workers have begun with a search, and return one's process."""
    import psutil

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        begun = rows(db, "SELECT count(DISTINCT run) FROM searches WHERE stopped IS NULL")[0][0]
        workers = [
            child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())
        ]
        if begun == 2 and len(workers) == 2:
            return workers[0].pid
        time.sleep(0.02)
    raise AssertionError("two workers did not begin within a minute")
