"""How a report's figures look, whoever draws them: colours of strategies, lines of models, names, bounds.

The palette is that of Okabe and Ito (2008), without its yellow, which white paper swallows, and with some
more colours that are neither too light for white nor too dark for black.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.statistics import Interval
from .cells import Cell, Limit
from .comparing import Cost

PALETTE = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    *("#A23B72", "#999933", "#7F7F7F", "#6A5ACD"),
)
AXES: dict[Cost, str] = {
    "flops": "FLOPs per problem, of policy and scorers",
    "paper": "FLOPs per problem, as the paper counts",
    "seconds": "seconds per problem",
}
"""What stands along the axis of each convention of compute."""
VOTES = ("greedy", "majority", "weighted-majority", "best-of-n")
"""Strategies whose solutions are independent chains; the others grow trees."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":")
GREY, INK, GRID = "#8A8A8A", "#333333", "#E6E6E6"
WIDEST_NAME = 44
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Looks:
    """Which colour a way of solving has, and which line and marker a model.

    Attributes:
        ways: Strategies with their scorers.
        models: Names of models.
    """

    ways: tuple[tuple[str, str], ...]
    models: tuple[str, ...]

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Looks:
        """Give out looks in the order in which the cells come."""
        ways = dict.fromkeys((cell.strategy, cell.scorer) for cell in cells)
        return cls(tuple(ways), tuple(dict.fromkeys(cell.model for cell in cells)))

    def colour(self, of: Cell | Limit) -> str:
        """Return the colour of a way of solving."""
        return PALETTE[self.place(of) % len(PALETTE)]

    def is_hollow(self, of: Cell | Limit) -> bool:
        """Whether the markers are empty: there are more ways than colours."""
        return self.place(of) >= len(PALETTE)

    def model(self, of: Cell) -> int:
        """Return the place of a cell's model, which has a marker and a line."""
        return self.models.index(of.model)

    def size(self, of: Cell | Limit) -> float:
        """Return how large its lines and markers are: smaller and smaller, so that none hides another one."""
        return 1.25 - 0.6 * self.place(of) / max(1, len(self.ways) - 1)

    def place(self, of: Cell | Limit) -> int:
        """Return the place of a way of solving; beyond all others if no cell has it."""
        way = (of.strategy, of.scorer)
        return self.ways.index(way) if way in self.ways else len(self.ways)


def series_of(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Return cells that differ in the number of samples alone, together, fewest first."""
    by_series: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        by_series.setdefault(cell.series, []).append(cell)
    return [sorted(found, key=lambda cell: cell.n) for found in by_series.values()]


def error_of(cell: Cell) -> Interval:
    """Return the share of wrong answers; no bound is below half a problem, for a logarithm's sake."""
    low, value, high = cell.accuracy
    least = 0.5 / len(cell.problems)
    return Interval(*(max(least, 1 - share) for share in (high, value, low)))


def way_name(of: Cell | Limit) -> str:
    """Return a strategy with its scorer."""
    return f"{of.strategy} ({of.scorer})" if of.scorer else of.strategy


def few_ticks(low: float, high: float) -> list[float]:
    """Return values between two others that a logarithmic axis can show, few enough to be read."""
    decades = high / low
    mantissas = (1, 2, 3, 5, 7) if decades < 12 else (1, 2, 5) if decades < 150 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [float(f"{mantissa}e{power}") for power in powers for mantissa in mantissas]
    return [value for value in values if low / 1.2 <= value <= high * 1.2]


def tick_text(value: float) -> str:
    """Return a value as an axis says it: in digits, or with a power of ten."""
    if 1e-3 < value < 1e4:
        return f"{value:g}"
    mantissa, _, power = f"{value:.0e}".partition("e")
    times = "" if mantissa == "1" else f"{mantissa}×"
    return f"{times}10{str(int(power)).translate(_SUPERSCRIPTS)}"


def datasets_of(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """Return the cells of each data set."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.dataset, []).append(cell)
    return found
