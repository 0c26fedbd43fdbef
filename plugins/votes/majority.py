"""Majority vote: the most frequent answer (Wang et al. 2022, arXiv 2203.11171)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...core import Solution, Vote, hookimpl


class MajorityVote(Vote):
    """A class of equivalent answers weighs the number of its solutions."""

    name = "majority"

    def __init__(self, options: object = None) -> None:
        self.options = options

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the number of solutions."""
        return float(len(solutions))


@hookimpl
def register_votes() -> Iterable[type[Vote]]:
    """Register the majority vote."""
    return [MajorityVote]
