"""`reason bench`, `report` and `advise`: a study from its plan to its advice, and what is wrong with one."""

import json
import os
import re
import signal
import sqlite3
import time
from pathlib import Path

import psutil
import pytest

SVAMP = Path(__file__).parents[1] / "assets" / "svamp_test_first20.jsonl"


@pytest.fixture
def study(tmp_path):
    """A study's file of the simulated policy."""
    rows = [{"question": f"What is problem {i}?", "gold": str(100 + i)} for i in range(12)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "mine.toml"
    path.write_text(
        'data = "rows.jsonl"\nstrategies = ["greedy", "majority", "weighted-majority", "rebase"]\n'
        'samples = [1, 4]\ncommon = { policy = "simulated", policy_options = { p_right = 0.85 } }\n'
    )
    return path


def test_a_study_goes_on_where_it_stopped(reason, study):
    code, out, err = reason("bench", study, "--limit", 5)
    assert (code, out) == (0, "")
    assert err.startswith("20 problems to search in 4 runs.\n")
    assert "20 searches made" in err
    code, _, err = reason("bench", study)
    assert code == 0
    assert err.startswith("28 problems to search in 4 runs.\n")
    code, _, err = reason("bench", study)
    assert (code, err) == (0, "All of it is recorded; 'reason report' shows what came of it.\n")
    assert (study.parent / "mine.db").is_file()  # beside its file, and nowhere else
    assert not (study.parent / "traces.db").exists()


def test_a_plan_says_what_follows_from_what(reason, study):
    code, out, err = reason("bench", study, "--dry-run")
    assert code == 0
    assert re.search(r"simulated majority n=4 +4 +12 +12 +1,536 ", out)
    assert "7 cells by 4 runs: 3 follow from wider runs.\n" in err
    assert re.search(r"About \d+ s to go, as measured on the first problems of each model\.\n", err)
    code, out, _ = reason("bench", study, "--dry-run", "--json", "--workers", 2)
    plan = json.loads(out)
    assert [len(run["cells"]) for run in plan["runs"]] == [1, 4, 1, 1]
    assert plan["seconds"] == pytest.approx(sum(run["seconds"] or 0 for run in plan["runs"]) / 2)


def test_flags_alone_are_a_study(reason, study):
    asked = (
        "bench",
        "--data",
        study.parent / "rows.jsonl",
        "-s",
        "majority",
        "-s",
        "rebase",
        "--samples",
        "2,4",
    )
    code, _, err = reason(
        *asked, "--policy", "simulated", "--limit", 3, "--shuffle-seed", 7, "--seed", 1, "--seed", 2
    )
    assert code == 0
    assert err.startswith("18 problems to search in 6 runs.\n")
    code, out, _ = reason("report", study.parent / "traces.db", "--json")
    assert {cell["strategy"] for cell in json.loads(out)["cells"]} >= {"majority", "rebase"}


def test_a_report_and_its_advice(reason, study, tmp_path):
    reason("bench", study)
    code, out, _ = reason("report", study)
    assert code == 0
    assert "Search against sampling, one model, equal samples:" in out
    assert "with endless samples" in out
    code, out, _ = reason("report", study, "--json")
    report = json.loads(out)
    rows = {(cell["strategy"], cell["n"]): cell for cell in report["cells"]}
    assert rows["majority", 1]["implied"]
    assert not rows["majority", 4]["implied"]
    code, _, _ = reason("report", study, "--out", tmp_path / "out", "--formats", "md,csv,json")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "cells.csv",
        "report.json",
        "report.md",
    ]
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    code, out, _ = reason("advise", study, "--budget-flops", 1e12, "--json")
    advice = json.loads(out)
    best = max(cell["accuracy"] for cell in report["cells"])
    assert advice["choice"]["accuracy"] == best
    assert advice["command"].startswith("reason solve QUESTION --policy simulated --strategy ")
    code, out, _ = reason("advise", study, "--target-accuracy", 0.5)
    assert out.startswith("use       simulated ")
    assert "\ncommand   reason solve QUESTION " in out


def test_a_narrow_terminal_keeps_accuracy_and_compute(reason, study, monkeypatch):
    reason("bench", study)
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = reason("report", study)
    assert code == 0
    table = out.partition("\n\n")[0].splitlines()
    assert table[0] == "rows.jsonl, simulated, 12 problems"
    assert {"n", "accuracy", "FLOPs", "seconds"} <= {*table[1].split()}
    assert all(len(line) <= 80 for line in table)
    assert len(table) == 2 + 1 + 2 * 4  # greedy, and four strategies with one and with four samples


def test_traces_that_were_exported_report_the_same(reason, study, tmp_path):
    reason("bench", study)
    database, exported = study.with_suffix(".db"), tmp_path / "traces.jsonl.gz"
    reason("trace", "export", "--db", database, "--run", 1, "--run", 2, "-o", exported)
    other = tmp_path / "others.jsonl.gz"
    reason("trace", "export", "--db", database, "--run", 3, "--run", 4, "-o", other)
    lean = tmp_path / "lean.jsonl"
    reason("trace", "export", "--db", database, "--lean", "-o", lean)
    nodes = [line for line in map(json.loads, lean.read_text().splitlines()) if line["type"] == "node"]
    assert all(node["logprobs"] == [] and node["scores"] for node in nodes)
    reason("trace", "import", "--db", tmp_path / "lean.db", lean)
    code, out, _ = reason("replay", "--db", tmp_path / "lean.db", "--run", 4)
    assert code == 0
    assert out.count("the same: ") == 12
    _, whole, _ = reason("report", study, "--json")
    _, leaner, _ = reason("report", lean, "--json", "--samples", "1,4")
    assert json.loads(leaner)["cells"] == json.loads(whole)["cells"]
    _, again, _ = reason("report", exported, other, "--json", "--samples", "1,4")
    assert json.loads(again)["cells"] == json.loads(whole)["cells"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bench"], "A study's file, or --data, is wanted."),
        (["bench", "none.toml"], "none.toml cannot be read"),
        (
            ["bench", "--data", "none.jsonl", "-s", "majority", "--policy", "simulated"],
            "none.jsonl cannot be read",
        ),
        (["bench", "--data", "gsm8q", "--policy", "simulated"], "Did you mean 'gsm8k'?"),
        (
            ["bench", "--data", "x.jsonl", "--samples", "1;2"],
            "whole numbers of 1 or more with commas between",
        ),
        (["report"], "A study's file, a database or exported traces are wanted."),
        (["report", "none.db"], "There is no trace database none.db"),
        (["report", "none.jsonl.gz"], "none.jsonl.gz"),
        (["advise", "none.db"], "--budget-flops, --budget-seconds or --target-accuracy is wanted."),
        (
            ["advise", "--budget-flops", "1", "--budget-seconds", "1", "none.db"],
            "only one of them can be kept to",
        ),
        (["advise", "none.db", "--target-accuracy", "70"], "70.0 is not in the range 0<x<=1"),
    ],
)
def test_what_is_wrong_is_one_clear_line(reason, monkeypatch, tmp_path, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = reason(*arguments)
    assert code in (1, 2)
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_ctrl_c_ends_gently_and_the_same_command_goes_on(start, reason, study):
    text = study.read_text().replace("{ p_right = 0.85 }", "{ depth = 300 }, n_active = 1")
    study.write_text(text)
    slow = ["--samples", "64"]
    process = start("bench", study, *slow, stderr=-1)
    for line in process.stderr:
        if "searches" in line or "problems to search" in line:
            break
    wait_for_searches(study.with_suffix(".db"), 1)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "Stopped; the same command goes on from here." in err
    assert reason("bench", study, *slow)[0] == 0
    assert_each_once(study.with_suffix(".db"), 12)


def test_twenty_problems_of_svamp_with_a_real_model(start, reason, small_model, tmp_path):
    """Two workers, one of which is killed in the middle; the same command goes on, and a report is made."""
    db = tmp_path / "svamp.db"
    asked = ["bench", "--data", SVAMP, "--model", small_model, "--samples", "2", "--max-tokens", "48"]
    asked += ["-s", "greedy", "-s", "majority", "-s", "rebase", "--workers", "2", "--db", db]
    process = start(*asked, stderr=-1)
    wait_for_searches(db, 6)
    workers = [
        each for each in psutil.Process(process.pid).children() if "spawn_main" in " ".join(each.cmdline())
    ]
    os.kill(workers[0].pid, signal.SIGKILL)
    death = "A worker died (exit code -9); another one goes on with its problems.\n"
    assert death in iter(process.stderr.readline, "")  # reads on until it is said, or the process ends
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    code, _, err = reason(*asked)
    assert code == 0, err
    assert_each_once(db, 20)
    code, out, _ = reason("report", db, "--json")
    rows = {(cell["strategy"], cell["n"]): cell for cell in json.loads(out)["cells"]}
    assert code == 0
    assert {strategy for strategy, _ in rows} >= {"greedy", "majority", "rebase"}
    assert all(cell["problems"] == 20 for cell in rows.values())


def wait_for_searches(db, n):
    """Wait until so many searches have begun."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if n_searches(db) >= n:
            return
        time.sleep(0.05)
    raise AssertionError(f"{n} searches did not begin within two minutes")


def n_searches(db):
    if not Path(db).exists():
        return 0
    try:
        return rows_of(db, "SELECT count(*) FROM searches")[0][0]
    except sqlite3.OperationalError:  # its tables are being made
        return 0


def rows_of(db, query):
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


def assert_each_once(db, n_problems):
    """No problem was searched twice in one way, and none is left."""
    query = (
        "SELECT strategy, json_extract(runs.settings, '$.strategy_options.width'), question, count(*), "
        "sum(stopped IS NULL OR stopped IN ('interrupted', 'failed')) "
        "FROM searches JOIN runs ON runs.id = searches.run GROUP BY 1, 2, 3"
    )
    found = rows_of(db, query)
    assert {count for *_, count, _ in found} == {1}
    assert sum(unfinished for *_, unfinished in found) == 0
    ways = {(strategy, width) for strategy, width, *_ in found}
    assert len(found) == len(ways) * n_problems
