"""`reason trace rm`: remove traces."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ...completion import traces as traces_of
from ...parameters import db_option
from ...trace_filters import filter_options

if TYPE_CHECKING:
    from ....store.filters import Filters
    from ....store.removing import Chosen


@click.command()
@click.argument("traces", nargs=-1, metavar="[TRACE]...", shell_complete=traces_of())
@filter_options()
@click.option("--all", "takes_all", is_flag=True, help="Remove every trace.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@db_option()
def command(traces: tuple[str, ...], filters: Filters, takes_all: bool, yes: bool, db: str | None) -> None:
    """Remove the traces that are named, or that the filters take."""
    from ....core.errors import UsageError
    from ....core.text import count
    from ....store.database import open_database
    from ....store.removing import choose, remove
    from ....store.traces import full_ids

    if not (traces or filters.any or takes_all):
        raise UsageError("Nothing says which traces to remove.", hint="Name some, filter them, or say --all.")
    with open_database(db, must_exist=True) as database:
        traces = full_ids(database, traces)
        chosen = choose(database, traces, filters)
        if not chosen.n_traces:
            click.echo("There is no such trace.", err=True)
        elif yes or _is_sure(chosen):
            click.echo(f"{count(remove(database, traces, filters), 'trace')} removed.")
            click.echo("Their room is used again; 'reason db vacuum' gives it back to the disk.", err=True)


def _is_sure(chosen: Chosen) -> bool:
    from ....core.errors import UsageError
    from ....core.text import count

    parts = count(chosen.n_traces, "trace"), count(chosen.n_runs, "run"), count(chosen.n_nodes, "node")
    what = "{} of {} with {}".format(*parts)
    if chosen.n_running:
        what += f" ({chosen.n_running:,} not ended: a run may still write there)"
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"Nobody can be asked whether to remove {what}.", hint="Say --yes.")
    return click.confirm(f"Remove {what} for good?")
