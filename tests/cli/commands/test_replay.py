"""`reason replay` and `reason resume`: what they print, and how they end."""

import json
import re
import shutil
from pathlib import Path
from statistics import median

import pytest
from reasontree.core import Options
from reasontree.core.registry import Origin
from reasontree.plugins import registry
from reasontree.store.database import open_database
from reasontree.store.schema import RoundRow, RunRow, SearchRow
from reasontree.store.traces import list_traces
from sqlalchemy import select, update

ASSETS = Path(__file__).parents[2] / "store" / "assets"


@pytest.fixture
def rows(tmp_path):
    """A file of problems."""
    path = tmp_path / "sums.jsonl"
    lines = ({"question": f"What is {n} plus 1?", "gold": str(n + 1)} for n in range(100))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def solve(reason, rows):
    """Solve some of the problems with the scripted policy."""

    def search(strategy, *options, n=3):
        code, _, err = reason(
            *("solve", "--jsonl", rows, "--limit", n, "--policy", "simulated", "-s", strategy, *options)
        )
        assert code == 0, err

    return search


@pytest.fixture
def database(tmp_path):
    """The database that the commands use."""
    with open_database(str(tmp_path / "traces.db")) as opened:
        yield opened


def objects(out):
    return [json.loads(line) for line in out.splitlines()]


def change(database, *statements):
    with database.transaction() as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_trace_that_goes_the_same_way_says_so(reason, solve, database):
    solve("rebase", n=1)
    trace = list_traces(database)[0].id
    code, out, err = reason("replay", trace)
    assert (code, err) == (0, "")
    assert out.startswith(f"trace {trace}  the same: 4 rounds, 64 steps, answer 1  (kept as ")
    copy = list_traces(database)[0]
    assert (copy.kind, copy.id) == ("replay", out.rstrip(")\n").split()[-1])
    with database.snapshot() as connection:
        assert connection.execute(select(RunRow.kind, RunRow.parent)).all() == [("live", None), ("replay", 1)]


def test_nothing_is_kept_where_that_is_wanted(reason, solve, database):
    solve("rebase", n=1)
    code, out, _ = reason("replay", "--run", 1, "--no-record", "--json")
    (found,) = objects(out)
    assert (code, found["same"], found["replay_id"], found["n_steps"]) == (0, True, None, 64)
    assert len(list_traces(database)) == 1


def test_the_first_difference_is_shown(reason, solve, database):
    solve("beam", "-o", "width=4", "-o", "children=2", n=1)
    row = RoundRow.__table__
    with database.snapshot() as connection:
        (asked,) = connection.execute(select(row.c.expansions).where(row.c.number == 2)).scalars()
    asked[0][1] = 3
    change(database, update(RoundRow).where(RoundRow.number == 2).values(expansions=asked))
    trace = list_traces(database)[0].id
    code, out, _ = reason("replay", trace)
    node = asked[0][0]
    lines = out.splitlines()
    assert code == 1
    assert lines[0] == f"trace {trace}  round 2 asked for other steps:"
    assert lines[1].split()[:8] == f"node {node} recorded 3 steps came 2 steps".split()
    assert "Step 1: go on." in lines[1]
    assert lines[2] == "  and the same for 1 other node"
    code, out, _ = reason("replay", trace, "--no-record", "--json")
    assert objects(out)[0]["difference"]["recorded"][0] == {"node": node, "width": 3, "until": "step"}


def test_another_version_is_only_a_note(reason, solve, database):
    solve("greedy", n=2)
    with database.snapshot() as connection:
        settings = connection.execute(select(RunRow.settings)).scalar_one()
    change(database, update(RunRow).values(settings=settings | {"version": "0.0.7"}))
    code, out, err = reason("replay", "--run", 1)
    assert (code, out.count("the same")) == (0, 2)
    assert err.count("reasontree 0.0.7 recorded this") == 1


@pytest.mark.parametrize("kind", ["strategy", "vote", "grader"])
def test_a_plugin_that_is_not_installed_is_one_clear_line(reason, solve, database, kind):
    solve("greedy", n=1)
    with database.snapshot() as connection:
        settings = connection.execute(select(RunRow.settings)).scalar_one()
    change(database, update(RunRow).values(settings=settings | {kind: "stranger"}))
    code, out, err = reason("replay", "--run", 1)
    assert (code, out) == (1, "")
    assert err.startswith(f"reason: The run was recorded with the {kind} 'stranger', which is not installed")
    assert err.count("\n") == 1
    if kind == "strategy":
        assert reason("replay", "--run", 1, "-s", "majority", "-o", "width=1")[0] == 0


def test_another_width_and_another_vote_over_the_same_steps(reason, solve):
    solve("majority", "-o", "width=12", n=4)
    code, out, err = reason("replay", "--run", 1, "-o", "width=5", "--vote", "best", "--json")
    found = objects(out)
    assert code == 0
    assert [each["n_solutions"] for each in found] == [5] * 4
    assert [each["replays"]["answer"] for each in found] == ["1", "2", "3", "4"]
    assert "accuracy" in err
    again = reason("replay", "--run", 1, "-o", "width=5", "--vote", "best", "--json")[1]
    other = reason("replay", "--run", 1, "-o", "width=5", "--vote", "best", "--json", "--seed", 9)[1]
    votes = [[each["votes"] for each in objects(text)] for text in (out, again, other)]
    assert votes[0] == votes[1] != votes[2]


def test_one_trace_is_shown_as_solve_shows_it(reason, solve, database):
    solve("majority", n=1)
    code, out, _ = reason("replay", list_traces(database)[0].id, "--vote", "weighted")
    assert code == 0
    assert out.startswith("answer    1 (was 1, right)\n")
    assert "votes     1 ×" in out


def test_too_few_steps_are_one_clear_line_a_trace(reason, solve):
    solve("majority", "-o", "width=4", n=2)
    code, _, err = reason("replay", "--run", 1, "-o", "width=9")
    assert code == 1
    assert err.count("asks for 9 chains, 5 more than the record has") == 2
    assert "accuracy" not in err
    assert reason("replay", "--run", 1, "-o", "width=9", "--on-miss", "resample")[0] == 0
    code, _, err = reason("replay", "--run", 1, "-o", "width=9", "--policy", "simulated")
    assert code == 0
    assert re.search(r"^tokens +[\d,]+ drawn or generated$", err, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-such-trace",), "has no trace 'no-such-trace'"),
        (("--run", 9), "There is no such trace"),
        (("--run", 1, "-s", "rebbase"), "Did you mean 'rebase'?"),
        (("--run", 1, "-o", "width=0"), "Option 'width' of strategy 'majority' takes int ≥ 1"),
        (("--run", 1, "--vote", "loudest"), "There is no vote 'loudest'"),
        (("--run", 1, "--policy", "simulated"), "A model goes on only where another search"),
        (("--run", 1, "--seed", 2, "--policy", "simulated", "--on-miss", "resample"), "Either a model"),
        (("--run", 1, "--curve", "-s", "rebase"), "A curve has every vote"),
        (("--run", 1, "--seed", 1, "--model", "no-such-model"), "There is no model 'no-such-model'"),
    ],
)
def test_what_cannot_be_replayed_is_one_clear_line(reason, solve, arguments, said):
    solve("majority", n=1)
    code, out, err = reason("replay", *arguments)
    assert code in (1, 2)
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_curve_has_a_row_for_every_number_of_samples(reason, solve):
    solve("majority", n=20)
    code, out, _ = reason("replay", "--run", 1, "--curve")
    head, *rows = out.splitlines()
    assert code == 0
    assert head.split() == ["samples", "majority", "weighted", "best", "cisc", "map", "pass", "tokens"]
    assert [row.split()[0] for row in rows] == [str(n) for n in range(1, 17)]


class MedianVote:
    """A stranger's vote, with what every vote has and no more."""

    name = "median"
    Options = Options

    def __init__(self, options):
        self.options = options

    def weigh(self, solutions):
        return median(solution.score for solution in solutions)


def test_a_curve_has_a_column_for_every_vote_that_is_registered(reason, solve, monkeypatch):
    solve("majority", "-o", "width=4", n=5)
    with monkeypatch.context() as patch:
        votes = registry()._found["vote"]
        patch.setitem(votes, "median", (MedianVote, Origin("stranger")))
        code, out, _ = reason("replay", "--run", 1, "--curve")
        head, *rows = out.splitlines()
        assert (code, len(rows)) == (0, 4)
        columns = ["majority", "weighted", "best", "cisc", "map", "median"]
        assert head.split() == ["samples", *columns, "pass", "tokens"]
        points = json.loads(reason("replay", "--run", 1, "--curve", "--json")[1])
        assert list(points[0]["accuracy"]) == [*columns, "pass"]
    without = json.loads(reason("replay", "--run", 1, "--curve", "--json")[1])
    for one, other in zip(points, without, strict=True):
        assert {name: one["accuracy"][name] for name in other["accuracy"]} == other["accuracy"]


def test_a_curve_needs_independent_chains_of_one_kind(reason, solve):
    solve("rebase", n=2)
    code, _, err = reason("replay", "--run", 1, "--curve")
    assert (code, "not independent samples" in err) == (1, True)
    solve("majority", n=2)
    solve("majority", "--temperature", "0.5", n=2)
    code, _, err = reason("replay", "--recorded-strategy", "majority", "--curve")
    assert (code, "Runs 2 and 3 differ in model, prompt, sampling, limits or grader." in err) == (1, True)
    solve("adaptive-consistency", n=2)
    code, _, err = reason("replay", "--run", 4, "--curve")
    assert (code, "not independent samples" in err) == (1, True)


def test_without_a_name_the_newest_search_is_replayed_and_no_replay(reason, solve):
    solve("majority", n=1)
    solve("rebase", n=1)
    (newest, _) = json.loads(reason("trace", "list", "--json")[1])
    for _ in range(2):  # the second time, the newest trace is the replay
        code, out, _ = reason("replay")
        assert code == 0
        assert out.startswith("trace ")
    kept = json.loads(reason("trace", "list", "--json")[1])
    assert [each["strategy"] for each in kept] == ["rebase", "rebase", "rebase", "majority"]
    assert newest["strategy"] == "rebase"


@pytest.mark.parametrize("stopped", ["interrupted", "failed"])
def test_searches_that_were_broken_off_are_in_no_curve_and_no_accuracy(reason, solve, tmp_path, stopped):
    solve("majority", "-o", "width=4", n=6)
    whole = json.loads(reason("replay", "--run", 1, "--curve", "--json")[1])
    database = open_database(str(tmp_path / "traces.db"))
    with database.transaction() as connection:
        for problem in (1, 2):
            row = update(SearchRow).where(SearchRow.problem_index == problem)
            connection.execute(row.values(stopped=stopped, correct=False))
    database.close()
    left = json.loads(reason("replay", "--run", 1, "--curve", "--json")[1])
    assert (whole[0]["n_problems"], left[0]["n_problems"]) == (6, 4)
    _, _, err = reason("replay", "--run", 1, "--vote", "weighted")
    assert " of 4)" in err


def test_nothing_recorded_is_nothing_to_replay(reason):
    reason("db", "upgrade")
    code, _, err = reason("replay")
    assert (code, err.count("\n")) == (1, 1)


def test_runs_of_the_same_problems_are_one_curve(reason, solve):
    """Two runs with one seed draw the same chains first; the wider one has all of both."""
    solve("majority", "-o", "width=4", n=6)
    solve("majority", "-o", "width=8", n=6)
    solve("majority", "-o", "width=4", "--seed", "9", n=6)

    def curve(*runs):
        chosen = [each for run in runs for each in ("--run", run)]
        code, out, err = reason("replay", *chosen, "--curve", "--json")
        assert code == 0, err
        return json.loads(out)

    assert curve(1, 2) == curve(2, 1) == curve(2)
    assert len(curve(1)) == 4
    both = curve(1, 3)
    assert (len(both), both[0]["n_problems"]) == (8, 6)
    assert (
        "over 6 problems with 12 samples each"
        in reason("replay", "--run", 1, "--run", 2, "--run", 3, "--curve")[2]
    )


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.sqlite3")), ids=lambda path: path.stem)
def test_what_an_older_program_recorded_goes_the_same_way(reason, tmp_path, path):
    where = tmp_path / "old.db"
    shutil.copy(path, where)
    code, out, err = reason("replay", "--recorded-kind", "live", "--db", where, "--json")
    assert (code, [each["same"] for each in objects(out)]) == (0, [True] * 6), err
