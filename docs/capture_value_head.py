"""Captures the figures of value-head.md: measures the head in docs/heads on chains that it never saw.

.venv/bin/python docs/capture_value_head.py TRACES.db
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parent
HEADS = DOCS / "heads"
NAME = "qwen2.5-coder-0.5b-instruct.npz"


def main(traces: str) -> None:
    """Write docs/sessions/value-head.txt and put it into docs/value-head.md."""
    command = [Path(sys.executable).parent / "reason", "train-head", "--evaluate", NAME, "--traces"]
    done = subprocess.run(
        [*command, Path(traces).resolve()], cwd=HEADS, capture_output=True, text=True, check=True
    )
    (DOCS / "sessions" / "value-head.txt").write_text(done.stdout)
    page = DOCS / "value-head.md"
    pattern = r"(<!-- figures: value-head -->\n).*?(<!-- /figures -->)"
    page.write_text(re.sub(pattern, lambda m: f"{m[1]}\n{done.stdout}\n{m[2]}", page.read_text(), flags=re.S))


if __name__ == "__main__":
    main(sys.argv[1])
