"""How text of a model, amounts, costs and votes read on one line, wherever the line goes.

Text of a model can colour nothing, move nothing and ring nothing on a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .records import Flops, Tally, Tokens


def printable(text: str, *, width: int | None = None) -> str:
    """Return the text on one line, without control characters, cut to `width` characters."""
    line = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
    return line if width is None or len(line) <= width else line[: max(0, width - 1)] + "…"


def lines_of(text: str) -> list[str]:
    """Return a text of a model line by line, with its spaces and without control characters."""
    lines = text.expandtabs(4).splitlines()
    return ["".join(char if char.isprintable() else " " for char in line).rstrip() for line in lines]


def json_text(value: Any, *, indent: int | None = None, is_ascii: bool = False) -> str:
    """Return a value as JSON that any terminal and file can take: half a surrogate pair stays an escape.

    Args:
        is_ascii: Escape all that is not ASCII.
    """
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def count(n: int, what: str) -> str:
    """Return how many there are of something whose plural takes an s."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def size(n_bytes: int | None) -> str:
    """Return a size with its unit, in powers of 1,000 as disks have it."""
    if n_bytes is None:
        return "unknown size"
    value, unit = float(n_bytes), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"


def tallies_text(tallies: Sequence[Tally], *, most: int, width: int | None = None) -> str:
    """Return classes of answers with their counts and weights: `202 ×6 (weight 2.35), 164 ×2 (0.959)`.

    Weights that are mere counts are left out.

    Args:
        most: How many classes are named; the others are counted.
        width: Characters of an answer; what is longer is cut.
    """
    weighs = any(each.weight != each.count for each in tallies)
    shown = [
        f"{printable(each.answer, width=width)} ×{each.count}" + _weight_text(each, i == 0) * weighs
        for i, each in enumerate(tallies)
    ]
    n_more = len(shown) - most
    return ", ".join(shown[:most]) + (f", and {n_more} more" if n_more > 0 else "")


def _weight_text(tally: Tally, is_first: bool) -> str:
    return f" ({'weight ' if is_first else ''}{tally.weight:.3g})"


def tokens_text(tokens: Tokens) -> str:
    """Return what a search did with tokens."""
    scored = f", {tokens.scored:,} scored" if tokens.scored else ""
    return f"{tokens.generated:,} generated, {tokens.prompt:,} of prompt{scored}, {tokens.reused:,} reused"


def rate_text(tokens: Tokens, elapsed_s: float) -> str:
    """Return how many tokens were generated in a second."""
    return f"{tokens.generated / elapsed_s if elapsed_s else 0.0:,.0f} tokens/s"


def flops_text(flops: Flops) -> str:
    """Return what a search computed: all of it, what scorers did of that, and how the paper counts it."""
    scorers = f" ({flops.scorer:.3g} by scorers)" if flops.scorer else ""
    return f"{flops.policy + flops.scorer:.3g} in all{scorers}, {flops.paper:.3g} as the paper counts"
