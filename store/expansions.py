"""Expansions as a round's row has them: `[node, width, until, first rank]`, and what is particular to one.

That is an object behind the four, with `sampling`, `says` and `begins` as far as they were given; a plain
expansion has none, and neither has any that a schema older than 0005 recorded.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..core.records import Expansion, Sampling


def to_row(expansion: Expansion, first_rank: int) -> list[Any]:
    """Return an expansion, and the rank of its first child, as they are stored."""
    plain = [expansion.node, expansion.width, expansion.until, first_rank]
    given: dict[str, Any] = {"says": expansion.says, "begins": expansion.begins}
    if expansion.sampling is not None:
        given["sampling"] = asdict(expansion.sampling)
    given = {name: value for name, value in given.items() if value}
    return [*plain, given] if given else plain


def of_row(stored: list[Any]) -> Expansion:
    """Return a stored expansion."""
    node, width, until, _, *given = stored
    more = dict(given[0]) if given else {}
    if "sampling" in more:
        more["sampling"] = Sampling(**more["sampling"])
    return Expansion(node, width, until, **more)
