"""What is known of whole runs: their record, and which traces belong to which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import select

from ..core.errors import StoreError
from ..core.records import Problem
from ..core.run_record import RunRecord
from .database import Database
from .filters import EVERYTHING, Filters
from .schema import PlannedRow, RunRow, SearchRow
from .traces import record_of


def record_of_run(database: Database, run: int) -> RunRecord:
    """Read the record that a run's searches share.

    Raises:
        StoreError: If there is no such run, or another version stored it.
    """
    with database.snapshot() as connection:
        stored = connection.execute(select(RunRow.settings).where(RunRow.id == run)).scalar()
    if stored is None:
        raise StoreError(f"The trace database {database.name} has no run {run}.")
    return record_of(stored)


def traces_by_run(
    database: Database, traces: Sequence[str] = (), filters: Filters = EVERYTHING
) -> dict[int, list[str]]:
    """Return the ids of the traces that are named, or that the filters take, by their runs, oldest first."""
    query = select(SearchRow.run, SearchRow.trace).join(RunRow, RunRow.id == SearchRow.run)
    query = query.where(*filters.conditions()).order_by(SearchRow.run, SearchRow.id)
    if traces:
        query = query.where(SearchRow.trace.in_(traces))
    found: dict[int, list[str]] = {}
    with database.snapshot() as connection:
        for run, trace in connection.execute(query):
            found.setdefault(run, []).append(trace)
    return found


class ProblemKey(NamedTuple):
    """What a problem is known by in any run: seeds follow from its place in the data set."""

    question: str
    gold: str | None
    place: int

    @classmethod
    def of(cls, problem: Problem) -> ProblemKey:
        """Return a problem's key."""
        return cls(problem.text, problem.gold, problem.index)


def records_of_runs(database: Database) -> Iterator[tuple[int, RunRecord]]:
    """Yield the number and the record of every live run, oldest first, without those that cannot be read."""
    with database.snapshot() as connection:
        query = select(RunRow.id, RunRow.settings).where(RunRow.kind == "live").order_by(RunRow.id)
        stored = connection.execute(query).all()
    for run, settings in stored:
        with suppress(StoreError):
            yield run, record_of(settings)


def problems_of_runs(database: Database, runs: Sequence[int]) -> Iterator[tuple[int, ProblemKey, str | None]]:
    """Yield run, problem and how its search stopped: None for one that has not ended, or not begun."""
    searched = select(
        SearchRow.run, SearchRow.question, SearchRow.gold, SearchRow.problem_index, SearchRow.stopped
    ).where(SearchRow.run.in_(runs))
    planned = select(PlannedRow.run, PlannedRow.question, PlannedRow.gold, PlannedRow.problem_index).where(
        PlannedRow.run.in_(runs)
    )
    with database.snapshot() as connection:
        rows = [*connection.execute(searched), *((*row, None) for row in connection.execute(planned))]
    for run, question, gold, index, stopped in rows:
        yield run, ProblemKey(question, gold, index), stopped
