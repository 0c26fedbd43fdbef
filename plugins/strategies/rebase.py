"""REBASE, reward balanced search (Wu et al. 2024, arXiv 2408.00724, section 3.2 and algorithm 1).

At each depth the width that is left, N minus the solutions finished so far, is shared among the unfinished
nodes in proportion to exp(R / T_b), R being the process reward.

Sources and differences: `allocate` is the authors' code, which walks the nodes from the best one down and
rounds up, so that the shares sum to the width. The paper writes Round(B · softmax(R / T_b)), which can miss
the width and can expand nothing: `allocate_paper`, with `-o allocation=paper`. T_b is 0.1 in the paper and
0.2 in its code; 0.2 is the default here. Unlike the authors' code, a node counts as a leaf only when its
policy ended it or a limit was reached, and the tokens of all ancestors count towards the limit. A node
without a score gets the lowest score of its depth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from ...core import ROOT, Expansion, Options, Strategy, Tree, hookimpl

# Shares that are whole numbers in exact arithmetic must not be lifted by the last bit of a float.
_ROUND_OFF = 1e-9


def allocate(scores: Sequence[float], width: int, balance_temperature: float) -> list[int]:
    """Share a width among nodes as the authors' code does.

    Args:
        scores: Process rewards R in [0, 1], older nodes first.
        width: B, the children to give away; the shares sum to it exactly.
        balance_temperature: T_b > 0; the lower, the more the best nodes get.

    Returns:
        The number of children of each node, in the order of `scores`; a node may get 0.
    """
    shares = [0] * len(scores)
    weights = _weights(scores, balance_temperature)
    width_left, weight_left = width, math.fsum(weights)
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):  # stable: ties go to the older node
        share = (
            math.ceil(width_left * weights[i] / weight_left - _ROUND_OFF) if weight_left > 0 else width_left
        )
        shares[i] = min(width_left, share)
        width_left -= shares[i]
        weight_left -= weights[i]
    return shares


def allocate_paper(scores: Sequence[float], width: int, balance_temperature: float) -> list[int]:
    """Share a width as the paper writes it; the shares need not sum to the width."""
    weights = _weights(scores, balance_temperature)
    total = math.fsum(weights)
    return [round(width * weight / total) for weight in weights]


def _weights(scores: Sequence[float], balance_temperature: float) -> list[float]:
    top = max(scores, default=0.0)
    return [math.exp((score - top) / balance_temperature) for score in scores]


class RebaseOptions(Options):
    """REBASE's parameters."""

    width: int = Field(16, ge=1, le=65536, description="N, the solutions to find.")
    balance_temperature: float = Field(
        0.2, gt=0, le=100, description="T_b: the lower, the more children go to the best nodes."
    )
    allocation: Literal["exact", "paper"] = Field(
        "exact", description="exact sums to the width, as the authors' code; paper rounds the softmax."
    )


class Rebase(Strategy):
    """Expand every unfinished node of the deepest round, the better ones wider."""

    name = "rebase"
    vote = "weighted"
    Options = RebaseOptions
    options: RebaseOptions

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Share what is left of the width among the unfinished nodes of the newest depth."""
        if tree.depth == 0:
            return [Expansion(ROOT, self.options.width)]
        candidates = [node for node in tree.at_depth(tree.depth) if not node.finished]
        width = self.options.width - tree.n_ended
        if not candidates or width <= 0:
            return []
        share = allocate if self.options.allocation == "exact" else allocate_paper
        shares = share(tree.scores_of(candidates), width, self.options.balance_temperature)
        return [Expansion(node.id, n) for node, n in zip(candidates, shares, strict=True) if n]


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register REBASE."""
    return [Rebase]
