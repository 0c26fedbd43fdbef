"""`reason trace`: what a person sees of recorded searches, and what comes of wrong words."""

import json
import re

import pytest
from reasontree.core import Problem
from reasontree.store.database import open_database
from reasontree.store.traces import list_traces, load_trace

HOSTILE = "<script>alert(1)</script>\x1b[2J\x1b[31mred\x07\x00 [bold]markup[/bold] \u202egnp.exe"


@pytest.fixture
def solve(reason, tmp_path):
    """Record searches with the simulated policy: one for each question, in one run."""

    def record(*questions, strategy="majority", name="problems.jsonl"):
        file = tmp_path / name
        file.write_text("".join(json.dumps({"question": each, "gold": "42"}) + "\n" for each in questions))
        arguments = ("--policy", "simulated", "--strategy", strategy, "-o", "width=4")
        if strategy == "greedy":
            arguments = arguments[:-2]
        code, out, _ = reason("solve", "--jsonl", file, *arguments)
        assert code == 0
        return [json.loads(line)["trace_id"] for line in out.splitlines()]

    return record


def listed(reason, *arguments):
    code, out, err = reason("trace", "list", "--json", *arguments)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_traces_are_listed_with_what_was_asked_and_answered(reason, solve, tmp_path):
    ids = solve("What is 6 times 7?", "What is 40 and 2?")
    code, out, _ = reason("trace", "list")
    head, *rows = out.splitlines()
    assert (code, head.split()[:2], len(rows)) == (0, ["trace", "run"], 2)
    assert [row.split()[0] for row in rows] == ids[::-1]
    assert "problems.jsonl" in rows[0]
    assert "What is 6 times 7?" in rows[1]


def test_the_json_of_a_list_has_the_whole_record(reason, solve):
    (trace,) = solve("What is 6 times 7?")
    (row,) = listed(reason)
    opened = open_database()
    loaded, (summary,) = load_trace(opened, trace), list_traces(opened)
    opened.close()
    assert row["id"] == trace
    assert row["started"] == summary.started.isoformat() + "Z"
    assert row["n_steps"] == len(loaded.tree) - 1
    assert row["tokens"] == loaded.tokens._asdict()
    assert row["flops"] == loaded.flops._asdict()
    assert loaded.problem == Problem(row["question"], row["gold"], row["index"], row["dataset"])


def test_filters_narrow_the_list(reason, solve):
    voted = solve("A?", "B?")
    (greedy,) = solve("C?", strategy="greedy", name="other.jsonl")
    assert [row["id"] for row in listed(reason, "--strategy", "greedy")] == [greedy]
    assert [row["id"] for row in listed(reason, "--dataset", "PROBLEMS*")] == voted[::-1]
    assert [row["id"] for row in listed(reason, "--run", 1, "--limit", 1)] == voted[1:]
    graded = [row["id"] for flag in ("--correct", "--wrong") for row in listed(reason, flag)]
    assert sorted(graded) == sorted([*voted, greedy])
    assert listed(reason, "--since", "2100-01-01") == []
    assert listed(reason, "--until", "2020-01-01T12:00") == []
    assert len(listed(reason, "--since", "2020-01-01", "--until", "2099-12-31")) == 3


def test_a_day_is_the_readers_day_and_until_takes_the_whole_of_it(reason, solve):
    (trace,) = solve("A?")
    opened = open_database()
    (summary,) = list_traces(opened)
    opened.close()
    from datetime import UTC

    today = summary.started.replace(tzinfo=UTC).astimezone().date().isoformat()
    assert [row["id"] for row in listed(reason, "--since", today, "--until", today)] == [trace]


def test_hostile_text_is_harmless_in_a_list(reason, solve):
    solve(HOSTILE, strategy="greedy")
    code, out, _ = reason("trace", "list")
    assert code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", out)
    assert "<script>alert(1)</script>" in out
    assert "[bold]markup[/bold]" in out
    assert listed(reason)[0]["question"] == HOSTILE


def test_an_empty_list_says_so(reason, solve, tmp_path):
    code, out, err = reason("trace", "list")
    assert (code, out) == (1, "")
    assert "There is no trace database" in err
    solve("A?")
    code, out, err = reason("trace", "list", "--model", "none")
    assert (code, out) == (0, "")
    assert "no such trace" in err


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("list", "--since", "yesterday"), "a day such as 2026-01-31"),
        (("list", "--run", "0"), "x>=1"),
        (("list", "--db", " "), "empty name"),
        (("lst",), "Did you mean 'list'?"),
    ],
)
def test_wrong_words_are_one_clear_line(reason, arguments, wanted):
    code, out, err = reason("trace", *arguments)
    assert (code in (1, 2), out, err.count("\n")) == (True, "", 1)
    assert wanted in err
