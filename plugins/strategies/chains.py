"""What best-of-n and majority voting share: n independent chains from the root."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from ...core import ROOT, Expansion, Options, Strategy, Tree


class ChainsOptions(Options):
    """How many chains."""

    width: int = Field(16, ge=1, le=65536, description="Chains to sample.")


class IndependentChains(Strategy):
    """Sample `width` chains, all at once."""

    is_independent = True
    Options = ChainsOptions
    options: ChainsOptions

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Ask for all chains in the first round."""
        return [] if tree.n_children(ROOT) else [Expansion(ROOT, self.options.width, until="end")]
