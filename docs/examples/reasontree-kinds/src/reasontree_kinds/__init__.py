"""A strategy, a scorer, a vote and a command, each of them small: examples of what a plugin can do."""

from __future__ import annotations

from collections.abc import Iterable

from reasontree.core import CommandEntry, Scorer, Strategy, Vote, hookimpl

from .scorer import Agreement
from .strategy import EpsilonGreedy
from .vote import Brevity


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register the strategy."""
    return [EpsilonGreedy]


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register the scorer."""
    return [Agreement]


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the vote."""
    return [Brevity]


@hookimpl
def register_commands() -> Iterable[CommandEntry]:
    """Register the command; its module is imported when it is called."""
    return [CommandEntry("price", "Price solutions in FLOPs.", "reasontree_kinds.command:command")]
