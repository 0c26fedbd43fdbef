"""CISC, confidence-informed self-consistency (Taubenfeld et al. 2025, arXiv 2502.06233).

Votes are weighed by confidence within the problem: a solution weighs exp(c / T) over the sum of that for
all solutions of the problem, a softmax of their scores c. T → ∞ is the majority vote, T → 0 the vote for the
best.

Sources and differences: the paper takes for c what the model says of its own answer, P(True) above all, and
chooses T for each model on held-out problems. Here c is the score of any scorer, and 0.2 was not tuned.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core import Solution, Vote, VoteOptions, hookimpl


class CiscOptions(VoteOptions):
    """How much confidence counts."""

    temperature: float = Field(
        0.2, ge=0.01, le=100, description="T: the lower, the more the most confident solutions count."
    )


class CiscVote(Vote):
    """A class of equivalent answers weighs the softmax of its solutions' scores, among all of the problem."""

    name = "cisc"
    Options = CiscOptions
    options: CiscOptions

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the class's weight, not yet divided by that of all solutions, which changes no winner."""
        temperature = self.options.temperature
        return math.fsum(each.share * math.exp((each.score - 1) / temperature) for each in solutions)

    def weigh_all(self, classes: Sequence[Sequence[Solution]]) -> Sequence[float]:
        """Return the classes' shares, which sum to 1."""
        weights = [self.weigh(solutions) for solutions in classes]
        total = math.fsum(weights)
        return [weight / total for weight in weights]

    def weigh_subsets(self, solutions: Sequence[Solution], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the weight of each subset, all subsets at once: a curve has many thousands."""
        scores = np.array([solution.score for solution in solutions], dtype=np.float64)
        weights: NDArray[np.float64] = np.exp((scores - 1) / self.options.temperature)
        return weights @ chosen.astype(np.float64)


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the vote of confidence within the problem."""
    return [CiscVote]
