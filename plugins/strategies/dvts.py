"""DVTS, diverse verifier tree search (Beeching, Tunstall and Rush 2024, "Scaling test-time compute with
open models", Hugging Face).

N / M subtrees grow independently, so that one early high score cannot take over the whole beam: each samples
M steps, keeps the best one, samples M steps below it, and so on.

Sources and differences: as in the authors' code, a subtree's first M steps all come from the prompt, a
subtree ends when its best step ends the solution, and the solutions that its last step's siblings ended vote
too. Ours: a branch that a limit ended is passed over for its best sibling, a subtree that has nothing but
such branches ends, and where M does not divide N there are N // M subtrees. A node without a score gets the
lowest score of its siblings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from ...core import ROOT, Expansion, Node, Options, Strategy, Tree, hookimpl
from .branches import best_first


class DvtsOptions(Options):
    """DVTS's parameters."""

    width: int = Field(16, ge=1, le=65536, description="N, the most steps under way at once.")
    children: int = Field(
        4, ge=1, le=65536, description="M, the steps that a subtree chooses from; there are N / M subtrees."
    )


class Dvts(Strategy):
    """Grow independent subtrees, each along its best steps."""

    name = "dvts"
    vote = "weighted"
    Options = DvtsOptions
    options: DvtsOptions

    @classmethod
    def sized(cls, n_samples: int) -> Mapping[str, Any] | None:
        """Return N, and M as by default where N is large enough."""
        return {"width": n_samples, "children": min(n_samples, cls.Options().children)}

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Expand the tip of each subtree."""
        children = min(self.options.children, self.options.width)
        if tree.depth == 0:
            return [Expansion(ROOT, self.options.width // children * children)]
        subtrees: dict[int, list[Node]] = {}
        for node in tree.children(ROOT):
            subtrees.setdefault(node.rank // children, []).append(node)
        tips = [_tip(tree, first_steps) for first_steps in subtrees.values()]
        return [Expansion(tip.id, children) for tip in tips if tip and not tip.finished]


def _tip(tree: Tree, siblings: Sequence[Node]) -> Node | None:
    """Follow the best step from siblings down to the newest one; None where only dead branches are left."""
    while ranked := best_first(tree, siblings):
        siblings = tree.children(ranked[0].id)
        if not siblings:
            return ranked[0]
    return None


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register DVTS."""
    return [Dvts]
