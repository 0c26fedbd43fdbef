"""`reason trace`: what a person sees of recorded searches, and what comes of wrong words."""

import gzip
import json
import os
import re
import sqlite3
import threading
from contextlib import closing
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

import pytest
from reasontree.core import Problem
from reasontree.store.database import open_database
from reasontree.store.traces import list_traces, load_trace

HOSTILE = "<script>alert(1)</script>\x1b[2J\x1b[31mred\x07\x00 [bold]markup[/bold] \u202egnp.exe"


@pytest.fixture
def solve(reason, tmp_path):
    """Record searches with the simulated policy: one for each question, in one run."""

    def record(*questions, strategy="majority", name="problems.jsonl", options=()):
        file = tmp_path / name
        file.write_text("".join(json.dumps({"question": each, "gold": "42"}) + "\n" for each in questions))
        arguments = ("--policy", "simulated", "--strategy", strategy, "-o", "width=4")
        if strategy == "greedy":
            arguments = arguments[:-2]
        code, out, _ = reason("solve", "--jsonl", file, *arguments, *options)
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


def test_a_hostile_answer_model_and_data_set_are_harmless_too(reason, solve, tmp_path):
    solve("A?", "x" * 1_000_000)
    with closing(sqlite3.connect(tmp_path / "traces.db")) as connection, connection:
        connection.execute("UPDATE runs SET model = ?, strategy = ?", (HOSTILE.replace("\0", ""),) * 2)
        connection.execute("UPDATE searches SET answer = ?, dataset = ?", (HOSTILE.encode(), HOSTILE[:40]))
    for command in ("list", "stats"):
        code, out, err = reason("trace", command)
        assert (code, err) == (0, "")
        assert len(out.splitlines()) == 3
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", out)
        assert max(map(len, out.splitlines())) <= 160


def test_a_trace_names_the_libraries_that_made_it(reason, solve):
    (trace,) = solve("A?")
    with open_database() as opened:
        assert load_trace(opened, trace).record.libraries["numpy"] == version("numpy")


def test_an_unknown_trace_is_one_clear_line(reason, solve):
    solve("A?")
    for words in (("export", "nothing"), ("rm", "nothing", "--yes")):
        code, out, err = reason("trace", *words)
        assert (code, out) == (1, "")
        assert "has no trace 'nothing'." in err
    assert len(listed(reason)) == 1


def test_an_empty_list_says_so(reason, solve, tmp_path):
    code, out, err = reason("trace", "list")
    assert (code, out) == (1, "")
    assert "There is no trace database" in err
    solve("A?")
    code, out, err = reason("trace", "list", "--model", "none")
    assert (code, out) == (0, "")
    assert "no such trace" in err


@pytest.mark.parametrize("width", [20, 50, 80, 100, 200])
def test_a_list_keeps_to_the_terminals_width(reason, solve, monkeypatch, width):
    (trace,) = solve("What is it? " * 20)
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = reason("trace", "list")
    lines = out.splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= width
    assert width < 80 or lines[1].startswith(f"{trace} ")


def test_what_is_exported_can_be_imported_elsewhere(reason, solve, tmp_path):
    ids = solve("A?", "B?", HOSTILE)
    file, there = tmp_path / "traces.jsonl.gz", tmp_path / "there.db"
    code, out, err = reason("trace", "export", "-o", file)
    assert (code, out) == (0, "")
    assert "3 traces with" in err
    assert gzip.decompress(file.read_bytes()).startswith(b'{"type":"header"')
    assert reason("trace", "import", file, "--db", there)[:2] == (0, f"{file}: 3 new traces.\n")
    assert reason("trace", "import", file, "--db", there)[:2] == (
        0,
        f"{file}: 0 new traces, 3 here already.\n",
    )
    assert [row["id"] for row in listed(reason, "--db", there)] == ids[::-1]
    assert [row | {"run": 0} for row in listed(reason, "--db", there)] == [
        row | {"run": 0} for row in listed(reason)
    ]


def test_an_export_may_be_narrowed_and_goes_to_standard_output(solve, start):
    _, second = solve("A?", "B?")
    with start("trace", "export", second) as process:
        out, err = process.communicate()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["id"] for line in lines if line["type"] == "trace"] == [second]
    assert (lines[-1], process.returncode) == ({"type": "end", "n_traces": 1}, 0)
    assert "1 trace with" in err


def test_an_export_goes_through_a_pipe(solve, start, reason, tmp_path):
    solve("A?", "B?")
    with start("trace", "export") as source:
        there = tmp_path / "there.db"
        with start("trace", "import", "-", "--db", there, stdin=source.stdout) as sink:
            out, _ = sink.communicate()
    assert (sink.returncode, out) == (0, "standard input: 2 new traces.\n")


def test_a_damaged_file_is_one_clear_line_and_the_rest_is_imported(reason, solve, tmp_path):
    solve("A?", "B?")
    file, there = tmp_path / "traces.jsonl", tmp_path / "there.db"
    reason("trace", "export", "-o", file)
    file.write_bytes(file.read_bytes()[:-300])
    code, out, err = reason("trace", "import", file, "--db", there)
    assert (code, out) == (1, f"{file}: 1 new trace, 1 damaged and left out.\n")
    assert re.fullmatch(r"reason: .*traces.jsonl is damaged: line \d+, the trace \w+: .*\n", err)


def test_a_file_that_is_missing_makes_no_database(reason, tmp_path):
    assert reason("trace", "import", tmp_path / "none.jsonl")[0] == 1
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "words", [("export", "-o"), ("show", "--html"), ("show", "--dot"), ("show", "--graphml")]
)
def test_what_is_no_file_is_written_through_and_a_link_is_followed(reason, solve, tmp_path, words):
    solve("A?")
    target, link = tmp_path / "there", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    force = ("--force",) if words[0] == "export" else ()
    assert reason("trace", *words, link, *force)[0] == 0
    assert link.is_symlink()
    assert target.read_text() != "old"
    assert reason("trace", *words, "/dev/null")[0] == 0
    assert Path("/dev/null").is_char_device()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()))
    reader.start()
    assert reason("trace", *words, pipe)[0] == 0
    reader.join()
    assert came == [target.read_bytes()]
    assert pipe.is_fifo()


def test_an_export_writes_over_nothing_unless_it_is_told_to(reason, solve, tmp_path):
    solve("A?")
    file = tmp_path / "traces.jsonl"
    file.write_text("precious")
    code, _, err = reason("trace", "export", "-o", file)
    assert (code, err) == (1, f"reason: {file} is there already. --force writes over it.\n")
    assert reason("trace", "export", "-o", file, "--force")[0] == 0
    assert file.read_text() != "precious"


def test_traces_are_removed_with_their_empty_runs(reason, solve):
    first, second = solve("A?", "B?")
    (third,) = solve("C?", strategy="greedy")
    code, out, err = reason("trace", "rm", first, "--yes")
    assert (code, out) == (0, "1 trace removed.\n")
    assert "reason db vacuum" in err
    assert [row["id"] for row in listed(reason)] == [third, second]
    assert reason("trace", "rm", "--strategy", "greedy", "-y")[1] == "1 trace removed.\n"
    assert reason("trace", "rm", "--strategy", "greedy", "-y")[2] == "There is no such trace.\n"
    _, out, _ = reason("db", "check", "--json")
    assert json.loads(out)["counts"]["runs"] == 1
    assert reason("trace", "rm", "--all", "--yes")[1] == "1 trace removed.\n"
    _, out, _ = reason("db", "check", "--json")
    assert not any(json.loads(out)["counts"].values())


def test_a_removal_asks_first(reason, solve, monkeypatch):
    solve("A?")
    code, _, err = reason("trace", "rm", "--all")
    assert (code, "1 trace of 1 run" in err, "--yes" in err) == (2, True, True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, n_left in (("n\n", 1), ("y\n", 0)):
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt, answer=answer: answer.strip())
        assert reason("trace", "rm", "--all")[0] == 0
        assert len(listed(reason)) == n_left


def test_statistics_by_options_show_those_that_tell_rows_apart(reason, solve):
    solve("A?")
    for allocation in ("exact", "paper"):
        solve("A?", strategy="rebase", options=("-o", f"allocation={allocation}"))
    table = reason("trace", "stats", "--by", "strategy", "--by", "options")[1]
    rows = [line.split()[:3] for line in table.splitlines()[1:4]]
    assert rows == [
        ["majority", "width=4", "1"],
        ["rebase", "allocation=exact", "1"],
        ["rebase", "allocation=paper", "1"],
    ]


def test_statistics_add_up_what_is_recorded(reason, solve):
    solve("A?", "B?")
    solve("C?", strategy="greedy", name="other.jsonl")
    rows = listed(reason)
    code, out, _ = reason("trace", "stats", "--json", "--by", "strategy")
    found = json.loads(out)
    assert (code, found["n_traces"], found["n_runs"]) == (0, 3, 2)
    assert found["n_nodes"] == sum(row["n_steps"] for row in rows)
    greedy, majority = found["groups"]
    table = reason("trace", "stats", "--by", "options", "--by", "scorer", "--by", "vote")[1]
    assert re.search(r"^width=\d+ +confidence +majority +2 ", table, re.MULTILINE)
    assert (greedy["strategy"], majority["strategy"]) == ("greedy", "majority")
    voted = [row for row in rows if row["strategy"] == "majority"]
    assert majority["n_graded"] == 2
    assert majority["n_correct"] == sum(row["correct"] for row in voted)
    assert majority["n_generated"] == sum(row["tokens"]["generated"] for row in voted)
    assert majority["paper_flops"] == sum(row["flops"]["paper"] for row in voted)
    assert majority["accuracy"]["value"] == majority["n_correct"] / 2
    _, out, _ = reason("trace", "stats", "--dataset", "other*")
    assert "1 trace of 1 run" in out
    assert "greedy" in out
    assert "majority" not in out


def test_statistics_show_what_steps_are_like(reason, solve):
    solve("A?", "B?")
    code, out, _ = reason("trace", "stats", "--steps", "--json", "--by", "strategy")
    (group,) = json.loads(out)["groups"]
    rows = listed(reason)
    assert (code, group["strategy"], group["n_first"]) == (0, "majority", 8)
    assert group["n_steps"] == sum(row["n_steps"] for row in rows)
    assert group["n_tokens"] == sum(row["tokens"]["generated"] for row in rows)
    assert group["depth"] == group["n_solution_steps"] / group["n_solutions"]
    head, row = reason("trace", "stats", "--steps", "--by", "prompt", "--by", "strategy")[1].splitlines()
    assert head.split()[:4] == ["prompt", "strategy", "first", "steps"]
    assert re.match(r"- +majority +8 +\d+\.\d% \(", row)
    assert reason("trace", "stats", "--steps", "--model", "none")[0] == 0


def test_processes_that_record_at_once_lose_no_row(solve, start, reason, tmp_path):
    alone = solve(*(f"What is {n} times 7?" for n in range(40)), strategy="rebase")
    rows = {row["index"]: row for row in listed(reason, "--limit", 0)}
    command = (
        "solve",
        "--jsonl",
        tmp_path / "problems.jsonl",
        "--policy",
        "simulated",
        "-s",
        "rebase",
        "-o",
        "width=4",
    )
    processes = [start(*command) for _ in range(3)]
    while any(process.poll() is None for process in processes):
        assert len(listed(reason, "--limit", 0)) >= len(alone)
    ids = set(alone)
    for process in processes:
        out, err = process.communicate()
        assert (process.returncode, "database" in err) == (0, False)
        ids |= {json.loads(line)["trace_id"] for line in out.splitlines()}
    recorded = listed(reason, "--limit", 0)
    assert (len(recorded), {row["id"] for row in recorded}) == (160, ids)
    same = ("question", "answer", "correct", "n_steps", "tokens", "stopped")
    assert all(row[key] == rows[row["index"]][key] for row in recorded for key in same)
    assert reason("db", "check")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("list", "--since", "yesterday"), "a day such as 2026-01-31"),
        (("list", "--run", "0"), "x>=1"),
        (("list", "--db", " "), "empty name"),
        (("export", "nothing"), "There is no trace database"),
        (("import", "nothing.jsonl"), "cannot be read: No such file"),
        (("import",), "Missing argument"),
        (("rm",), "Nothing says which traces"),
        (("stats", "--by", "mood"), "'mood' is not one of"),
        (("lst",), "Did you mean 'list'?"),
    ],
)
def test_wrong_words_are_one_clear_line(reason, arguments, wanted):
    code, out, err = reason("trace", *arguments)
    assert (code in (1, 2), out, err.count("\n")) == (True, "", 1)
    assert wanted in err
