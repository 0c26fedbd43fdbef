"""How fast recorded searches replay, in a process of its own, its start included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

_PROGRAM = "from reasontree.cli.main import main; main()"
_SEARCHES = {
    "REBASE": ("rebase", "-o", "width=100", "-o", "allocation=exact"),
    "majority": ("majority", "-o", "width=100"),
    "MCTS": ("mcts", "-o", "expansions=1000"),
}
_N_PROBLEMS = 12
_DEPTH = 20


def replay_rates() -> dict[str, float]:
    """Record searches with the scripted policy; return the nodes a second of each one's replay."""
    found: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "problems.jsonl"
        lines = ({"question": f"What is {n} plus 1?", "gold": str(n + 1)} for n in range(_N_PROBLEMS))
        rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
        databases = {"SQLite": f"{folder}/traces.db", "PostgreSQL": os.environ.get("REASON_TEST_POSTGRES")}
        for database, where in databases.items():
            for name, search in _SEARCHES.items() if where else ():
                found[f"{name} from {database}"] = _rate(str(where), rows, search)
    return found


def _rate(where: str, rows: Path, search: tuple[str, ...]) -> float:
    policy = ("--policy", "simulated", "-p", f"depth={_DEPTH}")
    solved = _reason("solve", "--jsonl", str(rows), *policy, "-s", *search, "--db", where)
    traces = [row["trace_id"] for row in solved]
    started = time.perf_counter()
    replayed = _reason("replay", *traces, "--no-record", "--json", "--db", where)
    seconds = time.perf_counter() - started
    assert len(replayed) == _N_PROBLEMS
    assert all(row["same"] for row in replayed)
    return sum(row["n_steps"] for row in replayed) / seconds


def _reason(*arguments: str) -> list[dict[str, object]]:
    """Run the command in a process of its own and return the objects that it prints."""
    command = [sys.executable, "-c", _PROGRAM, *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]
