"""Weighted vote: the highest sum of scores (Wu et al. 2024, arXiv 2408.00724, section 3.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ...core import Solution, Vote, hookimpl


class WeightedVote(Vote):
    """A class of equivalent answers weighs the sum of its solutions' scores."""

    name = "weighted"

    def __init__(self, options: object = None) -> None:
        self.options = options

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the sum of scores."""
        return math.fsum(solution.score for solution in solutions)


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the weighted vote."""
    return [WeightedVote]
