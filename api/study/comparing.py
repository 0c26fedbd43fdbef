"""Which way of solving beats which, and which are worth their compute.

Two cells are compared on the problems that both have, by the mean of the differences, with a paired bootstrap
over problems. Where the interval holds 0 they cannot be told apart, and no sentence says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from ...core.statistics import Interval, bootstrap_interval
from .cells import Cell

Cost = Literal["flops", "paper", "seconds"]
COSTS: dict[Cost, Callable[[Cell], float]] = {
    "flops": lambda cell: cell.flops,
    "paper": lambda cell: cell.paper_flops,
    "seconds": lambda cell: cell.mean_seconds,
}
"""What a problem takes: FLOPs of policy and scorers, FLOPs as Wu et al. 2024 count, wall-clock seconds."""
COST_NAMES: dict[Cost, str] = {
    "flops": "FLOPs",
    "paper": "FLOPs as the paper counts",
    "seconds": "seconds",
}
_CHAINS = ("greedy", "majority", "weighted-majority", "best-of-n")
_SLACK = 1.02  # what counts as "no more compute": two runs of one strategy differ by more


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much more often one cell is right than another one, on their common problems.

    Attributes:
        difference: Of accuracies, in [-1, 1], with its paired 95 % interval.
        cost: The convention by which the two were chosen; None where they have the same number of samples.
    """

    one: Cell
    other: Cell
    difference: Interval
    n_problems: int
    cost: Cost | None = None

    @property
    def is_told_apart(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.difference.low > 0 or self.difference.high < 0

    @property
    def sentence(self) -> str:
        """What may be said of the two, with the interval."""
        first, second, (low, value, high) = self.one, self.other, self.difference
        said = "{} and {} cannot be told apart"
        if self.is_told_apart:
            said = "{} beats {}"
            if value < 0:
                first, second, (low, value, high) = self.other, self.one, (-high, -value, -low)
        low, value, high = (round(100 * each, 1) + 0.0 for each in (low, value, high))  # never -0.0
        points = f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]"
        costs = "" if self.cost is None else _costs(first, second, self.cost)
        return f"{said.format(first.name, second.name)}: {points}, {self.n_problems} problems{costs}."


def _costs(first: Cell, second: Cell, cost: Cost) -> str:
    of = COSTS[cost]
    ratio = of(first) / of(second) if of(second) else math.inf
    return f"; the first takes {ratio:.2f} of the second's {COST_NAMES[cost]}"


def compare(one: Cell, other: Cell, *, cost: Cost | None = None, seed: int = 0) -> Comparison:
    """Compare two cells on their common problems.

    Raises:
        ValueError: If they have none.
    """
    places = {name: place for place, name in enumerate(other.problems)}
    common = [(place, places[name]) for place, name in enumerate(one.problems) if name in places]
    if not common:
        raise ValueError("two cells without a common problem cannot be compared")
    mine, its = (np.array(each) for each in zip(*common, strict=True))
    difference = bootstrap_interval(one.chance[mine] - other.chance[its], seed=seed)
    return Comparison(one, other, difference, len(common), cost)


def frontier(cells: Sequence[Cell], cost: Cost) -> list[Cell]:
    """Return the cells that no other one of their data set beats at no more compute, cheapest first."""
    of, found = COSTS[cost], []
    best: dict[str, float] = {}
    for cell in sorted(cells, key=lambda each: (of(each), -each.accuracy.value)):
        if cell.accuracy.value > best.get(cell.dataset, -1.0):
            best[cell.dataset] = cell.accuracy.value
            found.append(cell)
    return found


@dataclass(frozen=True)
class Findings:
    """What the paper claims, asked of these cells."""

    cells: Sequence[Cell]

    @cached_property
    def within_models(self) -> list[Comparison]:
        """Each search over trees against each vote over as many independent chains, in one model."""
        return list(self._within_models())

    @cached_property
    def saturation(self) -> list[Comparison]:
        """Each vote with the most chains against the same one with half of them."""
        return list(self._saturation())

    @cached_property
    def across_models(self) -> list[Comparison]:
        """The best way of a smaller model against the best ones of a larger one, at no more compute."""
        return [*self._across_models("flops"), *self._across_models("paper")]

    def _within_models(self) -> Iterator[Comparison]:
        chains = [cell for cell in self.cells if cell.plugin in _CHAINS and cell.plugin != "greedy"]
        for tree in (cell for cell in self.cells if cell.plugin not in _CHAINS):
            for vote in chains:
                if (vote.dataset, vote.model, vote.n) == (tree.dataset, tree.model, tree.n) and vote.n > 1:
                    yield compare(tree, vote)

    def _saturation(self) -> Iterator[Comparison]:
        by_series: dict[tuple[str, ...], dict[int, Cell]] = {}
        for cell in self.cells:
            if cell.plugin in _CHAINS:
                by_series.setdefault(cell.series, {})[cell.n] = cell
        for found in by_series.values():
            most = max(found)
            if most // 2 in found and most > 1:
                yield compare(found[most], found[most // 2])

    def _across_models(self, cost: Cost) -> Iterator[Comparison]:
        of = COSTS[cost]
        for dataset in sorted({cell.dataset for cell in self.cells}):
            mine = [cell for cell in self.cells if cell.dataset == dataset]
            sizes = sorted({(cell.settings.get("parameters", 0), cell.model) for cell in mine})
            for (_, small), (_, large) in pairwise(sizes):
                smaller = [cell for cell in mine if cell.model == small]
                for rival in frontier([cell for cell in mine if cell.model == large], cost):
                    affordable = [cell for cell in smaller if of(cell) <= _SLACK * of(rival)]
                    if affordable:
                        best = max(affordable, key=lambda cell: cell.accuracy.value)
                        yield compare(best, rival, cost=cost)
