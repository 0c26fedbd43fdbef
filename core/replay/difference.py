"""Where a search that was to be the same first was another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..errors import ReplayError
from ..records import Outcome
from ..trace import Trace
from ..tree import Node, Tree


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that was not as recorded.

    Attributes:
        kind: `selection`: expansions of round `place`. `node`: what is known of node `place`. `vote`: the
            answer, whether it is correct, and the tallies.
        recorded, came: What was recorded, and what came instead.
    """

    kind: Literal["selection", "node", "vote"]
    place: int
    recorded: tuple[Any, ...]
    came: tuple[Any, ...]


class DifferenceError(ReplayError):
    """A search asked for something else than was recorded."""

    def __init__(self, trace: str, difference: Difference) -> None:
        super().__init__(f"Round {difference.place} of trace {trace} is not what was recorded.")
        self.difference = difference


def tree_difference(recorded: Tree, came: Tree) -> Difference | None:
    """Return the first node that is another one, or is missing on one side."""
    for number in range(max(len(recorded), len(came))):
        then = _facts(recorded[number]) if number < len(recorded) else ()
        now = _facts(came[number]) if number < len(came) else ()
        if then != now:
            return Difference("node", number, then, now)
    return None


def vote_difference(recorded: Trace, came: Outcome) -> Difference | None:
    """Return the difference between two votes over the same tree."""
    then = (recorded.answer, recorded.correct, recorded.tallies)
    now = (came.verdict.answer, came.correct, came.verdict.tallies)
    return None if then == now else Difference("vote", 0, then, now)


def _facts(node: Node) -> tuple[Any, ...]:
    return node.parent, node.rank, node.round, node.end, node.answer, node.step, node.scores
