"""Finds recorded searches that came to their own end and have a gold answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select

from ..core.records import Problem
from ..core.run_record import RunRecord
from .database import Database
from .schema import NodeRow, RunRow, SearchRow
from .traces import record_of


class GradedSearch(NamedTuple):
    """A recorded search, without its tree.

    Attributes:
        trace: Its id, for `traces.load_trace`.
    """

    trace: str
    record: RunRecord
    problem: Problem


def graded_searches(database: Database) -> Iterator[GradedSearch]:
    """Yield searches with hidden states, oldest first: those that were not replayed, cut short or left open.

    Raises:
        StoreError: If the database cannot be read.
    """
    has_states = select(NodeRow.node).where(NodeRow.search == SearchRow.id, NodeRow.hidden.is_not(None))
    query = (
        select(
            SearchRow.trace,
            SearchRow.run,
            SearchRow.question,
            SearchRow.gold,
            SearchRow.problem_index,
            SearchRow.dataset,
        )
        .join(RunRow, RunRow.id == SearchRow.run)
        .where(RunRow.kind == "live", SearchRow.stopped == "done", SearchRow.gold.is_not(None))
        .where(has_states.exists())
        .order_by(SearchRow.id)
    )
    with database.snapshot() as connection:
        runs = connection.execute(select(RunRow.id, RunRow.settings)).all()
        records = {run: record_of(stored) for run, stored in runs}
        rows = connection.execute(query).all()
    for trace, run, question, gold, index, dataset in rows:
        yield GradedSearch(trace, records[run], Problem(question, gold, index, dataset))
