"""What is known of whole runs: their record, and which traces belong to which."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from ..core.errors import StoreError
from ..core.run_record import RunRecord
from .database import Database
from .filters import EVERYTHING, Filters
from .schema import RunRow, SearchRow
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
