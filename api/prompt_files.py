"""What says how a model is asked: a prompt format by its name or from a file, or worked examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import UsageError
from ..core.models import PromptFormat
from ..core.prompt_changes import check_prompt, plain_prompt
from ..plugins.models.prompts import NAMED


def read_prompt(path: str | Path) -> dict[str, Any]:
    """Return a prompt format that has a name, or read fields of one from a TOML file.

    Raises:
        UsageError: If it cannot be read, or a field or value is wrong; names the file.
    """
    named = NAMED.get(str(path))
    if named is not None:
        own = plain_prompt(PromptFormat())
        return {name: value for name, value in plain_prompt(named()).items() if value != own[name]}
    if not Path(path).exists():
        raise UsageError(f"There is no prompt file {path}.", hint=f"Formats with a name: {', '.join(NAMED)}.")
    return _checked(Path(path), _toml(Path(path)))


def read_examples(path: str | Path) -> list[dict[str, str]]:
    """Read worked examples: JSON lines of `question` and `solution`, or `[[examples]]` in a TOML file.

    Raises:
        UsageError: If it cannot be read, has none, or one of them is wrong; names the file.
    """
    path = Path(path)
    rows = _toml(path) if path.suffix.lower() == ".toml" else {"examples": _rows(path)}
    found: list[dict[str, str]] = _checked(path, rows).get("examples", [])
    if not found:
        raise UsageError(f"{path} has no examples.", hint="Each row has a 'question' and a 'solution'.")
    return found


def _checked(path: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return check_prompt(values)
    except ValueError as error:
        raise UsageError(f"{path}: {error}.") from error


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}.") from error


def _rows(path: Path) -> list[Any]:
    lines = enumerate(_read(path).splitlines(), start=1)
    return [_row(path, number, line) for number, line in lines if line.strip()]


def _row(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}, line {number}: JSON was wanted, and {error} came.") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is not text in UTF-8: {error}.") from error
