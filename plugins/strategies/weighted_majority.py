"""Weighted majority voting (Li et al. 2022, arXiv 2206.02336; Wu et al. 2024, section 3.1).

The chains are majority voting's; a class of equivalent answers weighs the sum of its solutions' scores
instead of their number. How step scores make a solution's score is the choice of `--aggregate`: Wu et al.
take the reward model's score of the whole solution, which is `last`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...core import Strategy, hookimpl
from .chains import IndependentChains


class WeightedMajority(IndependentChains):
    """Sample chains; the answer with the highest sum of scores wins."""

    name = "weighted-majority"
    vote = "weighted"


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register weighted majority voting."""
    return [WeightedMajority]
