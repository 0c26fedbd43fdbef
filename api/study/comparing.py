"""Which way of solving beats which, and which are worth their compute.

Two cells are compared on the problems that both have, by the mean of the differences, with a paired bootstrap
over problems. Where the interval holds 0 they cannot be told apart, and no sentence says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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


def within_models(cells: Sequence[Cell]) -> Iterator[Comparison]:
    """Compare each search over trees with each vote over as many independent chains, in one model."""
    chains = _votes_over_chains(cells)
    for tree in (cell for cell in cells if cell.plugin not in _CHAINS):
        for vote in chains:
            if (vote.dataset, vote.model, vote.n) == (tree.dataset, tree.model, tree.n) and vote.n > 1:
                yield compare(tree, vote)


def votes(cells: Sequence[Cell]) -> Iterator[Comparison]:
    """Compare each other vote over the most chains with majority over as many, in one model."""
    chains = _votes_over_chains(cells)
    for majority in (cell for cell in chains if cell.vote == "majority"):
        mine = [cell for cell in chains if (cell.dataset, cell.model) == (majority.dataset, majority.model)]
        if majority.n == max(cell.n for cell in mine) > 1:
            others = (cell for cell in mine if cell.n == majority.n and cell.vote != "majority")
            yield from (compare(other, majority) for other in others)


def saturation(cells: Sequence[Cell]) -> Iterator[Comparison]:
    """Compare each vote over the most chains with the same one over half of them."""
    by_series: dict[tuple[str, ...], dict[int, Cell]] = {}
    for cell in _votes_over_chains(cells):
        by_series.setdefault(cell.series, {})[cell.n] = cell
    for found in by_series.values():
        most = max(found)
        if most > 1 and most % 2 == 0 and most // 2 in found:
            yield compare(found[most], found[most // 2])


def across_models(cells: Sequence[Cell]) -> Iterator[Comparison]:
    """Compare a smaller model's best way with those on a larger one's frontier, at no more compute."""
    costs: tuple[Cost, ...] = ("flops", "paper")
    for cost in costs:
        for dataset in sorted({cell.dataset for cell in cells}):
            yield from _across_models([cell for cell in cells if cell.dataset == dataset], cost)


def _across_models(cells: Sequence[Cell], cost: Cost) -> Iterator[Comparison]:
    of = COSTS[cost]
    sizes = {(cell.settings.get("parameters", 0), cell.model) for cell in cells}
    for (_, small), (_, large) in pairwise(sorted(size for size in sizes if size[0])):
        smaller = [cell for cell in cells if cell.model == small]
        for rival in frontier([cell for cell in cells if cell.model == large], cost):
            affordable = [cell for cell in smaller if of(cell) <= _SLACK * of(rival)]
            if affordable:
                yield compare(max(affordable, key=lambda cell: cell.accuracy.value), rival, cost=cost)


def _votes_over_chains(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.plugin in _CHAINS and cell.plugin != "greedy"]
