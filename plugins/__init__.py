"""Built-in plugins. They are declared through the same hooks as a stranger's package."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.registry import Registry

BUILTINS = (
    "reasontree.plugins.strategies.greedy",
    "reasontree.plugins.strategies.majority",
    "reasontree.plugins.strategies.best_of_n",
    "reasontree.plugins.strategies.weighted_majority",
    "reasontree.plugins.strategies.adaptive_consistency",
    "reasontree.plugins.strategies.beam",
    "reasontree.plugins.strategies.dvts",
    "reasontree.plugins.strategies.particle_filtering",
    "reasontree.plugins.strategies.rebase",
    "reasontree.plugins.strategies.mcts",
    "reasontree.plugins.strategies.ab_mcts",
    "reasontree.plugins.policies.llama_cpp",
    "reasontree.plugins.policies.simulated",
    "reasontree.plugins.scorers.confidence",
    "reasontree.plugins.scorers.value_head",
    "reasontree.plugins.scorers.self_judge",
    "reasontree.plugins.scorers.token_prm",
    "reasontree.plugins.scorers.reader",
    "reasontree.plugins.graders.math",
    "reasontree.plugins.votes.majority",
    "reasontree.plugins.votes.weighted",
    "reasontree.plugins.votes.best",
    "reasontree.plugins.votes.cisc",
    "reasontree.plugins.votes.map",
    "reasontree.plugins.models.catalog",
    "reasontree.plugins.datasets.catalog",
    "reasontree.plugins.commands.builtin",
)


@cache
def registry() -> Registry:
    """Load all plugins once: the built-in ones and every installed package's."""
    from ..core.registry import load

    return load(BUILTINS)


@cache
def command_registry() -> Registry:
    """Load the built-in commands, and of other packages those that may add one.

    It is enough to list them, and imports nothing that is slow unless such a package does.
    """
    from ..core.entry_points import with_hook
    from ..core.registry import load

    return load(("reasontree.plugins.commands.builtin",), others=with_hook("register_commands"))
