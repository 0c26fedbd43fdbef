"""How far the solutions of a search agree: what a vote's answer is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .records import Tally
from .text import count, printable

_CLOSE = 0.75  # of the winner's weight, from which on the second answer makes a vote a weak one
_ROUND_OFF = 1e-9
_LONGEST_ANSWER = 40


class Agreement(NamedTuple):
    """What stands behind the answer of a vote, and what next to it.

    Attributes:
        n_for: Solutions with the answer.
        n_solutions: All finished solutions, those without an answer included.
        weight_share: Its share of the weight of all answers, in [0, 1]; None where weights are mere counts,
            or below 0.
        second: The answer that comes next; None where there is none.
        second_share: What that has of the winner's weight, or of its count where weights are below 0.
    """

    n_for: int
    n_solutions: int
    weight_share: float | None
    second: str | None
    second_share: float

    @property
    def is_tie(self) -> bool:
        """Whether the votes were even, so that the scores decided."""
        return self.second_share >= 1 - _ROUND_OFF

    @property
    def is_weak(self) -> bool:
        """Whether another answer was close."""
        return self.second_share >= _CLOSE

    def __str__(self) -> str:
        share = f"{self.n_for / self.n_solutions:.0%}" if self.n_solutions else "0%"
        said = f"{self.n_for} of {count(self.n_solutions, 'solution')} ({share})"
        if self.weight_share is not None:
            said += f", {self.weight_share:.0%} of the weight"
        if self.second is None or not self.is_weak:
            return said
        second = printable(self.second, width=_LONGEST_ANSWER)
        return f"{said}; {f'a tie with {second}' if self.is_tie else f'weak: {second} is close'}"


def agreement_of(tallies: Sequence[Tally], n_solutions: int) -> Agreement | None:
    """Return how far solutions agree; None where none has an answer.

    Args:
        tallies: The heaviest first.
    """
    if not tallies:
        return None
    first, second = tallies[0], tallies[1] if len(tallies) > 1 else None
    weights = [tally.weight for tally in tallies]
    are_counts = all(abs(tally.weight - tally.count) <= _ROUND_OFF for tally in tallies)
    total = sum(weights)
    share = None if are_counts or min(weights) < 0 or total <= 0 else first.weight / total
    by_weight = min(weights) >= 0 and first.weight > 0
    second_share = 0.0
    if second is not None:
        second_share = second.weight / first.weight if by_weight else second.count / max(1, first.count)
    return Agreement(first.count, n_solutions, share, second.answer if second else None, second_share)
