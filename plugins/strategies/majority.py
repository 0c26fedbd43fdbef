"""Majority voting, or self-consistency (Wang et al. 2022, arXiv 2203.11171; Wu et al. 2024, section 3.1).

With `--vote weighted` it is weighted majority voting: a class of answers weighs the sum of its scores.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...core import Strategy, hookimpl
from .chains import IndependentChains


class Majority(IndependentChains):
    """Sample chains; the most frequent answer wins."""

    name = "majority"
    vote = "majority"


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register majority voting."""
    return [Majority]
