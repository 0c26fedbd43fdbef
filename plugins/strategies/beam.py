"""Beam search over steps, led by process rewards (Snell et al. 2024, arXiv 2408.03314, section 5).

N first steps are sampled. Of each depth's steps the best N / M are kept, and each of them gets M children, so
that every depth has at most N steps.

Sources and differences: N, the first depth's N samples, M = 4 and the weighted vote are the paper's. How a
finished beam counts is ours: it competes by its score like any other, and where it is among the best it keeps
its place for good, so that the depths below have one place less. A finished beam that loses its place still
votes. A branch that a limit ended is dropped and its place goes to the next best. Where M does not divide N,
N // M beams are kept. A node without a score gets the lowest score of its depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from ...core import ROOT, Expansion, Node, Options, Strategy, Tree, hookimpl
from .branches import best_first


class BeamOptions(Options):
    """Beam search's parameters."""

    width: int = Field(16, ge=1, le=65536, description="N, the most steps that a depth gets.")
    children: int = Field(
        4, ge=1, le=65536, description="M, the children of a kept beam; N / M beams are kept."
    )


class Beam(Strategy):
    """Keep the best steps of each depth and expand them equally."""

    name = "beam"
    vote = "weighted"
    Options = BeamOptions
    options: BeamOptions

    @classmethod
    def sized(cls, n_samples: int) -> Mapping[str, Any] | None:
        """Return N, and M as by default where N is large enough."""
        return {"width": n_samples, "children": min(n_samples, cls.Options().children)}

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Expand the kept beams that are not finished."""
        if tree.depth == 0:
            return [Expansion(ROOT, self.options.width)]
        children = min(self.options.children, self.options.width)
        return [Expansion(beam.id, children) for beam in self._kept(tree) if not beam.finished]

    def _kept(self, tree: Tree) -> list[Node]:
        """Return the newest depth's beams, after those that finished above have taken their places."""
        n_places = max(1, self.options.width // self.options.children)
        kept: list[Node] = []
        for depth in range(1, tree.depth + 1):
            n_places -= sum(beam.finished for beam in kept)
            kept = best_first(tree, tree.at_depth(depth))[:n_places]
        return kept


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register beam search."""
    return [Beam]
