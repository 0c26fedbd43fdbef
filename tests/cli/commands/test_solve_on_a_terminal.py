"""`reason solve` on a terminal of its own: what is drawn, and what stays on the screen."""

import json
import os
import pty
import re
import struct
import termios
from contextlib import suppress
from fcntl import ioctl

import pytest

SCRIPTED = ("--policy", "simulated")
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def written(start):
    """Run the command on a terminal of a size and return all that it wrote there."""

    def run(*arguments, rows=24, columns=80):
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = start(*arguments, columns=columns, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the other side has closed
            while chunk := os.read(ours, 65536):
                shown += chunk
        os.close(ours)
        assert process.wait(timeout=60) == 0
        return shown.decode()

    return run


@pytest.fixture
def rows_file(tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = ({"question": f"What is {i} plus 1?", "answer": str(i + 1)} for i in range(5))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def left(shown):
    """Return the lines that stay: what the growing tree drew and wiped again is left out."""
    final = shown.rpartition("\x1b[2K")[2]
    return [line.rstrip() for line in CONTROLS.sub("", final).replace("\r", "").split("\n")]


def test_the_tree_grows_before_the_answer(written):
    shown = written("solve", "What is it?", *SCRIPTED, "-p", "depth=3", "-o", "width=4", "--seed", "3")
    plain = CONTROLS.sub("", shown)
    assert "×" in plain  # how many children a node got
    assert "★" in plain  # the winning path
    assert plain.index("prompt") < plain.index("answer    42") < plain.index("trace     ")


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (40, 120)])
def test_tree_solution_question_and_summary_fit_the_screen(written, rows, columns):
    question = "What is six times seven, if nothing else is the matter? " * 3
    options = ("-s", "rebase", "-o", "width=8", "--seed", "3")
    lines = left(written("solve", question, *SCRIPTED, *options, rows=rows, columns=columns))
    at = {line.split()[0]: i for i, line in enumerate(lines) if line.split()}
    solution = lines.index("The answer is: 42")
    assert at["prompt"] < solution < at["question"] < at["answer"] < at["agreement"] < at["votes"]
    assert lines[solution - 3] == "Step 1: go on."
    assert len(lines) - lines.index("Step 1: go on.") <= rows
    assert all(len(line) <= columns for line in lines if line.startswith(("question", "├", "│", "└")))


def test_the_whole_tree_is_kept_if_it_is_wanted(written):
    options = ("-s", "majority", "-o", "width=12", "--seed", "3")
    folded, whole = (
        left(written("solve", "What?", *SCRIPTED, *options, *more, rows=90)) for more in ((), ("--tree",))
    )
    n_steps = [
        sum("Step" in line and line.startswith(("├", "│", "└", " ")) for line in each)
        for each in (folded, whole)
    ]
    assert n_steps[0] < n_steps[1] == 36


def test_rows_are_lines_with_a_bar(written, rows_file):
    shown = written("solve", "--jsonl", rows_file, *SCRIPTED, "-s", "majority", "-o", "width=4")
    lines = left(shown)
    rows = [line for line in lines if "plus 1?" in line]
    assert len(rows) == 5
    assert all("right" in line or "wrong" in line for line in rows)
    assert not any(line.startswith("{") for line in lines)
    assert "█" in shown and "5 of 5 problems" in shown


def test_rows_are_objects_on_a_terminal_too_if_they_are_wanted(written, rows_file):
    shown = written("solve", "--jsonl", rows_file, *SCRIPTED, "-s", "majority", "-o", "width=4", "--json")
    found = [json.loads(line) for line in left(shown) if line.startswith("{")]
    assert sorted(each["index"] for each in found) == [0, 1, 2, 3, 4]
