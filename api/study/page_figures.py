"""A report's figures as plotly draws them: what its script is given, with the looks of the other figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from ...core.statistics import Interval
from ...core.text import printable
from .cells import Cell, Limit
from .comparing import COSTS, Cost, frontier
from .looks import AXES, GREY, VOTES, WIDEST_NAME, Looks, error_of, few_ticks, series_of, tick_text, way_name
from .tables import details

Plot = dict[str, Any]
"""`data` and `layout`, as plotly's script takes them."""
_SYMBOLS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x")
_DASHES = ("solid", "dash", "dashdot", "dot")
_BUTTONS: dict[Cost, str] = {
    "flops": "FLOPs, with scorers",
    "paper": "FLOPs as the paper counts",
    "seconds": "seconds",
}
_TITLE = {
    **{"x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 17}},
    **{"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 12}},
}
_LAST = 2000  # ranks in a legend: after all that have none
_HEIGHT, _ENTRY = 520, 21  # pixels: of a figure, and of a line of its legend


def error_vs_compute(cells: Sequence[Cell], looks: Looks) -> Plot:
    """Return error against compute, with a button for each convention."""
    by_cost: dict[Cost, list[Plot]] = {cost: [*_errors(cells, looks, cost)] for cost in COSTS}
    data = [trace for traces in by_cost.values() for trace in traces]
    shown: dict[Cost, list[bool]] = {
        cost: [mine == cost for mine, traces in by_cost.items() for _ in traces] for cost in COSTS
    }
    first = next(iter(COSTS))
    for trace, is_shown in zip(data, shown[first], strict=True):
        trace["visible"] = is_shown
    buttons = [
        {
            "label": label,
            "method": "update",
            "args": [{"visible": shown[cost]}, _axis_of(cells, cost)],
        }
        for cost, label in _BUTTONS.items()
    ]
    layout = _layout(f"Error against compute, {cells[0].dataset}", len(by_cost[first]))
    layout["legend"]["groupclick"] = "toggleitem"
    layout["xaxis"] = _axis(AXES[first], type="log", **_ticks([COSTS[first](cell) for cell in cells]))
    errors = [100 * bound for cell in cells for bound in error_of(cell)]
    layout["yaxis"] = _axis("error, % of problems", type="log", **_ticks(errors))
    layout["updatemenus"] = [
        {
            **{"type": "buttons", "direction": "right", "buttons": buttons, "showactive": True},
            **{"x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "pad": {"t": 0, "b": 6}},
        }
    ]
    return {"data": data, "layout": layout}


def _axis_of(cells: Sequence[Cell], cost: Cost) -> Plot:
    """Return what a button changes of the axis of compute."""
    ticks = _ticks([COSTS[cost](cell) for cell in cells])
    changed = {"title.text": AXES[cost], "autorange": True, **ticks}
    return {f"xaxis.{name}": value for name, value in changed.items()}


def _ticks(values: Sequence[float]) -> Plot:
    known = [value for value in values if value > 0]
    ticks = few_ticks(min(known), max(known)) if known else []
    return {"tickvals": ticks, "ticktext": [tick_text(value) for value in ticks]}


def accuracy_vs_samples(cells: Sequence[Cell], limits: Sequence[Limit], looks: Looks) -> Plot:
    """Return accuracy against samples, a panel for each model."""
    shown = [model for model in looks.models if any(cell.model == model for cell in cells)]
    sizes = sorted({cell.n for cell in cells})
    data: list[Plot] = []
    layout = _layout(f"Accuracy against samples, {cells[0].dataset}", len(looks.ways) + 3)
    layout["annotations"] = []
    for place, model in enumerate(shown):
        number = str(place + 1) if place else ""
        left, right = (place + 0.03) / len(shown), (place + 0.97) / len(shown)
        ticks = {"tickvals": sizes, "ticktext": [str(n) for n in sizes]}
        layout[f"xaxis{number}"] = _axis("samples, n", type="log", domain=[left, right], **ticks)
        layout[f"xaxis{number}"]["anchor"] = f"y{number}"
        title = "" if place else "accuracy, % of problems"
        layout[f"yaxis{number}"] = _axis(title, anchor=f"x{number}", **({"matches": "y"} if place else {}))
        layout["annotations"].append(_heading(model, left))
        mine = [cell for cell in cells if cell.model == model]
        bounds = [limit for limit in limits if limit.model == model]
        for trace in _panel(mine, bounds, looks):
            data.append(trace | {"xaxis": f"x{number}", "yaxis": f"y{number}"})
    _name_once(data)
    return {"data": data, "layout": layout}


def _errors(cells: Sequence[Cell], looks: Looks, cost: Cost) -> Iterator[Plot]:
    of = COSTS[cost]
    known = [cell for cell in cells if of(cell) > 0]
    is_one_model = len({cell.model for cell in cells}) == 1
    for found in series_of(known):
        name = way_name(found[0]) if is_one_model else f"{way_name(found[0])}, {found[0].model}"
        points = _points(found, [of(cell) for cell in found], [error_of(cell) for cell in found], looks)
        dash = _DASHES[looks.model(found[0]) % len(_DASHES)]
        line = {"color": looks.colour(found[0]), "width": 2, "dash": dash}
        yield points | {"name": _label(name), "mode": "lines+markers", "line": line}
    best = frontier(known, cost)
    if best:
        x = [*(of(cell) for cell in best), max(of(cell) for cell in known)]
        y = [100 * error_of(cell).value for cell in best]
        line = {"shape": "hv", "width": 1.2, "color": GREY}
        step = {"x": x, "y": [*y, y[-1]], "line": line, "meta": "frontier", "hoverinfo": "skip"}
        yield {"type": "scatter", "mode": "lines", "name": "Pareto frontier"} | step


def _panel(cells: Sequence[Cell], limits: Sequence[Limit], looks: Looks) -> Iterator[Plot]:
    sizes = [cell.n for cell in cells]
    for limit in limits:
        yield from _limit(limit, [min(sizes), max(sizes)], looks.colour(limit))
    series = series_of(cells)
    trees = [found for found in series if found[0].plugin not in VOTES]
    votes = [found for found in series if found[0].plugin in VOTES]
    for found in votes:
        x = [float(cell.n) for cell in found]
        points = _points(found, x, [cell.accuracy for cell in found], looks)
        line = {"color": looks.colour(found[0]), "width": 2.4}
        yield points | {"name": _label(way_name(found[0])), "mode": "lines+markers", "line": line}
    if votes:
        yield from _oracle(max(votes, key=len))
    for place, found in enumerate(trees):
        aside = 2 ** (0.5 * ((place + 0.5) / len(trees) - 0.5))
        points = _points(found, [cell.n * aside for cell in found], [c.accuracy for c in found], looks)
        yield points | {"name": _label(way_name(found[0])), "mode": "markers"}


def _oracle(cells: Sequence[Cell]) -> Iterator[Plot]:
    x = [cell.n for cell in cells]
    for name, dash, values in (
        ("pass@n: any chain is right", "dashdot", [cell.covers for cell in cells]),
        ("random choice of a chain", "dot", [cell.random for cell in cells]),
    ):
        y = [100 * float(each.mean()) for each in values]
        yield _plain(name, x, y, {"color": GREY, "dash": dash, "width": 1.6})


def _limit(limit: Limit, ends: Sequence[int], colour: str) -> Iterator[Plot]:
    low, value, high = (100 * share for share in limit.accuracy)
    name = f"limit of {way_name(limit)}"
    band = {"fill": "toself", "fillcolor": f"{colour}14", "hoverinfo": "skip", "legendgroup": _label(name)}
    x = [ends[0], ends[1], ends[1], ends[0]]
    yield _plain(name, x, [low, low, high, high], {"width": 0}) | band | {"showlegend": False}
    yield _plain(name, ends, [value, value], {"color": colour, "dash": "dash", "width": 1.2})


def _plain(name: str, x: Sequence[float], y: Sequence[float], line: Plot) -> Plot:
    shape = {"type": "scatter", "mode": "lines", "x": [*x], "y": [*y], "line": line}
    hover = f"{_label(name)}: %{{y:.1f}} %<extra></extra>"
    named = {"name": _label(name), "legendgroup": _label(name), "legendrank": _LAST}
    return shape | named | {"hovertemplate": hover}


def _points(cells: Sequence[Cell], x: Sequence[float], y: Sequence[Interval], looks: Looks) -> Plot:
    """Return cells with their bars and what is said of each where one points at it."""
    colour, model = looks.colour(cells[0]), looks.model(cells[0])
    symbol = _SYMBOLS[model % len(_SYMBOLS)] + ("-open" if looks.is_hollow(cells[0]) else "")
    bars = {
        "array": [100 * (each.high - each.value) for each in y],
        "arrayminus": [100 * (each.value - each.low) for each in y],
        **{"type": "data", "symmetric": False, "color": f"{colour}66", "thickness": 1.2, "width": 0},
    }
    return {
        "type": "scatter",
        "x": [*x],
        "y": [100 * each.value for each in y],
        "error_y": bars,
        "marker": {"color": colour, "symbol": symbol, "size": 8},
        "text": ["<br>".join(_text(line) for line in details(cell)) for cell in cells],
        "hovertemplate": "%{text}<extra></extra>",
        "legendgroup": _label(way_name(cells[0])),
    }


def _name_once(data: Sequence[Plot]) -> None:
    """Let one trace of each group stand in the legend; all of a group are hidden together."""
    seen: set[str] = set()
    for trace in data:
        if trace.get("showlegend", True):
            trace["showlegend"] = trace["legendgroup"] not in seen
            seen.add(trace["legendgroup"])


def _heading(model: str, left: float) -> Plot:
    place = {"x": left, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return place | {"text": f"<b>{_label(model)}</b>", "showarrow": False}


def _axis(title: str, **more: Any) -> Plot:
    return {"title": {"text": title}, "zeroline": False, "showline": True, "automargin": True} | more


def _layout(title: str, n_entries: int) -> Plot:
    return {
        "title": {"text": f"<b>{_label(title)}</b>", **_TITLE},
        "height": max(_HEIGHT, 150 + _ENTRY * n_entries),
        "margin": {"l": 60, "r": 20, "t": 104, "b": 50},
        "legend": {"font": {"size": 12}, "tracegroupgap": 0},
        "hovermode": "closest",
    }


def _label(text: str) -> str:
    return _text(printable(text, width=2 * WIDEST_NAME))


def _text(text: str) -> str:
    """Escape a text for plotly, which knows a few tags of HTML, and takes what stands between $ for LaTeX."""
    return escape(printable(text)).replace("$", "&#36;")
