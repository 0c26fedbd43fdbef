"""Intervals for proportions."""

from __future__ import annotations

import math
from typing import NamedTuple


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
    return Interval(max(0.0, (centre - spread) / scale), p, min(1.0, (centre + spread) / scale))
