"""`reason grade`."""

import json

import pytest


def test_an_equivalent_answer_is_shown_and_exits_with_0(reason):
    code, out, _ = reason("grade", "The answer is: $1,000.00", "1000")
    assert code == 0
    assert "is equivalent" in out


def test_a_different_answer_exits_with_1(reason):
    code, out, _ = reason("grade", "The answer is: 7", "8")
    assert code == 1
    assert "is not equivalent" in out


def test_a_solution_without_an_answer_says_so(reason):
    assert reason("grade", "I have no idea.", "8") == (1, "no answer found\n", "")


def test_json_gives_answer_and_correct(reason):
    assert json.loads(reason("grade", "so \\boxed{\\frac12}", "0.5", "--json")[1]) == {
        "answer": "\\frac12",
        "correct": True,
    }


def test_rows_are_graded_one_object_a_row(reason, tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = [("#### 5", "5"), ("#### 6", "5"), ("I do not know.", "5")]
    file.write_text("\n".join(json.dumps({"solution": s, "gold": g}) for s, g in rows))
    code, out, _ = reason("grade", "--jsonl", file)
    assert code == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {"answer": "5", "correct": True},
        {"answer": "6", "correct": False},
        {"answer": None, "correct": False},
    ]


@pytest.mark.parametrize("line", ["no json", "{}", "[1]", '{"solution": "5"}'])
def test_a_bad_row_is_named_and_the_rows_before_it_are_kept(reason, tmp_path, line):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"solution": "#### 5", "gold": "5"}) + "\n" + line + "\n")
    code, out, err = reason("grade", "--jsonl", file)
    assert code == 2
    assert len(out.splitlines()) == 1
    assert "line 2" in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [(), ("5",), ("5", ""), ("--jsonl", "/no/such/file")])
def test_missing_arguments_are_usage_errors(reason, arguments):
    code, _, err = reason("grade", *arguments)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
