"""Captures the README's session: runs the command on a terminal of its own, keeps what stays on screen.

.venv/bin/python docs/capture.py
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUESTION = (
    "A library has 6 shelves with 45 books each. It lends out 87 books and gets 19 of them back. "
    "How many books are on the shelves now?"
)
OPTIONS = ["--seed", "1"]
COMMAND = ["reason", "solve", QUESTION, *OPTIONS]
ROWS, COLUMNS = 40, 100


def run_on_a_terminal(command: list[str]) -> str:
    """Run a command on a pseudo-terminal and return all that it wrote."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    written = b""
    while True:
        try:
            written += os.read(ours, 65536)
        except OSError:
            process.wait()
            return written.decode()


def last_screen(written: str) -> str:
    """Return the text that stays: what the growing tree drew and wiped again is left out."""
    final = written[written.rfind("\x1b[2K") + 4 :]
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", final).replace("\r", "").strip("\n").split("\n")
    return "\n".join(line.rstrip() for line in lines)


def main() -> None:
    """Write docs/sessions/solve.txt and put it into the README."""
    session = f"$ {shlex.join(COMMAND)}\n{last_screen(run_on_a_terminal(COMMAND))}\n"
    path = ROOT / "docs" / "sessions" / "solve.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(session)
    readme = (ROOT / "README.md").read_text()
    block = "".join(f"    {line}\n" if line else "\n" for line in session.rstrip().split("\n"))
    start, end = "<!-- session: solve -->\n", "<!-- /session -->"
    before, _, rest = readme.partition(start)
    (ROOT / "README.md").write_text(f"{before}{start}\n{block}\n{end}{rest.partition(end)[2]}")


if __name__ == "__main__":
    main()
