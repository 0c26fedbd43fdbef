"""The page on replay: its sessions were captured, and its program runs."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "replay.md").read_text()
SESSIONS = sorted((DOCS / "sessions").glob("replay-*.txt"))


def test_every_session_of_the_page_was_captured():
    captured = {path.stem.removeprefix("replay-") for path in SESSIONS}
    assert captured == set(re.findall(r"<!-- session: (\w+) -->", PAGE))


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_a_session_stands_in_the_page_as_it_was_captured(path):
    assert path.read_text().rstrip() in re.sub(r"^    ", "", PAGE, flags=re.M)


def test_the_program_of_the_page_runs(reason, tmp_path, capsys):
    rows = tmp_path / "sums.jsonl"
    rows.write_text("".join(f'{{"question": "What is {i} plus 1?", "gold": "{i + 1}"}}\n' for i in range(3)))
    reason("solve", "--jsonl", rows, "--policy", "simulated", "-s", "majority", "-o", "width=4")
    program = re.search(r"## From Python\n\n((?:    .*\n|\n)+)", PAGE)[1]
    exec(re.sub(r"^    ", "", program, flags=re.M), {})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["1", "2", "3", "4"]
