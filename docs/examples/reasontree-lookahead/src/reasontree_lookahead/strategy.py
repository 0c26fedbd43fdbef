"""Lookahead search (Snell et al. 2024, arXiv 2408.03314, section 5.2).

A beam search that judges a step not by its own score but by where it leads: each candidate is rolled out up
to k steps further, and the score at the end of its rollout is its value. N candidates come from N / M beams
with M children each; the best N / M of them are the next beams. With k = 0 it is beam search.

Differences: the paper rolls out at temperature 0 and throws rollouts away. Here they are sampled as all steps
are, and stay in the tree, where the solutions that they end vote with the others. A candidate that is
finished keeps its place among the beams for good. A node without a score is worth 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from reasontree.core import ROOT, Expansion, Field, Node, Options, Strategy, Tree


class LookaheadOptions(Options):
    """Lookahead search's parameters."""

    width: int = Field(16, ge=1, le=4096, description="N, candidates at each depth.")
    children: int = Field(4, ge=1, le=4096, description="M, children of each beam; N / M beams are kept.")
    lookahead: int = Field(2, ge=0, le=64, description="k, steps of a rollout; 0 is beam search.")


class Lookahead(Strategy):
    """Roll each candidate out a few steps, and keep those that lead to the best scores."""

    name = "lookahead"
    vote = "weighted"
    Options = LookaheadOptions
    options: LookaheadOptions

    def __init__(self, options: LookaheadOptions, rng: np.random.Generator) -> None:
        super().__init__(options, rng)
        self._n_seen = 1
        self._n_beams = max(1, options.width // options.children)
        self._n_looked = 0
        self._tips: dict[int, int] = {}  # candidate → the last node of its rollout

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Sample candidates, roll them out step by step, then go on from the best of them."""
        new = [tree[node] for node in range(self._n_seen, len(tree))]
        self._n_seen = len(tree)
        if not new:
            return [Expansion(ROOT, self.options.width)]
        self._take(new)
        rollouts = [tip for tip in self._tips.values() if not tree[tip].finished]
        if self._n_looked < self.options.lookahead and rollouts:
            self._n_looked += 1
            return [Expansion(tip, 1) for tip in rollouts]
        return self._next_depth(tree)

    def _take(self, new: Sequence[Node]) -> None:
        """Take the nodes of a round: new candidates, or the next steps of their rollouts."""
        if not self._n_looked:
            self._tips = {node.id: node.id for node in new}
        steps = {node.parent: node.id for node in new}
        self._tips = {candidate: steps.get(tip, tip) for candidate, tip in self._tips.items()}

    def _next_depth(self, tree: Tree) -> Sequence[Expansion]:
        """Keep the best candidates; those of them that are finished keep their place for good."""
        ranked = sorted(self._tips, key=lambda candidate: -(tree.score(self._tips[candidate]) or 0.0))
        beams = ranked[: self._n_beams]
        open_ = [beam for beam in beams if not tree[beam].finished]
        self._n_beams -= len(beams) - len(open_)
        self._n_looked = 0
        return [Expansion(beam, self.options.children) for beam in open_]
