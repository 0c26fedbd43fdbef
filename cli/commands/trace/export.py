"""`reason trace export`: traces as a file of JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...completion import traces as traces_of
from ...parameters import db_option
from ...trace_filters import filter_options

if TYPE_CHECKING:
    from ....store.filters import Filters


@click.command()
@click.argument("traces", nargs=-1, metavar="[TRACE]...", shell_complete=traces_of())
@filter_options()
@click.option(
    "--output",
    "-o",
    default="-",
    metavar="FILE",
    help="Compressed if its name ends with .gz or .zst; standard output by default.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--lean", is_flag=True, help="Leave out log-probabilities and hidden states, which no replay needs."
)
@db_option()
def command(
    traces: tuple[str, ...], filters: Filters, output: str, force: bool, lean: bool, db: str | None
) -> None:
    """Write the traces that are named, or that the filters take, or all, as JSON lines."""
    from ....core.text import count
    from ....store.database import open_for_reading
    from ....store.exchange.export import export
    from ....store.exchange.files import written
    from ....store.traces import full_ids

    with open_for_reading(db) as database:
        traces = full_ids(database, traces)
        with written(output, overwrite=force) as file:
            found = export(database, file, traces, filters, is_lean=lean)
    where = "standard output" if output == "-" else output
    click.echo(f"{count(found.n_traces, 'trace')} with {count(found.n_nodes, 'node')} in {where}.", err=True)
