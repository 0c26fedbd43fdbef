"""Model text on a terminal: it can colour nothing, move nothing and ring nothing."""

from __future__ import annotations

import json
from typing import Any


def printable(text: str, *, width: int | None = None) -> str:
    """Return the text on one line, without control characters, cut to `width` characters."""
    line = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
    return line if width is None or len(line) <= width else line[: max(0, width - 1)] + "…"


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON that any terminal and file can take: half a surrogate pair stays an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
