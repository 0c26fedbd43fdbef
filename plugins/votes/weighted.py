"""Weighted vote: the highest sum of scores (Wu et al. 2024, arXiv 2408.00724, section 3.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...core import Solution, Vote, hookimpl


class WeightedVote(Vote):
    """A class of equivalent answers weighs the sum of its solutions' scores."""

    name = "weighted"

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the sum of scores."""
        return math.fsum(solution.share * solution.score for solution in solutions)

    def weigh_subsets(self, solutions: Sequence[Solution], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the sum of scores of each subset, all subsets at once: a curve has many thousands."""
        scores = np.array([solution.score for solution in solutions], dtype=np.float64)
        return scores @ chosen.astype(np.float64)


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the weighted vote."""
    return [WeightedVote]
