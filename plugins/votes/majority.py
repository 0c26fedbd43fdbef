"""Majority vote: the most frequent answer (Wang et al. 2022, arXiv 2203.11171)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...core import Solution, Vote, hookimpl


class MajorityVote(Vote):
    """A class of equivalent answers weighs the number of its solutions."""

    name = "majority"

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the number of solutions, or what it amounts to where kin are discounted."""
        return math.fsum(solution.share for solution in solutions)

    def weigh_subsets(self, solutions: Sequence[Solution], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the number of solutions of each subset, all subsets at once: a curve has many thousands."""
        n_members: NDArray[np.float64] = chosen.sum(axis=0, dtype=np.float64)
        return n_members


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the majority vote."""
    return [MajorityVote]
