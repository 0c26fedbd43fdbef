"""`reason grade`."""

import io
import json
from types import SimpleNamespace

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


@pytest.mark.parametrize(
    "line",
    [
        *("no json", "{}", "[1]", '{"solution": "5"}', "[" * 20_000, '{"solution": ["5"], "gold": "5"}'),
        *(f'{{"solution": "5", "gold": {gold}}}' for gold in ('""', "true", "null", "NaN", "[]")),
    ],
)
def test_a_bad_row_is_named_and_the_rows_before_it_are_kept(reason, tmp_path, line):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"solution": "#### 5", "gold": "5"}) + "\n" + line + "\n")
    code, out, err = reason("grade", "--jsonl", file)
    assert code == 2
    assert len(out.splitlines()) == 1
    assert f"{file}, line 2" in err
    assert "bug" not in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [(), ("5",), ("5", ""), ("--jsonl", "/no/such/file")])
def test_missing_arguments_are_usage_errors(reason, arguments):
    code, _, err = reason("grade", *arguments)
    assert code == 2
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("answer", ["-5", "- 5", "-\\frac{h}{2}", "-x"])
def test_an_answer_may_begin_with_a_minus_sign(reason, answer):
    code, out, _ = reason("grade", answer, answer)
    assert code == 0
    assert out.startswith(f"{answer}: is equivalent")


def test_an_unknown_option_is_still_an_error(reason):
    code, _, err = reason("grade", "--jsno", "5", "5")
    assert code == 2
    assert "--json" in err


def given_input(monkeypatch, data):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_a_dash_reads_the_solution_from_standard_input_whatever_its_bytes(reason, monkeypatch):
    given_input(monkeypatch, b"\xff so it is\n#### 5\n")
    assert reason("grade", "-", "5")[0] == 0


def test_empty_standard_input_has_no_answer(reason, monkeypatch):
    given_input(monkeypatch, b"")
    assert reason("grade", "-", "5") == (1, "no answer found\n", "")


def test_numbers_blank_lines_and_a_byte_order_mark_are_fine_in_rows(reason, tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = b'{"solution": "#### 5", "gold": 5}\r\n\r\n{"solution": 145.0, "gold": "145"}\r\n'
    file.write_bytes(b"\xef\xbb\xbf" + rows)
    code, out, err = reason("grade", "--jsonl", file)
    assert (code, err) == (0, "")
    assert [json.loads(line)["correct"] for line in out.splitlines()] == [True, True]


def test_bytes_that_are_no_text_are_named_by_their_line(reason, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'{"solution": "5\xff", "gold": "5"}\n')
    code, _, err = reason("grade", "--jsonl", file)
    assert code == 2
    assert "line 1" in err


def test_an_answer_cannot_move_the_terminal(reason):
    assert "\x1b" not in reason("grade", "The answer is \x1b[31mred", "red\x1b[2J")[1]
