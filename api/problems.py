"""Problems out of a file of JSON lines."""

from __future__ import annotations

import itertools
from pathlib import Path

from ..core.errors import UsageError
from ..core.json_rows import JsonRow, json_rows, opened
from ..core.records import Problem

_QUESTION_KEYS = ("question", "problem")
_GOLD_KEYS = ("gold", "answer")
_WANTED = "an object with 'question' or 'problem'"


def read_problems(path: str | Path, *, offset: int = 0, limit: int | None = None) -> list[Problem]:
    """Read rows of `question` or `problem`, with an optional `gold` or `answer`; `-` is standard input.

    A problem's index is its row, counted from 0 without blank lines. Its seeds follow from the index, so it
    draws with the same ones when the range changes; a model that decodes other problems beside it may still
    round otherwise, and come to another tree.

    Raises:
        UsageError: If a row cannot be read; names file and line.
    """
    path = Path(path)
    stop = None if limit is None else offset + limit
    with opened(path) as (file, name):
        rows = itertools.islice(json_rows(file, name, _WANTED), offset, stop)
        problems = [_problem(path, index, row) for index, row in enumerate(rows, start=offset)]
    if not problems:
        raise UsageError(f"{name} has no rows from {offset} on.")
    return problems


def _problem(path: Path, index: int, row: JsonRow) -> Problem:
    question = row.text(_QUESTION_KEYS)
    if question is None:
        raise UsageError(f"{row.place}: {_WANTED} was wanted.")
    return Problem(question.strip(), row.text(_GOLD_KEYS), index, _name_of(path))


def _name_of(path: Path) -> str:
    """Return the file's name as text that can be shown and stored, whatever bytes it is made of."""
    return path.name.encode("utf-8", "backslashreplace").decode()
