"""A report's figures: error against compute, and accuracy against samples, drawn by matplotlib."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.statistics import Interval
from ...core.text import printable
from .cells import Cell, Limit
from .comparing import COSTS, Cost, frontier
from .legends import bounds, frontier_line, models, section, ways
from .looks import (
    AXES,
    GREY,
    GRID,
    INK,
    LINES,
    MARKERS,
    VOTES,
    WIDEST_NAME,
    Looks,
    datasets_of,
    error_of,
    few_ticks,
    series_of,
    tick_text,
)
from .summary import StudySummary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_STYLE: Any = {
    "font.size": 9.5,
    "text.parse_math": False,  # a name may have a dollar sign in it
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
    "svg.hashsalt": "reasontree",
}


class DrawnFigure(NamedTuple):
    """A figure as a file has it."""

    name: str
    content: bytes


def drawn(report: StudySummary, kind: str) -> Iterator[DrawnFigure]:
    """Draw all figures of a report, as `png` or `svg`; the same report always gives the same bytes."""
    import matplotlib as mpl

    looks = Looks.of(report.cells)
    datasets = datasets_of(report.cells)
    suffixes = _suffixes(list(datasets))
    for dataset, cells in datasets.items():
        limits = [limit for limit in report.limits if limit.dataset == dataset]
        with mpl.rc_context(_STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # of a name that the font cannot write
            for name, figure in (
                ("error-vs-compute", _error_vs_compute(cells, looks)),
                ("accuracy-vs-samples", _accuracy_vs_samples(cells, limits, looks)),
            ):
                content = _saved(figure, kind)
                yield DrawnFigure(name + suffixes[dataset], content)


def _saved(figure: Figure, kind: str) -> bytes:
    content = io.BytesIO()
    undated = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    figure.savefig(content, format=kind, dpi=160, metadata=undated, facecolor="white")
    return content.getvalue()


def _suffixes(datasets: Sequence[str]) -> dict[str, str]:
    """Return what sets the files of several data sets apart, whatever these are called."""
    if len(datasets) == 1:
        return {datasets[0]: ""}
    safe = [re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] for name in datasets]
    return {
        name: f"-{short}" if short and safe.count(short) == 1 else f"-{short or 'data'}-{place}"
        for place, (name, short) in enumerate(zip(datasets, safe, strict=True), 1)
    }


def _error_vs_compute(cells: Sequence[Cell], looks: Looks) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15.5, 5.2), layout="constrained")
    panels = figure.subplots(1, len(COSTS), sharey=True)
    for axes, cost in zip(panels, COSTS, strict=True):
        _error_panel(axes, cells, looks, cost)
    panels[0].set_ylabel("error, % of problems")
    _title(figure, f"Error against compute, {cells[0].dataset}")
    _legend(figure, [*ways(cells, looks), *models(cells, looks), *section("", frontier_line())])
    note = "Bars: 95 % intervals over problems. A line joins the numbers of samples of one strategy."
    if any(cell.accuracy.value == 1 for cell in cells):
        least = min(100 * error_of(cell).low for cell in cells)
        note += f" An error of 0 is drawn at half a problem ({least:.3g} %)."
    _note(figure, note)
    return figure


def _error_panel(axes: Axes, cells: Sequence[Cell], looks: Looks, cost: Cost) -> None:
    of = COSTS[cost]
    known = [cell for cell in cells if of(cell) > 0]
    axes.set_xlabel(AXES[cost])
    if not known:
        axes.text(0.5, 0.5, "not known", transform=axes.transAxes, ha="center", color=GREY)
        axes.set_xticks([])
        return
    for found in series_of(known):
        _line(axes, found, looks, [of(cell) for cell in found])
    _frontier_steps(axes, known, cost)
    axes.set(xscale="log", yscale="log")
    _log_ticks(axes.xaxis, [of(cell) for cell in known])
    _log_ticks(axes.yaxis, [100 * bound for cell in known for bound in error_of(cell)])


def _line(axes: Axes, cells: Sequence[Cell], looks: Looks, x: Sequence[float]) -> None:
    low, value, high = _percents([error_of(cell) for cell in cells])
    colour, model, is_hollow = looks.colour(cells[0]), looks.model(cells[0]), looks.is_hollow(cells[0])
    axes.vlines(x, low, high, color=colour, alpha=0.3, linewidth=1.2, zorder=2)
    axes.plot(
        x,
        value,
        color=colour,
        linestyle=LINES[model % len(LINES)],
        marker=MARKERS[model % len(MARKERS)],
        markerfacecolor="white" if is_hollow else colour,
        markeredgecolor=colour if is_hollow else "white",
        markeredgewidth=0.7,
        markersize=6.5 * looks.size(cells[0]),
        linewidth=1.8 * looks.size(cells[0]),
        zorder=3,
    )


def _percents(bounds: Sequence[Interval]) -> list[list[float]]:
    """Return low bounds, values and high bounds in percent, a list each."""
    return [[100 * share for share in each] for each in zip(*bounds, strict=True)]


def _frontier_steps(axes: Axes, cells: Sequence[Cell], cost: Cost) -> None:
    of = COSTS[cost]
    found = frontier(cells, cost)
    x = [*(of(cell) for cell in found), max(of(cell) for cell in cells)]
    y = [100 * error_of(cell).value for cell in found]
    axes.step(x, [*y, y[-1]], where="post", color=INK, linewidth=1.0, alpha=0.75, zorder=2.5)


def _log_ticks(axis: Axis, values: Sequence[float]) -> None:
    """Put few ticks on a logarithmic axis, however short it is."""
    ticks = few_ticks(min(values), max(values))
    axis.set_ticks(ticks, [tick_text(value) for value in ticks])
    axis.set_ticks([], minor=True)


def _accuracy_vs_samples(cells: Sequence[Cell], limits: Sequence[Limit], looks: Looks) -> Figure:
    from matplotlib.figure import Figure

    by_model = {model: [cell for cell in cells if cell.model == model] for model in looks.models}
    shown = {model: found for model, found in by_model.items() if found}
    n_columns = min(3, len(shown))
    n_rows = -(-len(shown) // n_columns)
    figure = Figure(figsize=(3.4 + 5.0 * n_columns, 0.9 + 4.3 * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in panels[len(shown) :]:
        axes.remove()
    for axes, (model, found) in zip(panels, shown.items(), strict=False):
        mine = [limit for limit in limits if limit.model == model]
        _accuracy_panel(axes, found, mine, looks)
        axes.set_title(printable(model, width=WIDEST_NAME))
    _sample_ticks(panels[0], cells)
    for axes in panels[: len(shown)]:
        axes.set_xlabel("samples, n")
        axes.tick_params(labelbottom=True)
    for axes in panels[: len(shown) : n_columns]:
        axes.set_ylabel("accuracy, % of problems")
    _title(figure, f"Accuracy against samples, {cells[0].dataset}")
    _legend(figure, [*ways(cells, looks, is_by_kind=True), *bounds(limits)])
    _note(figure, "Bands and bars: 95 % intervals over problems. Points of trees stand beside each other.")
    return figure


def _accuracy_panel(axes: Axes, cells: Sequence[Cell], limits: Sequence[Limit], looks: Looks) -> None:
    for limit in limits:
        low, value, high = (100 * share for share in limit.accuracy)
        axes.axhspan(low, high, color=looks.colour(limit), alpha=0.06, linewidth=0, zorder=0)
        axes.axhline(value, color=looks.colour(limit), linestyle=(0, (5, 4)), linewidth=1.1, zorder=1)
    series = series_of(cells)
    votes = [found for found in series if found[0].plugin in VOTES]
    for found in votes:
        _vote(axes, found, looks)
    if votes:
        _oracle(axes, max(votes, key=len))
    _trees(axes, [found for found in series if found[0].plugin not in VOTES], looks)


def _vote(axes: Axes, cells: Sequence[Cell], looks: Looks) -> None:
    x, colour = [cell.n for cell in cells], looks.colour(cells[0])
    low, value, high = _percents([cell.accuracy for cell in cells])
    if len(cells) > 1:
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0, zorder=1.5)
        marker = "o" if looks.is_hollow(cells[0]) else "none"
        axes.plot(
            x,
            value,
            color=colour,
            linewidth=2.6 * looks.size(cells[0]),
            marker=marker,
            markerfacecolor="white",
            zorder=3,
        )
        return
    axes.vlines(x, low, high, color=colour, alpha=0.5, linewidth=1.4, zorder=2)
    axes.plot(x, value, "D", color=colour, markeredgecolor="white", markersize=7, zorder=4)


def _oracle(axes: Axes, cells: Sequence[Cell]) -> None:
    x = [cell.n for cell in cells]
    for style, values in (("-.", [cell.covers for cell in cells]), (":", [cell.random for cell in cells])):
        y = [100 * float(each.mean()) for each in values]
        axes.plot(x, y, color=GREY, linestyle=style, linewidth=1.5, zorder=2)


def _trees(axes: Axes, series: Sequence[Sequence[Cell]], looks: Looks) -> None:
    for place, cells in enumerate(series):
        aside = 2 ** (0.5 * ((place + 0.5) / len(series) - 0.5))
        x, colour = [cell.n * aside for cell in cells], looks.colour(cells[0])
        low, value, high = _percents([cell.accuracy for cell in cells])
        axes.vlines(x, low, high, color=colour, alpha=0.5, linewidth=1.4, zorder=2)
        face = "white" if looks.is_hollow(cells[0]) else colour
        edge = colour if looks.is_hollow(cells[0]) else "white"
        axes.plot(x, value, "o", color=face, markeredgecolor=edge, markersize=6.5, zorder=4)


def _sample_ticks(axes: Axes, cells: Sequence[Cell]) -> None:
    """Set the axes that all panels share: numbers of samples, and percent as far as there are any."""
    sizes = sorted({cell.n for cell in cells})
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [str(n) for n in sizes])
    axes.set_xticks([], minor=True)
    axes.set_xlim(sizes[0] / 1.35, sizes[-1] * 1.35)
    low, high = axes.get_ylim()
    axes.set_ylim(max(-2, low), min(102, high))


def _title(figure: Figure, text: str) -> None:
    figure.suptitle(printable(text, width=90), x=0.008, ha="left", fontsize=13, fontweight="bold")


def _note(figure: Figure, text: str) -> None:
    figure.supxlabel(text, x=0.008, ha="left", fontsize=8.5, color="#666666")


def _legend(figure: Figure, handles: Sequence[Line2D]) -> None:
    handles = handles[1:]  # no gap above the first
    figure.set_figheight(max(figure.get_figheight(), 0.21 * len(handles) + 0.4))
    legend = figure.legend(handles=[*handles], loc="outside right upper", alignment="left", fontsize=9)
    for handle, text in zip(handles, legend.get_texts(), strict=True):
        if handle.get_gid() == "section":
            text.set_fontweight("bold")
