"""`reason trace list`: recorded searches, newest first."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ...parameters import NOT_NEGATIVE, db_option
from ...trace_filters import filter_options

if TYPE_CHECKING:
    from ....store.filters import Filters
    from ....store.traces import TraceSummary


@click.command()
@filter_options()
@click.option("--limit", "-n", type=NOT_NEGATIVE, default=20, show_default=True, help="0 lists all.")
@db_option()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(filters: Filters, limit: int, db: str | None, as_json: bool) -> None:
    """List recorded searches, newest first."""
    from ....store.database import open_for_reading
    from ....store.traces import list_traces
    from ...show.json_output import print_json

    with open_for_reading(db) as database:
        traces = list_traces(database, filters, limit=limit or None)
    if as_json:
        print_json([_object(trace) for trace in traces], indent=2)
    elif traces:
        _print_table(traces)
    else:
        click.echo(f"{database.name} has no {'such trace' if filters.any else 'trace yet'}.", err=True)


def _object(trace: TraceSummary) -> dict[str, Any]:
    found = asdict(trace) | {"started": f"{trace.started.isoformat()}Z"}
    return found | (found.pop("usage") or {"tokens": None, "flops": None})


def _print_table(traces: list[TraceSummary]) -> None:
    from ...show.table import Column, print_table

    columns = [
        Column("trace"),
        Column("run", right=True),
        Column("begun", may_go=True),
        Column("strategy"),
        Column("model", width=24, may_go=True),
        Column("data set", width=20, may_go=True),
        Column("steps", right=True, may_go=True),
        Column("right"),
        Column("answer", width=16),
        Column("question", width=60, gives=True),
    ]
    print_table(columns, (_cells(trace) for trace in traces))


def _cells(trace: TraceSummary) -> list[str]:
    answer = "…" if trace.stopped is None else trace.answer or "-"
    return [
        trace.id,
        str(trace.run),
        _local_time(trace.started),
        trace.strategy + (" ↻" if trace.kind == "replay" else ""),
        trace.model,
        trace.dataset or "-",
        f"{trace.n_steps:,}",
        {True: "yes", False: "no", None: "-"}[trace.correct],
        answer,
        trace.question,
    ]


def _local_time(moment: datetime) -> str:
    """Show a moment of UTC without a zone as the reader's clock had it."""
    return f"{moment.replace(tzinfo=UTC).astimezone():%Y-%m-%d %H:%M}"
