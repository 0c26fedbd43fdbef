"""Rows beside a bar: whatever is said while a run goes on stays on the bar's line."""

import sys
from dataclasses import replace

import pytest
import reasontree
from reasontree.cli.show.rows import ResultRows
from reasontree.cli.show.summary import Summary


@pytest.fixture
def result():
    return reasontree.solve("What is 6 times 7?", gold="42", policy="simulated", width=4, record=False)


def test_a_sign_of_life_takes_the_place_of_the_last_one(result, capsys, monkeypatch):
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    rows = ResultRows(Summary(4))
    rows.say("4 problems under way")
    rows.show(result)
    rows.say("3 problems under way")
    rows.close()
    shown = capsys.readouterr()
    assert shown.out.count("\n") == 1 and "What is 6 times 7?" in shown.out
    assert "\n" not in shown.err
    assert [each.count("█") for each in shown.err.split("\r\x1b[K")] == [0, 0, 0, 5, 5, 0]
    assert "3 problems under way" in shown.err


def test_without_a_terminal_each_is_a_line(result, capsys):
    rows = ResultRows(Summary(4))
    rows.say("4 problems under way")
    rows.show(result)
    rows.close()
    shown = capsys.readouterr()
    assert shown.out.startswith('{"index": 0, ')
    assert [line.split(",")[0] for line in shown.err.splitlines()] == [
        "4 problems under way",
        "1 of 4 problems",
    ]


@pytest.mark.parametrize("stopped", ["interrupted", "failed"])
def test_a_search_that_was_broken_off_is_neither_right_nor_wrong(result, stopped):
    summary = Summary(3)
    summary.add(result)
    for is_correct in (True, False):
        trace = replace(result.trace, stopped=stopped, correct=is_correct)
        summary.add(reasontree.Result(trace))
    assert "accuracy  100.0% (1 of 1)" in next(summary.lines())
