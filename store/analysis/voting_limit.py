"""What a vote comes to with ever more samples, from those that there are.

With n growing, majority voting is right in the end where the right answer is the most probable one, and
weighted voting where it has the highest probability times mean score (Wu et al. 2024, arXiv 2408.00724,
theorems 1 and 2). How probable the answers of a problem are is known only from its m chains, so both are
drawn from their posterior: each draw gives the chains weights that are uniform over all that sum to 1 (the
Bayesian bootstrap, Rubin 1981, Ann. Stat. 9:130-134). An answer that no chain gave is taken for impossible.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.statistics import Interval
from .curves import ProblemChains

_N_DRAWS = 2000


def voting_limit(problems: Sequence[ProblemChains], *, is_weighted: bool, seed: int = 0) -> Interval:
    """Return the accuracy of majority, or of weighted, voting with endless samples.

    The value is the mean over all draws. The interval is that of draws which take problems at random too, so
    it holds both: how little is known of each problem, and that there are other problems.

    Args:
        problems: At least one.
        is_weighted: Whether a chain counts by its score rather than as 1.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    right = np.array([_draws_right(each, is_weighted, rng) for each in problems])  # (problems, draws)
    resampled = rng.integers(len(problems), size=right.shape)
    means = np.take_along_axis(right, resampled, axis=0).mean(axis=0)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(low), float(right.mean()), float(high))


def _draws_right(chains: ProblemChains, is_weighted: bool, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return for each draw whether the heaviest class of answers is right, shape (draws,)."""
    if not len(chains.right):
        return np.zeros(_N_DRAWS)
    weights = rng.standard_exponential((_N_DRAWS, len(chains)))  # only their shares matter
    if is_weighted:
        weights = weights * chains.scores
    of_class = chains.classes[:, None] == np.arange(len(chains.right))  # (m, classes)
    won: NDArray[np.int64] = (weights @ of_class).argmax(axis=1)
    return chains.right[won].astype(np.float64)
