"""Files of values that a person writes: TOML, or JSON, by their suffix."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from .errors import UsageError


def is_toml(path: Path) -> bool:
    """Whether a file's name says that it is TOML; every other one is JSON."""
    return path.suffix.lower() == ".toml"


def read_values(path: Path, wanted: str) -> dict[str, Any]:
    """Read the values of a file by their names.

    Args:
        wanted: What the file describes, such as "a run's specification".

    Raises:
        UsageError: If the file cannot be read, or does not hold an object.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text) if is_toml(path) else json.loads(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:  # what is not UTF-8, JSON or TOML
        raise UsageError(f"{path} is not {'TOML' if is_toml(path) else 'JSON'}: {error}.") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path}: an object with {wanted} was wanted.")
    return values
