"""Captures what the examples of docs/python.md print, and the Python session of the README.

.venv/bin/python docs/capture_python.py [page] [session]

The page's examples run one after the other, each with what the ones before it left. The README's session is
typed into an interactive Python, with the default model.
"""

from __future__ import annotations

import code
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from pathlib import Path

DOCS = Path(__file__).resolve().parent
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?P<shown>\n```text\n.*?^```\n)?", re.M | re.S)
QUESTION = (
    "A library has 6 shelves with 45 books each. It lends out 87 books and gets 19 of them back. "
    "How many books are on the shelves now?"
)
SESSION = [
    "import reasontree",
    f'question = "{QUESTION}"',
    "result = reasontree.solve(question, seed=1)",
    "result.answer",
    "[(vote.answer, vote.count) for vote in result.votes[:3]]",
    "result.tokens",
    "print(result.text)",
    "(same,) = reasontree.replay(result.trace_id)",
    "same.is_same",
]


def main() -> None:
    """Capture what is named; both if nothing is."""
    wanted = sys.argv[1:] or ["page", "session"]
    with _elsewhere():
        if "page" in wanted:
            capture_page(DOCS / "python.md")
        if "session" in wanted:
            capture_session(DOCS / "sessions" / "python.txt", DOCS.parent / "README.md")


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Work in a folder of its own: no traces of the user's, and no value heads that would score."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        os.environ |= {"REASON_DB": f"{folder}/traces.db", "XDG_DATA_HOME": folder}
        yield


def capture_page(page: Path) -> None:
    """Run the page's examples, and put what each prints behind it."""
    names: dict[str, object] = {"__name__": "python_page"}

    def captured(found: re.Match[str]) -> str:
        printed = run(found["code"], names)
        block = f"```python\n{found['code']}```\n"
        return block + f"\n```text\n{printed}\n```\n" if printed else block

    page.write_text(BLOCK.sub(captured, page.read_text()))


def run(example: str, names: dict[str, object]) -> str:
    """Run an example and return what it printed."""
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(example, "<example>", "exec"), names)
    return printed.getvalue().rstrip()


def capture_session(file: Path, readme: Path) -> None:
    """Type the session, keep it, and put it into the README."""
    file.write_text(typed(SESSION) + "\n")
    block = "".join(f"    {line}".rstrip() + "\n" for line in typed_lines(file))
    pattern = r"(<!-- session: python -->\n).*?(<!-- /session -->)"
    found = re.sub(pattern, lambda m: f"{m[1]}\n{block}\n{m[2]}", readme.read_text(), flags=re.S)
    readme.write_text(found)


def typed(lines: list[str]) -> str:
    """Type lines into an interactive Python; return them with their prompts and what came of them."""
    console = code.InteractiveConsole()
    with redirect_stdout(io.StringIO()) as shown:
        for line in lines:
            shown.write(f">>> {line}\n")
            console.push(line)
    return shown.getvalue().rstrip()


def typed_lines(file: Path) -> list[str]:
    """Return the lines of a captured session."""
    return file.read_text().rstrip().split("\n")


if __name__ == "__main__":
    main()
