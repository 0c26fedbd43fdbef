"""Epsilon-greedy: chains from a few first steps, mostly from the one whose chains have scored best so far.

A strategy with state and random numbers. Its searches can be replayed, since both follow from the tree and
the seed alone: it takes in each node once, in the order of their numbers; it draws from `self.rng` whenever
it chooses, and nowhere else; and it asks no clock, no file and no other search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from reasontree.core import ROOT, Expansion, Field, Options, Strategy, Tree


class EpsilonGreedyOptions(Options):
    """How many, and how greedily."""

    starts: int = Field(4, ge=1, le=4096, description="First steps, and chains of each round.")
    width: int = Field(16, ge=1, le=4096, description="Chains to run in all.")
    epsilon: float = Field(0.2, ge=0, le=1, description="Probability that a chain begins anywhere.")


class EpsilonGreedy(Strategy):
    """Run chains from the first step that has done best so far, and some from any of them."""

    name = "epsilon-greedy"
    vote = "brevity"
    Options = EpsilonGreedyOptions
    options: EpsilonGreedyOptions

    def __init__(self, options: EpsilonGreedyOptions, rng: np.random.Generator) -> None:
        super().__init__(options, rng)
        self._scores: dict[int, list[float]] = {}  # first step → scores of the chains from there
        self._n_seen = 1

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Ask for first steps, then for chains from them, a few at a time."""
        self._learn(tree)
        if not self._scores:
            return [Expansion(ROOT, self.options.starts)]
        starts = [start for start in self._scores if not tree[start].finished]
        n_left = self.options.width - sum(map(len, self._scores.values()))
        chosen = Counter(self._choose(starts) for _ in range(min(n_left, self.options.starts)) if starts)
        return [Expansion(start, n_chains, until="end") for start, n_chains in sorted(chosen.items())]

    def _learn(self, tree: Tree) -> None:
        """Take in the nodes that are new."""
        for node in (tree[number] for number in range(self._n_seen, len(tree))):
            start = tree.path(node.id)[1].id
            scores = self._scores.setdefault(start, [])
            if node.finished:
                scores.append(tree.score(node.id) or 0.0)
        self._n_seen = len(tree)

    def _choose(self, starts: Sequence[int]) -> int:
        """Choose a first step: any, or the best one; without a chain it counts as the best."""
        if self.rng.random() < self.options.epsilon:
            return int(self.rng.choice(starts))
        return max(starts, key=lambda start: fmean(self._scores[start] or (1.0,)))
