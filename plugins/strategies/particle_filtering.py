"""Particle filtering (Puri et al. 2025, arXiv 2502.01618).

N particles take one step each; then N are drawn with replacement, particle i with probability proportional to
exp(logit(R_i) / T), R being the process reward; and so on until all particles are finished. Where beam search
trusts the reward and keeps the best, this keeps the worse in proportion to their chance.

Sources and differences: weights, multinomial resampling at every step, T = 1 and that finished particles are
drawn again with the others, so that they can be lost to better unfinished ones, are the authors' code. They
answer with the highest-scored particle, the vote `best`. Ours: `systematic` resampling, which has less
variance; every solution in the tree votes once, those that were not drawn again included, and however often
it was drawn; a branch that a limit ended weighs nothing. A node without a score gets the lowest of the
particles. `diversity` is after entropic particle filtering (arXiv 2510.05825), which resamples more evenly
where a few particles would crowd out the others: T is raised until the effective number of particles,
1 / Σ w², is the wanted part of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core import ROOT, Expansion, Node, Options, Strategy, Tree, hookimpl
from .branches import is_dead

# Rewards are kept this far from 0 and 1, where their logits are infinite; the authors' value.
_MARGIN = 1e-7
_N_HALVINGS = 40


def weights_of(scores: Sequence[float], temperature: float) -> NDArray[np.float64]:
    """Return softmax(logit(R) / T), shape (number of scores,), for rewards R in [0, 1]."""
    rewards = np.clip(np.asarray(scores, dtype=np.float64), _MARGIN, 1 - _MARGIN)
    logits = (np.log(rewards) - np.log1p(-rewards)) / temperature
    weights: NDArray[np.float64] = np.exp(logits - logits.max())
    weights /= weights.sum()
    return weights


def flattened_weights_of(
    scores: Sequence[float], temperature: float, diversity: float
) -> NDArray[np.float64]:
    """Return `weights_of` at the lowest temperature, from the given one up, that leaves enough diversity.

    Args:
        diversity: The least effective number of particles 1 / Σ w², as a part of them, in [0, 1).
    """

    def has_enough(weights: NDArray[np.float64]) -> bool:
        return bool(1 / np.square(weights).sum() >= diversity * len(weights))

    weights = weights_of(scores, temperature)
    if has_enough(weights):
        return weights
    flat, sharp = 0.0, 1.0  # parts of 1 / T; the lower, the more even
    for _ in range(_N_HALVINGS):
        middle = (flat + sharp) / 2
        flat, sharp = (
            (middle, sharp) if has_enough(weights_of(scores, temperature / middle)) else (flat, middle)
        )
    return weights_of(scores, temperature / sharp)


class ParticleFilteringOptions(Options):
    """Particle filtering's parameters."""

    width: int = Field(16, ge=1, le=65536, description="N, the particles.")
    weight_temperature: float = Field(
        1.0, gt=0, le=100, description="T: the lower, the more the best particles are drawn."
    )
    diversity: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="The least part of the particles that counts; 0 lets a few crowd out all.",
    )
    resampling: Literal["multinomial", "systematic"] = Field(
        "multinomial", description="multinomial draws independently; systematic with equal spacing."
    )


class ParticleFiltering(Strategy):
    """Let particles take steps, and draw them anew in proportion to their rewards."""

    name = "particle-filtering"
    vote = "best"
    Options = ParticleFilteringOptions
    options: ParticleFilteringOptions

    def __init__(self, options: ParticleFilteringOptions, rng: np.random.Generator) -> None:
        super().__init__(options, rng)
        self._finished: list[Node] = []  # the finished particles, as often as they were drawn
        self._n_seen = 0

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Resample the particles and let the unfinished ones take a step."""
        if not self._n_seen:
            self._n_seen = len(tree)
            return [Expansion(ROOT, self.options.width)]
        moved = [tree[node] for node in range(self._n_seen, len(tree))]
        self._n_seen = len(tree)
        particles = self._finished + [node for node in moved if not is_dead(node)]
        if all(particle.finished for particle in particles):
            return []
        options = self.options
        weights = flattened_weights_of(
            tree.scores_of(particles), options.weight_temperature, options.diversity
        )
        counts = self._resample(weights)
        drawn = [(node, int(count)) for node, count in zip(particles, counts, strict=True) if count]
        self._finished = [node for node, count in drawn for _ in range(count) if node.finished]
        return [Expansion(node.id, count) for node, count in drawn if not node.finished]

    def _resample(self, weights: NDArray[np.float64]) -> NDArray[np.int64]:
        """Draw how often each particle goes on; the counts sum to N."""
        n = self.options.width
        if self.options.resampling == "multinomial":
            return self.rng.multinomial(n, weights)
        positions = (self.rng.random() + np.arange(n)) / n
        places = np.searchsorted(np.cumsum(weights), positions, side="right")
        return np.bincount(np.minimum(places, len(weights) - 1), minlength=len(weights))


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register particle filtering."""
    return [ParticleFiltering]
