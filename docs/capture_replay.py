"""Captures the sessions of replay.md, with the scripted policy: no model is needed.

.venv/bin/python docs/capture_replay.py
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reasontree.store.database import open_database
from reasontree.store.filters import Filters
from reasontree.store.schema import RoundRow, SearchRow
from reasontree.store.traces import list_traces
from sqlalchemy import select, update

DOCS = Path(__file__).parent
SIMULATED = ["--policy", "simulated", "-p", "p_right=0.75"]
N_PROBLEMS = 200


def main() -> None:
    """Write docs/sessions/replay-*.txt and put them into docs/replay.md."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ |= {"REASON_DB": f"{folder}/traces.db", "COLUMNS": "110"}
        os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        rows = ({"question": f"What is {n} plus 1?", "gold": str(n + 1)} for n in range(N_PROBLEMS))
        Path("sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        solve("rebase", "-o", "width=16", "--limit", "3")
        solve("majority", "-o", "width=16")
        session("same", f"reason replay {newest('rebase')}")
        session("changed", f"reason replay {changed(newest('rebase'))}")
        session("other", "reason replay --run 2 -o width=4 --vote weighted")
        session("chains", "reason replay --run 1 -s majority -o width=8")
        session("shortage", f"reason replay {newest('majority')} -s rebase")
        session("curve", "reason replay --run 2 --curve")
        kill("mcts", "-o", "expansions=200", seconds=3.0)
        session("resume", f"reason resume {newest_run()}")


def solve(strategy: str, *options: str) -> None:
    """Record searches."""
    command = ["reason", "solve", "--jsonl", "sums.jsonl", "-s", strategy, *SIMULATED, *options]
    subprocess.run(command, check=True, capture_output=True)


def kill(strategy: str, *options: str, seconds: float) -> None:
    """Record searches, and kill them in the middle."""
    command = ["reason", "solve", "--jsonl", "sums.jsonl", "-s", strategy, *SIMULATED, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


def newest(strategy: str) -> str:
    """Return the newest trace of a strategy."""
    with open_database() as database:
        return list_traces(database, Filters(strategy=strategy, kind="live"), limit=1)[0].id


def newest_run() -> int:
    """Return the newest run."""
    with open_database() as database:
        return list_traces(database, limit=1)[0].run


def changed(trace: str) -> str:
    """Change what the second round of a trace asked for, as if another version had recorded it."""
    with open_database() as database, database.transaction() as connection:
        of_round = (
            RoundRow.number == 2,
            RoundRow.search.in_(select(SearchRow.id).where(SearchRow.trace == trace)),
        )
        asked = connection.execute(select(RoundRow.expansions).where(*of_round)).scalar_one()
        asked[0][1] += 1
        asked[1][1] += 1
        connection.execute(update(RoundRow).where(*of_round).values(expansions=asked))
    return trace


def session(name: str, command: str) -> None:
    """Run a command, keep what it wrote, and put it into the page."""
    done = subprocess.run(
        shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    if len(lines) > 24:  # one JSON object or one line a trace
        lines = [*lines[:3], "…", *lines[-5:]]
    text = "\n".join([f"$ {command}", *(line[:110] if line[0] == "{" else line for line in lines)]) + "\n"
    (DOCS / "sessions" / f"replay-{name}.txt").write_text(text)
    block = "".join(f"    {line}\n" if line else "\n" for line in text.rstrip().split("\n"))
    page = DOCS / "replay.md"
    pattern = rf"(<!-- session: {name} -->\n).*?(<!-- /session -->)"
    found = re.sub(pattern, lambda m: f"{m[1]}\n{block}\n{m[2]}", page.read_text(), flags=re.S)
    page.write_text(found)


if __name__ == "__main__":
    main()
