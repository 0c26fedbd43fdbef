"""Greedy decoding: one chain. The baseline of Wu et al. 2024, section 3.1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...core import ROOT, Expansion, Strategy, Tree, hookimpl


class Greedy(Strategy):
    """Take the one chain that the policy finds most probable."""

    name = "greedy"
    temperature = 0.0

    @classmethod
    def sized(cls, n_samples: int) -> Mapping[str, Any] | None:
        """Return no options for one solution; it finds no more."""
        return {} if n_samples == 1 else None

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Ask for one chain."""
        return [] if tree.n_children(ROOT) else [Expansion(ROOT, 1, until="end")]


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register greedy decoding."""
    return [Greedy]
