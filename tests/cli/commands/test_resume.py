"""`reason resume`: what it does, what it says of the whole run, and what an interrupted run says of it."""

import json
import re

import pytest
import reasontree
from reasontree.cli.show.rows import ResultRows
from reasontree.cli.show.solved import show_summary
from reasontree.cli.show.summary import Summary

PROBLEMS = [reasontree.Problem(f"What is {n} plus 1?", str(n + 1), n) for n in range(6)]
SPEC = {"policy": "simulated", "policy_options": {"p_right": 0.6}, "strategy": "rebase", "width": 3}


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """A run that was stopped when some of its searches had ended; returns all that came of it."""
    db = str(tmp_path / "stopped.db")
    monkeypatch.setenv("REASON_DB", db)
    with reasontree.open(**SPEC, n_active=2, db=db) as session:
        results = session.solve(PROBLEMS)
        found = [next(results), next(results)]
        results.stop()
        return [*found, *results]


def test_accuracy_is_that_of_the_whole_run(reason, stopped):
    n_ended = sum(result.is_whole for result in stopped)
    assert 2 <= n_ended < 6
    code, out, err = reason("resume", 1)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(rows) == 6 - n_ended
    assert f"Run 1: {n_ended} searches had ended, " in err
    ended = [result.correct for result in stopped if result.is_whole]
    n_correct = sum(ended) + sum(row["correct"] for row in rows)
    assert f"({n_correct} of 6), 95 % interval" in err
    assert "tokens/s" not in err  # some of its tokens are from before
    code, out, err = reason("resume", 1)
    assert (code, out, err) == (0, "", "Run 1 has nothing left to do: 6 searches had ended.\n")


def test_an_interrupted_run_says_how_it_goes_on(stopped, capsys):
    summary = Summary(6)
    rows = ResultRows(summary)
    for result in stopped:
        rows.show(result)
    assert show_summary(summary, 6, run=1) == 1
    n_left = 6 - sum(result.is_whole for result in stopped)
    said = capsys.readouterr().err
    assert re.search(
        rf"^stopped   {n_left} of 6 problems before their end: 'reason resume 1' goes on$", said, re.M
    )


def test_a_run_that_is_not_there_is_one_clear_line(reason, tmp_path):
    code, out, err = reason("resume", 7)
    assert (code, out) == (1, "")
    assert err.startswith("reason: There is no trace database")
    assert err.count("\n") == 1
