"""Accuracy against the number of samples, from recorded chains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

from ..core.assembly import SearchSide
from ..core.errors import ReplayError
from ..core.kinds import Vote
from ..core.records import BROKEN_OFF
from ..core.run_record import RunRecord
from ..core.spec import RunSpec
from ..core.trace import Trace
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
    run: int | Sequence[int] | None = None,
    filters: Filters = EVERYTHING,
    aggregation: str | None = None,
    scorer: str | None = None,
    n_subsets: int = 2000,
    seed: int = 0,
    db: str | None = None,
) -> Curve:
    """Return how often each vote over n chains is right, for every n up to what was recorded.

    Args:
        traces: Ids, or beginnings of them; with none, all of `run`, or all that the filters take. A problem
            that several runs have searched counts once, and so does a chain that they share.
        run: A run's number, or several.
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
        with ExitStack() as opened:
            spec = next(iter(records.values())).spec if records else RunSpec()
            grader = opened.enter_context(closing(SearchSide(spec, registry()).grader()))
            problems = [
                chains_of(
                    *each, grader=grader, aggregation=aggregation or spec.aggregation, scorer=scorer or ""
                )
                for each in _by_problem(database, runs, records)
            ]
    whole = [chains for chains in problems if len(chains)]
    if not whole:
        raise ReplayError("There is no such trace with chains.", hint="'reason trace list' shows all.")
    return Curve(list(curve(whole, votes(), n_subsets=n_subsets, seed=seed)), whole)


def votes() -> dict[str, Vote]:
    """Make every registered vote, the built-in ones first, with its options as by default."""
    names = registry().names("vote")
    return {name: SearchSide(RunSpec(vote=name), registry()).vote() for name in names}


def _by_problem(
    database: Database, runs: Mapping[int, Sequence[str]], records: Mapping[int, RunRecord]
) -> Iterable[Sequence[Trace]]:
    """Return the searches that came to an end of their own, those of one problem together, run after run."""
    found: dict[tuple[str, str | None], list[Trace]] = {}
    for run, traces in runs.items():
        check_installed(records[run].spec, records[run].spec)
        for trace in (load_trace(database, name) for name in traces):
            if trace.stopped not in (None, *BROKEN_OFF):
                found.setdefault((trace.problem.text, trace.problem.gold), []).append(trace)
    return found.values()


def _check_alike(records: dict[int, RunRecord]) -> None:
    """Look whether all runs sampled and read answers in the same way.

    Raises:
        ReplayError: If not: a mean over them would say nothing.
    """
    sampled = {run: _sampled(each) for run, each in records.items()}
    first = next(iter(sampled), 0)
    for run, how in sampled.items():
        if how != sampled[first]:
            raise ReplayError(
                f"Runs {first} and {run} differ in model, prompt, sampling, limits or grader.",
                hint="Choose one with --run.",
            )


def _sampled(record: RunRecord) -> tuple[object, ...]:
    spec = record.spec
    asked = record.model.name, record.model.prompt_format, record.sampling, spec.limits
    return *asked, spec.grader, spec.grader_options
