"""`reason datasets`, and data sets where problems are taken."""

import json

import pytest

SCRIPTED = ("--policy", "simulated", "-s", "majority", "-o", "width=2")


@pytest.fixture
def svamp(tmp_path, monkeypatch):
    """The user's folder of data sets, in which six rows of SVAMP's test split lie."""
    rows = [{"Body": f"There are {n} pens", "Question": "How many?", "Answer": n} for n in range(6)]
    path = tmp_path / "sets" / "svamp-test.json"
    path.parent.mkdir()
    path.write_text(json.dumps(rows))
    monkeypatch.setenv("REASON_DATASETS", str(path.parent))
    return path


def solved(reason, *arguments):
    code, out, err = reason("solve", *arguments, *SCRIPTED, "-p", "p_right=1", "--json")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_the_list_says_what_is_here(reason, svamp):
    code, out, _ = reason("datasets")
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert code == 0
    assert "test (1,319), train (7,473)  -     MIT" in lines["gsm8k"]
    assert "test (300), train (700)      test  MIT" in lines["svamp"]
    assert f"Files lie in {svamp.parent}." in out


def test_the_list_prints_json(reason, svamp):
    rows = {row["name"]: row for row in json.loads(reason("datasets", "--json")[1])}
    assert rows["svamp"]["splits"] == [
        {"name": "test", "rows": 300, "path": str(svamp)},
        {"name": "train", "rows": 700, "path": None},
    ]
    assert (rows["svamp"]["question"], rows["svamp"]["gold"]) == (["Body", "Question"], "Answer")


@pytest.mark.parametrize("flag", ["--data", "--jsonl"])
def test_a_data_set_or_a_file_is_solved_with_its_own_fields(reason, svamp, flag):
    by_name, by_path = solved(reason, flag, "svamp"), solved(reason, flag, svamp)
    for found in (by_name, by_path):
        assert sorted(row["index"] for row in found) == list(range(6))
        assert all(row["correct"] for row in found)
        assert {row["question"] for row in found} >= {"There are 3 pens. How many?"}
    assert reason("trace", "stats", "--by", "dataset")[1].count("svamp") == 2


def test_a_shuffled_range_and_named_fields_are_solved(reason, svamp):
    found = solved(
        *(reason, "--data", svamp, "--shuffle-seed", 1, "--offset", 1, "--limit", 3),
        *("--field", "question=Body", "--field", "gold=Answer"),
    )
    assert len({row["index"] for row in found}) == 3
    assert all(row["question"].endswith("pens") for row in found)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "svam"), "There is no data set 'svam'. Did you mean 'svamp'?"),
        (("--data", "svamp", "--field", "answer=x"), "There is no part of a problem 'answer'"),
        (("--data", "svamp", "--offset", 6), "has no rows from 6 on"),
        (("--data", "svamp", "Why?"), "only one of them can be solved"),
    ],
)
@pytest.mark.usefixtures("svamp")
def test_what_cannot_be_taken_is_one_clear_line(reason, arguments, words):
    code, out, err = reason("solve", *arguments, *SCRIPTED)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err


@pytest.mark.usefixtures("svamp")
def test_a_head_is_trained_on_a_data_set(reason, tmp_path, monkeypatch):
    head = tmp_path / "head.npz"
    command = ("train-head", "--policy", "simulated", "--samples", 6, "--data", "svamp", "--shuffle-seed", 2)
    code, _, err = reason(*command, "--out", head)
    assert code == 0, err
    assert "6 of 6 problems" in err
