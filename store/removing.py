"""Removes traces, with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select

from .checking import size_of
from .database import Database, open_database
from .filters import Filters
from .schema import Base, NodeRow, RunRow, SearchRow


@dataclass(frozen=True, slots=True)
class Chosen:
    """What would be removed.

    Attributes:
        n_running: Traces that have not ended: a run may still write them, or was killed.
    """

    n_traces: int
    n_runs: int
    n_nodes: int
    n_running: int


def choose(database: Database, traces: Sequence[str], filters: Filters) -> Chosen:
    """Count what `remove` would take."""
    chosen = _chosen(traces, filters)
    searches = select(
        func.count(), func.count(SearchRow.run.distinct()), func.count() - func.count(SearchRow.stopped)
    ).where(SearchRow.id.in_(chosen))
    nodes = select(func.count()).select_from(NodeRow).where(NodeRow.search.in_(chosen))
    with database.snapshot() as connection:
        n_traces, n_runs, n_running = connection.execute(searches).one()
        return Chosen(n_traces, n_runs, connection.execute(nodes).scalar_one(), n_running)


def remove(database: Database, traces: Sequence[str], filters: Filters) -> int:
    """Remove the traces that are named, or that the filters take, with runs that have none left.

    Returns:
        How many traces there were.

    Raises:
        StoreError: If the database refuses; then nothing is removed.
    """
    chosen = _chosen(traces, filters)
    of_chosen = select(SearchRow.run).where(SearchRow.id.in_(chosen)).distinct()
    with database.transaction() as connection:
        runs = connection.execute(of_chosen).scalars().all()
        n_removed = connection.execute(delete(SearchRow).where(SearchRow.id.in_(chosen))).rowcount
        for run in runs:
            others = select(SearchRow.id).where(SearchRow.run == run).exists()
            connection.execute(delete(RunRow).where(RunRow.id == run, ~others))
        return n_removed


def vacuum(where: str | None) -> tuple[int | None, int | None]:
    """Give the room of removed rows back to the disk; return the size in bytes before and after.

    Raises:
        StoreError: If the database cannot be opened, or others write to it.
    """
    with open_database(where, must_exist=True) as database, database.autocommit() as connection:
        before = size_of(connection)
        tables = ", ".join(Base.metadata.tables)
        is_sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql("VACUUM" if is_sqlite else f"VACUUM FULL {tables}")
        return before, size_of(connection)


def _chosen(traces: Sequence[str], filters: Filters) -> Select[Any]:
    query = select(SearchRow.id).join(RunRow, RunRow.id == SearchRow.run).where(*filters.conditions())
    return query.where(SearchRow.trace.in_(traces)) if traces else query
