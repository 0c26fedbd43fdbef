"""Recorded searches replay in a process of their own, from databases and from a file, without a model."""

import json
import os
import subprocess
import sys

import pytest
from reasontree.plugins import registry

STRATEGIES = registry().names("strategy")


@pytest.fixture
def rows(tmp_path):
    """A file of two problems."""
    path = tmp_path / "sums.jsonl"
    lines = ({"question": f"What is {n} plus 1?", "gold": str(n + 1)} for n in range(2))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def record_everything(reason, rows):
    for strategy in STRATEGIES:
        reason("solve", "--jsonl", rows, "--policy", "simulated", "-s", strategy)


WITHOUT_MODEL = """
import sys
from reasontree.cli.main import main
try:
    main(sys.argv[1:])
finally:
    assert not [name for name in sys.modules if name.startswith("llama_cpp")], "a model was opened"
"""


def replay_in_a_process(where, tmp_path):
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "empty")}
    command = [sys.executable, "-c", WITHOUT_MODEL, "replay", "--recorded-kind", "live", "--json"]
    done = subprocess.run(
        [*command, "--db", str(where)], env=environment, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_strategy_replays_in_a_fresh_process_from_a_file_without_a_model(reason, rows, tmp_path):
    record_everything(reason, rows)
    exported, other = tmp_path / "all.jsonl.gz", tmp_path / "other.db"
    assert reason("trace", "export", "-o", exported)[0] == 0
    assert reason("trace", "import", exported, "--db", other)[0] == 0
    for where in (tmp_path / "traces.db", other):
        found = replay_in_a_process(where, tmp_path)
        assert len(found) == 2 * len(STRATEGIES)
        assert all(each["same"] for each in found)


def test_every_strategy_replays_in_a_fresh_process_from_a_server(
    reason, rows, tmp_path, monkeypatch, postgres
):
    monkeypatch.setenv("REASON_DB", postgres)
    record_everything(reason, rows)
    found = replay_in_a_process(postgres, tmp_path)
    assert len(found) == 2 * len(STRATEGIES)
    assert all(each["same"] for each in found)
