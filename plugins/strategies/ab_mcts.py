"""AB-MCTS-A, adaptive branching Monte Carlo tree search (Inoue et al. 2025, arXiv 2503.04412).

At each node, from the root down, Thompson sampling decides: wider, a new child here, or deeper, into one of
the children. A draw from the posterior of what new children scored is set against one from the posterior of
what came of going back to old ones; if deeper wins, one draw for each child decides which.

Sources and differences: the variant is the paper's A, with node aggregation; posteriors and priors are its
code's, a Gaussian with unknown mean and variance (the default) or a Beta. In the paper a node is a whole
answer and a child its refinement. Ours fits steps: "a new child" is a chain from the node to the end of a
solution, its score is the solution's, and it counts for every node that it passes: as the first score of the
nodes that it adds, and as one more score of the nodes that it came through. So every draw brings a solution,
and "deeper" means to keep a longer beginning of an old one. Draws of a batch share one posterior, as in the
authors' code. Finished children cannot be entered. A chain that ended without a solution scores 0. The paper
answers with the best-scored node, the vote `best`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from ...core import ROOT, Expansion, Node, Options, Strategy, Tree, hookimpl
from .branches import tips, values_of


def draw_gaussian(scores: Sequence[float], rng: np.random.Generator) -> float:
    """Draw the mean of a Gaussian of unknown mean and variance, given its observations.

    The prior is normal-inverse-chi-squared with m = 0, κ = 1, ν = 1, τ² = 0.1 (Murphy 2023, section 3.4.3.3).
    """
    n = len(scores)
    mean = math.fsum(scores) / n if n else 0.0
    squares = math.fsum((score - mean) ** 2 for score in scores)
    kappa, nu = 1 + n, 1 + n
    tau2 = (0.1 + squares + n * mean**2 / kappa) / nu
    variance = nu * tau2 / rng.chisquare(nu)
    return float(rng.normal(n * mean / kappa, math.sqrt(variance / kappa)))


def draw_beta(scores: Sequence[float], rng: np.random.Generator) -> float:
    """Draw the rate of scores in [0, 1] that count as part successes, under Jeffreys' prior Beta(½, ½)."""
    won = math.fsum(scores)
    return float(rng.beta(0.5 + won, 0.5 + len(scores) - won))


class AbMctsOptions(Options):
    """AB-MCTS's parameters."""

    width: int = Field(16, ge=1, le=4096, description="Solutions to sample.")
    batch: int = Field(4, ge=1, le=4096, description="Solutions sampled at once, from one posterior.")
    posterior: Literal["gaussian", "beta"] = Field(
        "gaussian", description="How scores are believed to be distributed."
    )


class AbMcts(Strategy):
    """Decide by Thompson sampling, node by node, whether to go wider or deeper."""

    name = "ab-mcts"
    vote = "best"
    Options = AbMctsOptions
    options: AbMctsOptions

    def __init__(self, options: AbMctsOptions, rng: np.random.Generator) -> None:
        super().__init__(options, rng)
        self._scores: defaultdict[int, list[float]] = defaultdict(list)  # of the solutions through a node
        self._n_seen = 1
        self._n_chains = 0

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Draw a batch of nodes and continue each of them to the end of a solution."""
        self._observe(tree)
        width = min(self.options.batch, self.options.width - self._n_chains)
        counts = Counter(self._descend(tree) for _ in range(width))
        return [Expansion(node, count, until="end") for node, count in sorted(counts.items())]

    def _observe(self, tree: Tree) -> None:
        """Tell each new chain's score to all nodes that it passes."""
        ends = tips(tree, [tree[node] for node in range(self._n_seen, len(tree))])
        for end, value in zip(ends, values_of(tree, ends), strict=True):
            for node in tree.path(end.id):
                self._scores[node.id].append(value)
        self._n_seen = len(tree)
        self._n_chains += len(ends)

    def _descend(self, tree: Tree) -> int:
        node = ROOT
        while (child := self._child_to_enter(tree, node)) is not None:
            node = child.id
        return node

    def _child_to_enter(self, tree: Tree, node: int) -> Node | None:
        """Return the child to go deeper into, or None to go wider here."""
        children = tree.children(node)
        arms = [child for child in children if not child.finished]
        firsts = [self._scores[child.id][0] for child in children]
        laters = [score for child in children for score in self._scores[child.id][1:]]
        if not arms or self._draw(firsts) >= self._draw(laters):
            return None
        draws = [self._draw(self._scores[arm.id]) for arm in arms]
        return arms[int(np.argmax(draws))]

    def _draw(self, scores: Sequence[float]) -> float:
        draw = draw_gaussian if self.options.posterior == "gaussian" else draw_beta
        return draw(scores, self.rng)


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register AB-MCTS."""
    return [AbMcts]
