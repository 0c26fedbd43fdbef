"""Standard streams that are closed, full, or of another encoding than UTF-8."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
QUESTION = "What is 6 times 7?"
SIMULATED = ("--policy", "simulated", "-s", "majority", "-o", "width=4")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture
def shell(tmp_path):
    """Run the command line with its streams as a shell would set them."""

    def run(arguments, streams, *, given="", **environment):
        command = f'exec "$@" {streams}'
        return subprocess.run(
            ["bash", "-c", command, "bash", str(Path(sys.executable).with_name("reason")), *arguments],
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            check=False,
            env=os.environ | {"XDG_DATA_HOME": str(tmp_path)} | environment,
        )

    return run


@pytest.mark.parametrize(
    "arguments",
    [("strategies",), ("--version",), ("--help",), ("grade", "5", "5"), ("solve", QUESTION, *SIMULATED)],
)
@pytest.mark.parametrize(
    ("streams", "words"),
    [
        (">&-", "Standard output is closed."),
        pytest.param(">/dev/full", "Standard output cannot be written: No space", marks=needs_full),
    ],
)
def test_output_that_cannot_be_written_is_one_line(shell, arguments, streams, words):
    done = shell(arguments, streams)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("reason: ")]
    assert len(lines) == 1 and words in lines[0]
    assert "bug" not in done.stderr and "Traceback" not in done.stderr


@needs_full
def test_a_full_disk_behind_the_output_loses_no_trace(shell):
    assert shell(("solve", QUESTION, *SIMULATED), ">/dev/full").returncode == 1
    assert QUESTION in shell(("trace", "export"), "").stdout


def test_a_closed_input_is_missed_only_by_who_reads_it(shell):
    assert shell(("grade", "5", "5"), "<&-").returncode == 0
    for arguments in (
        ("grade", "-", "5"),
        ("solve", "-", *SIMULATED),
        ("solve", "--jsonl", "-", *SIMULATED),
        ("grade", "--jsonl", "-"),
        ("trace", "import", "-"),
    ):
        done = shell(arguments, "<&-")
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1 and "it is closed" in done.stderr


def test_closed_messages_change_no_answer(shell):
    assert shell(("grade", "5", "5"), "2>&-").stdout == "5: is equivalent to 5\n"
    assert shell(("solve", QUESTION, *SIMULATED, "-q"), "2>&-").returncode == 0


def test_with_all_streams_closed_the_database_is_not_written_to_by_messages(shell, tmp_path):
    assert shell(("solve", QUESTION, *SIMULATED), "<&- 2>&-").returncode == 0
    assert shell(("db", "check"), "").returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "koi8-r"])
def test_an_output_that_is_not_utf_8_takes_any_answer(shell, encoding):
    done = shell(("grade", "The answer is Łódź 😀.", "Łódź 😀"), "", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    row = json.dumps({"solution": "The answer is é😀Ω.", "gold": "é😀Ω"})
    done = shell(("grade", "--jsonl", "-"), "", given=row, PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout) == {"answer": "é😀Ω", "correct": True}
