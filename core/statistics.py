"""Intervals for proportions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_N_BOOTSTRAPS = 4000


class Interval(NamedTuple):
    """A proportion with its bounds, all in [0, 1]."""

    low: float
    value: float
    high: float


def wilson(n_hits: float, n: float, z: float = 1.959964) -> Interval:
    """Return the Wilson score interval of a proportion; 95 % by default. Counts may be effective ones.

    It keeps to [0, 1] and is sound for few trials and for proportions near 0 or 1
    (Wilson 1927, JASA 22:209-212).

    Raises:
        ValueError: If there were no trials.
    """
    if n <= 0:
        raise ValueError("a proportion needs at least one trial")
    p = n_hits / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return Interval(max(0.0, min(low, p)), p, min(1.0, max(high, p)))  # rounding may put a bound beyond p


def mean_interval(chances: Sequence[float], n_disjoint: float) -> Interval:
    """Return the mean of the problems' probabilities with its 95 % interval.

    Wilson's interval at the effective number of trials p(1 - p) / Var(p̂), which surveys use (Korn and
    Graubard 1998, Survey Methodology 24:193-201). Where every probability is 0 or 1 that is the number of
    problems, and the interval is that of a direct run.

    Args:
        chances: One for each problem, in [0, 1]; at least one.
        n_disjoint: How many trials there are that share nothing; the effective number is not higher.
    """
    n, mean = len(chances), math.fsum(chances) / len(chances)
    variance = math.fsum((chance - mean) ** 2 for chance in chances) / n**2
    trials = float(n)
    if 0 < mean < 1:
        trials = min(n_disjoint, mean * (1 - mean) / variance) if variance > 0 else n_disjoint
    return wilson(mean * trials, trials)


def bootstrap_interval(
    values: NDArray[np.float64], *, seed: int = 0, n_resamples: int = _N_BOOTSTRAPS
) -> Interval:
    """Return the mean over problems with its 95 % percentile interval, resampling problems.

    Differences between two ways of solving the same problems are paired: give their differences. Where all
    values are the same, the bounds are that value.

    Args:
        values: One for each problem, shape (problems,); at least one.
        seed: Of the resampling.
    """
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(n_resamples, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(low), float(values.mean()), float(high))


def accuracy_interval(chances: NDArray[np.float64], *, seed: int = 0) -> Interval:
    """Return the mean of the problems' probabilities with its 95 % bootstrap interval.

    Where all problems came out alike, and they are all wrong or all right, it is Wilson's: a bootstrap would
    claim certainty.

    Args:
        chances: One for each problem, in [0, 1], shape (problems,); at least one.
    """
    mean = float(chances.mean())
    if np.ptp(chances) == 0:
        return wilson(mean * len(chances), len(chances))
    return bootstrap_interval(chances, seed=seed)
