"""Recorded searches: the list of them, and each as a result."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ..core.errors import UnknownNameError
from ..store.database import open_for_reading
from ..store.filters import EVERYTHING, Filters
from ..store.traces import TraceSummary, full_ids, list_traces, newest_id
from ..store.traces import load_trace as read_trace
from .result import Result


def load_trace(trace: str | None = None, *, db: str | None = None) -> Result:
    """Read one recorded search.

    Args:
        trace: Its id, or four or more characters that it begins with; the newest one if not given.

    Raises:
        StoreError: If there is no such trace, or the database cannot be read.
    """
    with open_for_reading(db) as database:
        (name,) = (newest_id(database),) if trace is None else full_ids(database, [trace])
        return Result(read_trace(database, name))


def traces(
    filters: Filters = EVERYTHING, *, limit: int | None = 20, db: str | None = None, **more: Any
) -> list[TraceSummary]:
    """List recorded searches, newest first.

    Args:
        filters: Which ones.
        limit: How many at most; None lists all.
        more: Filters by name, beside those of `filters`: `run` or `runs`, `model`, `strategy`, `correct` …

    Raises:
        StoreError: If the database cannot be read.
        UsageError: If there is no such filter.
    """
    if isinstance(more.get("run"), int):
        more["runs"] = (more.pop("run"),)
    known = [field.name for field in fields(Filters)]
    for name in more:
        if name not in known:
            raise UnknownNameError("filter", name, known)
    with open_for_reading(db) as database:
        return list_traces(database, replace(filters, **more), limit=limit)
