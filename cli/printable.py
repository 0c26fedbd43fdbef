"""Model text on a terminal: it can colour nothing, move nothing and ring nothing."""

from __future__ import annotations


def printable(text: str, *, width: int | None = None) -> str:
    """Return the text on one line, without control characters, cut to `width` characters."""
    line = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
    return line if width is None or len(line) <= width else line[: max(0, width - 1)] + "…"
