"""Runs `reason replay --curve`: accuracy against the number of samples, from recorded chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import click

from ..core.errors import ReplayError
from ..core.interfaces import Vote
from ..core.options import parse
from ..core.run import Settings
from ..core.statistics import Interval
from ..plugins import registry
from ..store.analysis.chains import chains_of
from ..store.analysis.curves import Point, ProblemChains, curve
from ..store.database import Database, open_for_reading
from ..store.runs import settings_of_run, traces_by_run
from ..store.traces import full_ids, load_trace
from .printable import json_text
from .recast import Changes, Recast
from .replaying import Wish
from .table import Column, print_table


def show_curve(wish: Wish, *, n_subsets: int, as_json: bool) -> int:
    """Print a point for every number of samples, and return the exit code."""
    with open_for_reading(wish.db) as database:
        runs = traces_by_run(database, full_ids(database, wish.traces), wish.filters)
        settings = {run: settings_of_run(database, run) for run in runs}
        _check_alike(settings)
        problems = [chains for run in runs for chains in _chains(database, runs[run], settings[run], wish)]
    whole = [chains for chains in problems if len(chains)]
    if not whole:
        raise ReplayError("There is no such trace with chains.", hint="'reason trace list' shows all.")
    points = list(curve(whole, _votes(), n_subsets=n_subsets, seed=wish.changes.seed or 0))
    if as_json:
        click.echo(json_text([_object(point, whole) for point in points], indent=2))
    else:
        _print(points, whole)
    return 0


def _chains(
    database: Database, traces: Sequence[str], settings: Settings, wish: Wish
) -> Iterator[ProblemChains]:
    recast = Recast(settings, Changes())
    aggregation = wish.changes.aggregation or settings.aggregation
    with closing(recast.grader()) as grader:
        for name in traces:
            trace = load_trace(database, name)
            if trace.stopped is not None:
                yield chains_of(trace, grader, aggregation=aggregation, scorer=wish.changes.scorer or "")


def _votes() -> dict[str, Vote]:
    """Make every vote that is registered, the built-in ones first, with the options that a run gives it."""
    classes = {vote.name: vote for vote in registry().all("vote")}
    return {
        name: registry().make("vote", name, parse(f"vote '{name}'", vote.Options, {}))
        for name, vote in classes.items()
    }


def _check_alike(settings: dict[int, Settings]) -> None:
    """Look whether all runs sampled in the same way.

    Raises:
        ReplayError: If not: a mean over them would say nothing.
    """
    ways = {run: (each.model.name, each.sampling, each.limits) for run, each in settings.items()}
    first = next(iter(ways), 0)
    for run, way in ways.items():
        if way != ways[first]:
            raise ReplayError(
                f"Runs {first} and {run} differ in model, sampling or limits.", hint="Choose one with --run."
            )


def _print(points: Sequence[Point], problems: Sequence[ProblemChains]) -> None:
    names = list(points[0].accuracy)
    columns = [Column("samples", right=True), *(Column(name) for name in names)]
    columns.append(Column("tokens", right=True))
    rows = [
        [str(point.n), *(_cell(point.accuracy[name]) for name in names), f"{point.tokens:,.0f}"]
        for point in points
    ]
    print_table(columns, rows)
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
