"""Brevity: of answers that are equally well founded, the one that took fewer words wins.

A vote that reads texts, lengths and step scores, and sets classes against each other. A solution counts for
its weakest step, times the length of the shortest solution of all classes over its own. Solutions with one
and the same text are one witness: the best of them counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from reasontree.core import Solution, Vote


class Brevity(Vote):
    """A class weighs the sum of its solutions' weakest steps, long solutions counting for less."""

    name = "brevity"

    def __init__(self, options: object) -> None:
        self.options = options

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the weight of a class that stands alone."""
        return self.weigh_all([solutions])[0]

    def weigh_all(self, classes: Sequence[Sequence[Solution]]) -> Sequence[float]:
        """Return the weight of each class, beside the shortest solution of all."""
        shortest = min((length(each) for solutions in classes for each in solutions), default=1)
        return [weight(solutions, shortest) for solutions in classes]


def weight(solutions: Sequence[Solution], shortest: int) -> float:
    """Return the weight of one class."""
    worths: dict[str, float] = {}
    for each in solutions:
        weakest = min(each.step_scores, default=each.score)
        worths[each.text] = max(worths.get(each.text, 0.0), weakest * shortest / length(each))
    return math.fsum(worths.values())


def length(solution: Solution) -> int:
    """Return its tokens, at least 1."""
    return max(1, solution.n_tokens)
