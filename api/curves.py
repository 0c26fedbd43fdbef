"""Accuracy against the number of samples, from recorded chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from ..core.assembly import SearchSide
from ..core.errors import ReplayError
from ..core.kinds import Vote
from ..core.run_record import RunRecord
from ..core.spec import RunSpec
from ..plugins import registry
from ..store.analysis.chains import chains_of
from ..store.analysis.curves import Point, ProblemChains, curve
from ..store.database import Database, open_for_reading
from ..store.filters import EVERYTHING, Filters
from ..store.runs import record_of_run, traces_by_run
from ..store.traces import full_ids, load_trace
from .replaying import check_installed, only_live


class Curve(NamedTuple):
    """A point for every number of samples, and the chains that they rest on, problem by problem."""

    points: Sequence[Point]
    problems: Sequence[ProblemChains]


def curve_of(
    traces: Sequence[str] = (),
    *,
    run: int | None = None,
    filters: Filters = EVERYTHING,
    aggregation: str | None = None,
    scorer: str | None = None,
    n_subsets: int = 2000,
    seed: int = 0,
    db: str | None = None,
) -> Curve:
    """Return how often each vote over n chains is right, for every n up to what was recorded.

    Args:
        traces: Ids, or beginnings of them; with none, all of `run`, or all that the filters take.
        aggregation: How step scores make a solution's; as recorded if not given.
        scorer: Whose scores; the leading scorer's if not given.
        n_subsets: How many random subsets of each problem's chains are drawn where there are more.

    Raises:
        ReasonError: If the traces are not chains of one model, sampled in one way, with right answers.
    """
    filters = only_live(traces, filters, run)
    with open_for_reading(db) as database:
        runs = traces_by_run(database, full_ids(database, list(traces)), filters)
        records = {run: record_of_run(database, run) for run in runs}
        _check_alike(records)
        problems = [
            chains
            for run in runs
            for chains in _chains(database, runs[run], records[run], aggregation, scorer or "")
        ]
    whole = [chains for chains in problems if len(chains)]
    if not whole:
        raise ReplayError("There is no such trace with chains.", hint="'reason trace list' shows all.")
    return Curve(list(curve(whole, votes(), n_subsets=n_subsets, seed=seed)), whole)


def votes() -> dict[str, Vote]:
    """Make every registered vote, the built-in ones first, with its options as by default."""
    names = registry().names("vote")
    return {name: SearchSide(RunSpec(vote=name), registry()).vote() for name in names}


def _chains(
    database: Database, traces: Sequence[str], record: RunRecord, aggregation: str | None, scorer: str
) -> Iterator[ProblemChains]:
    check_installed(record.spec, record.spec)
    with closing(SearchSide(record.spec, registry()).grader()) as grader:
        for name in traces:
            trace = load_trace(database, name)
            if trace.stopped is not None:
                how = aggregation or record.spec.aggregation
                yield chains_of(trace, grader, aggregation=how, scorer=scorer)


def _check_alike(records: dict[int, RunRecord]) -> None:
    """Look whether all runs sampled in the same way.

    Raises:
        ReplayError: If not: a mean over them would say nothing.
    """
    sampled = {run: (each.model.name, each.sampling, each.spec.limits) for run, each in records.items()}
    first = next(iter(sampled), 0)
    for run, how in sampled.items():
        if how != sampled[first]:
            raise ReplayError(
                f"Runs {first} and {run} differ in model, sampling or limits.", hint="Choose one with --run."
            )
