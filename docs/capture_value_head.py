"""Captures the figures of the log about value heads: what the shipped heads do on chains that they never saw.

A page of the log does not change afterwards. To measure again, add pages and name them in `PAGES`.

.venv/bin/python docs/capture_value_head.py TEST.db TRAIN_1.5B.db STEPS.db UNSEEN.db NUMBERED.db
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory

DOCS = Path(__file__).parent
HEADS = DOCS.parent / "plugins" / "scorers" / "value_head" / "heads"
SMALL = "qwen2.5-coder-0.5b-instruct"
STEPS = "qwen2.5-coder-1.5b-instruct-worked-steps"
PAGES = {
    "value-head": "2026-11-24-value-head-0.5b.md",
    "value-head-search": "2026-11-24-value-head-0.5b-rebase.md",
    "value-head-1.5b": "2026-11-24-value-head-1.5b.md",
    "value-head-1.5b-steps": "2026-11-26-prompts-1.5b.md",
    "value-head-1.5b-unseen": "2026-11-26-prompts-1.5b-more.md",
    "value-head-1.5b-numbered": "2026-11-26-prompts-1.5b-more.md",
}


def main(test: str, train_large: str, train_steps: str, unseen: str, numbered: str) -> None:
    """Write the sessions and put them into the pages of docs/log that `PAGES` names.

    Args:
        test: The database with chains of the 0.5B, hidden states and all, and searches over their problems.
        train_large: The database with the chains that the first head for the 1.5B was trained on.
        train_steps: The one with the chains that the head for its worked examples was trained on.
        unseen: The one with such chains of other problems.
        numbered: The one with chains of the format H.
    """
    tested, trained = Path(test).resolve(), Path(train_large).resolve()
    capture("value-head", "train-head", "--evaluate", f"{SMALL}.npz", "--traces", tested)
    by = [word for name in ("strategy", "options", "scorer") for word in ("--by", name)]
    capture("value-head-search", "trace", "stats", "--kind", "live", *by, "--db", tested, indent="    ")
    with TemporaryDirectory() as folder:
        capture("value-head-1.5b", "train-head", "--traces", trained, "--out", f"{folder}/head.npz")
        steps = Path(train_steps).resolve()
        capture("value-head-1.5b-steps", "train-head", "--traces", steps, "--out", f"{folder}/head.npz")
        capture_more(Path(unseen).resolve(), Path(numbered).resolve(), folder)


def capture_more(unseen: Path, numbered: Path, folder: str) -> None:
    """Write the sessions of the second page on ways of asking the 1.5B."""
    capture("value-head-1.5b-unseen", "train-head", "--evaluate", f"{STEPS}.npz", "--traces", unseen)
    capture("value-head-1.5b-numbered", "train-head", "--traces", numbered, "--out", f"{folder}/numbered.npz")


def capture(name: str, *words: str | Path, indent: str = "") -> None:
    """Run `reason` and keep what it prints, but for the line that names the file."""
    command = [Path(sys.executable).parent / "reason", *words]
    done = subprocess.run(command, cwd=HEADS, capture_output=True, text=True, check=True)
    said = re.sub(r"^.*, cross-validated by problem:\n\n", "", done.stdout)
    (DOCS / "sessions" / f"{name}.txt").write_text(said)
    page = DOCS / "log" / PAGES[name]
    pattern = rf"(<!-- figures: {re.escape(name)} -->\n).*?(<!-- /figures -->)"
    shown = textwrap.indent(said, indent)
    page.write_text(re.sub(pattern, lambda m: f"{m[1]}\n{shown}\n{m[2]}", page.read_text(), flags=re.S))


if __name__ == "__main__":
    main(*sys.argv[1:])
