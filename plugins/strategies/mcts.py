"""Monte Carlo tree search over steps (Wu et al. 2024, arXiv 2408.00724, section 3.1).

Each expansion walks from the root to a leaf, at every node to the child with the highest

    UCT   Q + C · √(ln N_parent / N)                   PUCT   Q + C · P · √N_parent / (1 + N)

gives the leaf children, and tells their values to all nodes above: Q is the mean of the values at and below a
node, N their number, P a child's share of its siblings' scores.

The choices of Wu et al.: UCT with C = 1, the process reward as value without rollouts, 4, 8 or 16 children at
the root and 2 elsewhere, 32 to 128 expansions, the weighted vote over all solutions. AlphaZero's (Silver et
al. 2017, arXiv 1712.01815): PUCT, the mean backup, virtual loss.

Ours: all children of an expansion are scored at once, so each counts one visit as it comes, and N is never 0.
The root has no score and counts only what is below it. A leaf that is finished or under way cannot be
expanded again, so the walk passes over subtrees that have no other leaf. PUCT's prior comes from the scores,
for want of a policy over steps that are not known beforehand. With `evaluation=rollout` children run to the
end of a solution, its score is the value, and the rollout's steps stay in the tree. A branch that ended
without a solution is worth 0, and a node without a score gets the lowest of its siblings.

Several expansions are under way at once. Each counts as `virtual_loss` visits of value 0 on its path until
its children are backed up, and these are backed up in the order in which they were asked for: an expansion is
chosen knowing all but the `parallel` - 1 before it, whatever came back sooner, so the tree does not depend on
timing. If the expansions leave fewer than `solutions` solutions, the best leaves are run to their end.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from ...core import ROOT, Expansion, Node, Options, Strategy, Tree, hookimpl
from .branches import best_first, tips, values_of


class MctsOptions(Options):
    """MCTS's parameters."""

    expansions: int = Field(32, ge=1, le=65536, description="Leaves to expand.")
    root_children: int = Field(8, ge=1, le=65536, description="Children of the root.")
    children: int = Field(2, ge=1, le=65536, description="Children of any other node.")
    selection: Literal["uct", "puct"] = Field("uct", description="How a child is chosen on the way down.")
    evaluation: Literal["value", "rollout"] = Field(
        "value", description="value scores each child's step; rollout runs it to the end of a solution."
    )
    exploration: float = Field(1.0, ge=0, le=1000, description="C: the higher, the more evenly it explores.")
    parallel: int = Field(4, ge=1, le=64, description="Expansions under way at once.")
    virtual_loss: int = Field(
        1, ge=0, le=1000, description="Visits of value 0 that stand for an expansion under way."
    )
    solutions: int = Field(4, ge=0, le=65536, description="Solutions that there shall be in the end.")


@dataclass(slots=True)
class _Statistics:
    """What is known at and below a node: visits, the sum of their values, leaves that can be expanded."""

    n_visits: int = 0
    total: float = 0.0
    n_leaves: int = 0
    is_expanded: bool = False


class Mcts(Strategy):
    """Expand the leaf that promises most, by upper confidence bounds from the root down."""

    name = "mcts"
    vote = "weighted"
    max_rounds_in_flight = 64
    Options = MctsOptions
    options: MctsOptions

    @classmethod
    def sized(cls, n_samples: int) -> Mapping[str, Any] | None:
        """Return two expansions for each solution, a choice of ours."""
        return {"expansions": 2 * n_samples, "solutions": n_samples}

    def __init__(self, options: MctsOptions, rng: np.random.Generator) -> None:
        super().__init__(options, rng)
        self._statistics: defaultdict[int, _Statistics] = defaultdict(
            _Statistics, {ROOT: _Statistics(n_leaves=1)}
        )
        self._asked: list[int] = []  # the leaf of each round
        self._n_backed_up = 0  # rounds
        self._arrived: defaultdict[int, list[Node]] = defaultdict(list)  # nodes by round, not yet backed up
        self._n_seen = 1
        self._is_closed = False

    def visits(self, node: int) -> int:
        """Return N, how often a node was visited; expansions under way count with their virtual loss."""
        return self._statistics[node].n_visits if node in self._statistics else 0

    def value(self, node: int) -> float:
        """Return Q in [0, 1], the mean of the values at and below a node; 0 where it was never visited."""
        n_visits = self.visits(node)
        return self._statistics[node].total / n_visits if n_visits else 0.0

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Expand one more leaf, if enough is known to choose it."""
        self._take_in(tree)
        n_wanted = self.options.expansions - len(self._asked)
        n_allowed = self.options.parallel - 1 if n_wanted > 0 else 0
        while self._n_under_way > n_allowed or (self._n_under_way and not self._n_leaves):
            if not self._back_up_next_round(tree):
                return []
        if n_wanted > 0 and self._n_leaves:
            return [self._expand(tree, self._descend(tree))]
        return self._close(tree)

    @property
    def _n_under_way(self) -> int:
        return len(self._asked) - self._n_backed_up

    @property
    def _n_leaves(self) -> int:
        return self._statistics[ROOT].n_leaves

    def _take_in(self, tree: Tree) -> None:
        for node in range(self._n_seen, len(tree)):
            self._arrived[tree[node].round].append(tree[node])
        self._n_seen = len(tree)

    def _back_up_next_round(self, tree: Tree) -> bool:
        """Tell the oldest round's values to all nodes above; False if it has not come back."""
        nodes = self._arrived.pop(self._n_backed_up + 1, None)
        if nodes is None:
            return False
        self._add(tree, self._asked[self._n_backed_up], n_visits=-self.options.virtual_loss)
        self._n_backed_up += 1
        for node in nodes:
            self._add(tree, node.id, n_leaves=not node.finished)
        evaluated = tips(tree, nodes)
        for node, value in zip(evaluated, values_of(tree, evaluated), strict=True):
            self._add(tree, node.id, n_visits=1, total=value)
        return True

    def _add(
        self, tree: Tree, node: int, *, n_visits: int = 0, total: float = 0.0, n_leaves: int = 0
    ) -> None:
        """Add to the statistics of a node and of all nodes above it."""
        for above in tree.path(node):
            known = self._statistics[above.id]
            known.n_visits += n_visits
            known.total += total
            known.n_leaves += n_leaves

    def _descend(self, tree: Tree) -> int:
        """Walk from the root to a leaf that can be expanded."""
        node = ROOT
        while self._statistics[node].is_expanded:
            known = [child for child in tree.children(node) if child.id in self._statistics]
            bounds = self._bounds(tree, node, known)
            open_ = [i for i in range(len(known)) if self._statistics[known[i].id].n_leaves]
            node = known[max(open_, key=lambda i: bounds[i])].id
        return node

    def _bounds(self, tree: Tree, parent: int, children: Sequence[Node]) -> list[float]:
        """Return the upper confidence bound of each child."""
        n_parent, c = self.visits(parent), self.options.exploration
        visits = [self.visits(child.id) for child in children]
        if self.options.selection == "uct":
            explore = [math.sqrt(math.log(n_parent) / n) for n in visits]
        else:
            priors = _shares(tree.scores_of(children))
            explore = [p * math.sqrt(n_parent) / (1 + n) for p, n in zip(priors, visits, strict=True)]
        return [self.value(child.id) + c * bonus for child, bonus in zip(children, explore, strict=True)]

    def _expand(self, tree: Tree, leaf: int) -> Expansion:
        self._asked.append(leaf)
        self._statistics[leaf].is_expanded = True
        self._add(tree, leaf, n_visits=self.options.virtual_loss, n_leaves=-1)
        width = self.options.root_children if leaf == ROOT else self.options.children
        return Expansion(leaf, width, until="end" if self.options.evaluation == "rollout" else "step")

    def _close(self, tree: Tree) -> Sequence[Expansion]:
        """Run the best leaves to their end, once, if there are too few solutions."""
        n_missing = self.options.solutions - len(tree.solutions)
        if self._is_closed or n_missing <= 0:
            return []
        self._is_closed = True
        nodes = sorted(tree, key=lambda node: node.round)  # whatever round came back first
        leaves = [node for node in nodes if not (node.finished or self._statistics[node.id].is_expanded)]
        return [Expansion(leaf.id, 1, until="end") for leaf in best_first(tree, leaves)[:n_missing]]


def _shares(scores: Sequence[float]) -> list[float]:
    total = math.fsum(scores)
    return [score / total if total else 1 / len(scores) for score in scores]


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register MCTS."""
    return [Mcts]
