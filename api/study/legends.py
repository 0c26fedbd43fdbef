"""The legends of figures that matplotlib draws: what a colour, a line, a marker and a bound stand for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ...core.text import printable
from .cells import Cell, Limit
from .looks import GREY, INK, LINES, MARKERS, VOTES, WIDEST_NAME, Looks, series_of, way_name

if TYPE_CHECKING:
    from matplotlib.lines import Line2D


def section(title: str, *handles: Line2D) -> list[Line2D]:
    """Return the entries of a legend below a gap and their title; nothing if there are none."""
    from matplotlib.lines import Line2D

    above = [Line2D([], [], linestyle="none", label=text, gid="section") for text in (" ", title) if text]
    return [*above, *handles] if handles else []


def ways(cells: Sequence[Cell], looks: Looks, *, is_by_kind: bool = False) -> list[Line2D]:
    """Return what each colour stands for.

    Args:
        is_by_kind: Whether votes, which are lines, and trees, which are points, are told apart.
    """
    first = {(cell.strategy, cell.scorer): cell for cell in reversed(cells)}
    ways = sorted(first.values(), key=lambda cell: looks.ways.index((cell.strategy, cell.scorer)))
    if not is_by_kind:
        return section("Strategy (scorer)", *(_way(cell, looks, "-") for cell in ways))
    kinds = groupby(sorted(ways, key=_is_tree), key=_is_tree)
    made = {kind: [_of_kind(cell, cells, looks) for cell in found] for kind, found in kinds}
    return [
        *section("Votes over chains", *made.get(False, [])),
        *section("Searches over trees", *made.get(True, [])),
    ]


def _is_tree(cell: Cell) -> bool:
    return cell.plugin not in VOTES


def _of_kind(cell: Cell, cells: Sequence[Cell], looks: Looks) -> Line2D:
    if _is_tree(cell):
        return _way(cell, looks, "none", "o")
    is_line = any(len(found) > 1 for found in series_of(cells) if found[0].series[2:] == cell.series[2:])
    return _way(cell, looks, "-") if is_line else _way(cell, looks, "none", "D")


def _way(cell: Cell, looks: Looks, line: str, marker: str = "") -> Line2D:
    """Return the entry of a way of solving; where colours come again, its empty marker says so."""
    colour, is_hollow = looks.colour(cell), looks.is_hollow(cell)
    return _entry(
        way_name(cell), colour, line, marker or "o" * is_hollow, face="white" if is_hollow else colour
    )


def models(cells: Sequence[Cell], looks: Looks) -> list[Line2D]:
    """Return what each line and marker stands for."""
    shown = [model for model in looks.models if any(cell.model == model for cell in cells)]
    places = [looks.models.index(model) for model in shown]
    entries = [
        _entry(model, GREY, LINES[place % len(LINES)], MARKERS[place % len(MARKERS)])
        for model, place in zip(shown, places, strict=True)
    ]
    return section("Model", *entries)


def frontier_line() -> Line2D:
    """Return the entry of the frontier."""
    return _entry("Pareto frontier", INK, "-", "", width=1.0)


def bounds(limits: Sequence[Limit]) -> list[Line2D]:
    """Return what the grey lines stand for."""
    limit = [_entry("limit of a vote, endless samples", GREY, "--", "", width=1.1)] if limits else []
    return section(
        "Bounds",
        _entry("pass@n: any chain is right", GREY, "-.", ""),
        _entry("random choice of a chain", GREY, ":", ""),
        *limit,
    )


def _entry(name: str, colour: str, line: str, marker: str, *, face: str = "", width: float = 2.0) -> Line2D:
    from matplotlib.lines import Line2D

    label = printable(name, width=WIDEST_NAME)
    look: Any = {
        "color": colour,
        "linestyle": line,
        "linewidth": width,
        "marker": marker or "none",
        "markerfacecolor": face or colour,
        "markersize": 6.5,
    }
    shown = f" {label}" if label.startswith("_") else label  # matplotlib leaves those out
    return Line2D([], [], label=shown, **look)
