"""A curve of accuracy against the number of samples, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from ...core.statistics import Interval
from ...store.analysis.curves import Point, ProblemChains
from .json_output import print_json
from .table import Column, is_on_a_terminal, print_table


def print_curve(points: Sequence[Point], problems: Sequence[ProblemChains], *, as_json: bool) -> None:
    """Print a point for every number of samples."""
    if as_json:
        print_json([_object(point, problems) for point in points], indent=2)
    else:
        _print(points, problems)


def _print(points: Sequence[Point], problems: Sequence[ProblemChains]) -> None:
    names = list(points[0].accuracy)
    columns = [Column("samples", right=True), *(Column(name, may_go=name in names[1:-1]) for name in names)]
    columns.append(Column("tokens", right=True))
    rows = [
        [str(point.n), *(_cell(point.accuracy[name]) for name in names), f"{point.tokens:,.0f}"]
        for point in points
    ]
    print_table(columns, rows, is_whole=not is_on_a_terminal())
    click.echo(
        f"Accuracy in % with its 95 % interval, over {len(problems):,} problems with "
        f"{_range([len(chains) for chains in problems])} samples each; tokens of one problem.",
        err=True,
    )


def _cell(interval: Interval) -> str:
    return f"{interval.value * 100:5.1f}  ({interval.low * 100:.1f} to {interval.high * 100:.1f})"


def _range(lengths: Sequence[int]) -> str:
    low, high = min(lengths), max(lengths)
    return str(low) if low == high else f"{low} to {high}"


def _object(point: Point, problems: Sequence[ProblemChains]) -> dict[str, Any]:
    accuracy = {name: interval._asdict() for name, interval in point.accuracy.items()}
    return {"samples": point.n, "n_problems": len(problems), "accuracy": accuracy, "tokens": point.tokens}
