"""Adaptive consistency (Aggarwal et al. 2023, arXiv 2305.11860): sample until the vote is settled.

With v1 and v2 votes for the two most frequent answers and a uniform prior, the share of the first among the
two is Beta(v1 + 1, v2 + 1). Sampling stops when the probability that it is above one half reaches the
confidence.

Sources and differences: of the paper's criteria this is its default, Beta, with its confidence of 0.95 and
its limit of 40 samples. As in the paper, the vote is looked at after each chain; but a batched engine samples
several at once in less time than one after the other, so `parallel` chains are under way, and once the vote
is settled those that have not ended are cut. With `batch`, it is looked at after so many chains, and none is
cut. At 0.95, four equal answers are the fewest that settle a vote. Answers are equal where their canonical
forms are; chains without an answer have no vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from pydantic import Field

from ...core import ROOT, Expansion, Options, Strategy, Tree, hookimpl


def probability_of_majority(first: int, second: int) -> float:
    """Return P(x > 1/2) for x distributed as Beta(first + 1, second + 1), in (0, 1).

    For whole numbers it is a binomial tail: P(at most `first` heads in `first + second + 1` fair tosses).
    """
    n = first + second + 1
    term = total = 1  # the binomial coefficients, exact
    for k in range(first):
        term = term * (n - k) // (k + 1)
        total += term
    return total / (1 << n)


class AdaptiveConsistencyOptions(Options):
    """When to stop."""

    width: int = Field(40, ge=1, le=4096, description="The most chains that are sampled.")
    parallel: int = Field(4, ge=1, le=4096, description="Chains under way at once; a settled vote cuts them.")
    batch: int = Field(
        0, ge=0, le=4096, description="Chains sampled between two looks at the vote; 0 looks after each."
    )
    confidence: float = Field(
        0.95, ge=0.5, lt=1, description="Stop when the leading answer leads in truth with this probability."
    )


class AdaptiveConsistency(Strategy):
    """Sample chains until the most frequent answer cannot well be overtaken."""

    name = "adaptive-consistency"
    vote = "majority"
    Options = AdaptiveConsistencyOptions
    options: AdaptiveConsistencyOptions

    def __init__(self, options: AdaptiveConsistencyOptions, rng: np.random.Generator) -> None:
        super().__init__(options, rng)
        self.max_rounds_in_flight = 1 if options.batch else options.parallel
        self._n_asked = 0

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Ask for one more chain or batch, unless the vote is settled or the width is used up."""
        self.is_done = self._is_settled(tree)
        width = min(self.options.batch or 1, self.options.width - self._n_asked)
        if self.is_done or width <= 0:
            return []
        self._n_asked += width
        return [Expansion(ROOT, width, until="end")]

    def _is_settled(self, tree: Tree) -> bool:
        votes = Counter(node.answer.canonical for node in tree.solutions if node.answer)
        if not votes:
            return False
        first, second = ([count for _, count in votes.most_common(2)] + [0])[:2]
        return probability_of_majority(first, second) >= self.options.confidence


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register adaptive consistency."""
    return [AdaptiveConsistency]
