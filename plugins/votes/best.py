"""Best-of-n: the answer of the single best solution (Cobbe et al. 2021, arXiv 2110.14168)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...core import Solution, Vote, hookimpl


class BestVote(Vote):
    """A class of equivalent answers weighs the highest score of its solutions."""

    name = "best"

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the highest score."""
        return max(solution.score for solution in solutions)

    def weigh_subsets(self, solutions: Sequence[Solution], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the highest score of each subset, all subsets at once: a curve has many thousands."""
        scores = np.array([solution.score for solution in solutions], dtype=np.float64)
        highest: NDArray[np.float64] = np.where(chosen, scores[:, None], -np.inf).max(axis=0)
        return highest


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the vote for the best."""
    return [BestVote]
