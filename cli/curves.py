"""Runs `reason replay --curve`: accuracy against the number of samples, from recorded chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from ..core.errors import ReplayError
from ..core.settings import Settings
from ..store.analysis.chains import chains_of
from ..store.analysis.curves import Chains, curve
from ..store.database import Database, open_for_reading
from ..store.runs import settings_of_run, traces_by_run
from ..store.traces import full_ids, load_trace
from .recast import Changes, Recast
from .replaying import Wish
from .show.curve import print_curve


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
    points = list(curve(whole, n_subsets=n_subsets, seed=wish.changes.seed or 0))
    print_curve(points, whole, as_json=as_json)
    return 0


def _chains(database: Database, traces: Sequence[str], settings: Settings, wish: Wish) -> Iterator[Chains]:
    recast = Recast(settings, Changes())
    aggregation = wish.changes.aggregation or settings.aggregation
    with closing(recast.grader()) as grader:
        for name in traces:
            trace = load_trace(database, name)
            if trace.stopped is not None:
                yield chains_of(trace, grader, aggregation=aggregation, scorer=wish.changes.scorer or "")


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
