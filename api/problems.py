"""Problems out of a file of JSON lines."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.errors import UsageError
from ..core.records import Problem

_QUESTION_KEYS = ("question", "problem")
_GOLD_KEYS = ("gold", "answer")


def read_problems(path: str | Path, *, offset: int = 0, limit: int | None = None) -> list[Problem]:
    """Read rows of `question` or `problem`, with an optional `gold` or `answer`.

    A problem's index is its row, counted from 0, so that a problem keeps its tree when the range changes.

    Raises:
        UsageError: If a row cannot be read; names file and line.
    """
    path = Path(path)
    stop = None if limit is None else offset + limit
    rows = itertools.islice(_rows(path), offset, stop)
    problems = [_problem(path, index, row) for index, row in enumerate(rows, start=offset)]
    if not problems:
        raise UsageError(f"{path} has no rows from {offset} on.")
    return problems


def _rows(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from (line for line in file if line.strip())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read as rows of JSON: {error}.") from error


def _problem(path: Path, index: int, line: str) -> Problem:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}, row {index + 1}: JSON was wanted, and {error} came.") from error
    question = _first(row, _QUESTION_KEYS)
    if question is None or not question.strip():
        raise UsageError(f"{path}, row {index + 1}: an object with 'question' or 'problem' was wanted.")
    return Problem(question.strip(), _first(row, _GOLD_KEYS), index, _name_of(path))


def _name_of(path: Path) -> str:
    """Return the file's name as text that can be shown and stored, whatever bytes it is made of."""
    return path.name.encode("utf-8", "backslashreplace").decode()


def _first(row: Any, keys: tuple[str, ...]) -> str | None:
    if not isinstance(row, dict):
        return None
    return next((str(row[key]) for key in keys if row.get(key) is not None), None)
