"""Best-of-n (Cobbe et al. 2021, arXiv 2110.14168; Wu et al. 2024, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterable

from ...core import Strategy, hookimpl
from .chains import IndependentChains


class BestOfN(IndependentChains):
    """Sample chains; the answer of the one with the highest score wins."""

    name = "best-of-n"
    vote = "best"


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register best-of-n."""
    return [BestOfN]
