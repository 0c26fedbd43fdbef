"""The maximum a posteriori vote: the answer that is most probably right, if scores are probabilities.

Suppose that a solution is right with probability s, its score, and that a wrong one gives each of K - 1 wrong
answers equally often, independently of the others. Then log P(answer | solutions) is, but for a constant, the
sum of log(s · (K - 1) / (1 - s)) over the solutions that have the answer (Nitzan and Paroush 1982, for two
answers; Shapley and Grofman 1984). A solution with s < 1 / K speaks against its own answer.

Sources and differences: He et al. 2025 (arXiv 2510.13918) weigh a reward model's scores in this way, after
calibrating them, and find that the weights are often negative. They fit the weights to the policy's accuracy;
here a score is taken at its word, as a value head's is calibrated, and kept within [0.01, 0.99], so that none
decides alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core import Solution, Vote, VoteOptions, hookimpl

_MARGIN = 0.01


class MapOptions(VoteOptions):
    """How wrong answers scatter."""

    answers: int = Field(
        10, ge=2, le=10_000, description="K: the answers that there are to give, the right one among them."
    )


class MapVote(Vote):
    """A class of equivalent answers weighs its log-probability of being right, by its solutions' scores."""

    name = "map"
    Options = MapOptions
    weighs_below_0 = True
    options: MapOptions

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the sum of log-odds in nats, which may be negative."""
        return math.fsum(each.share * float(self._log_odds(each.score)) for each in solutions)

    def weigh_subsets(self, solutions: Sequence[Solution], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the sum of each subset, all subsets at once: a curve has many thousands."""
        scores = np.array([solution.score for solution in solutions], dtype=np.float64)
        return self._log_odds(scores) @ chosen.astype(np.float64)

    def _log_odds(self, scores: float | NDArray[np.float64]) -> NDArray[np.float64]:
        right = np.clip(scores, _MARGIN, 1 - _MARGIN)
        odds: NDArray[np.float64] = np.log(right) - np.log1p(-right) + math.log(self.options.answers - 1)
        return odds


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the maximum a posteriori vote."""
    return [MapVote]
