"""`reason trace show`: one recorded search, on the terminal, as a page or as a graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...completion import traces as traces_of
from ...parameters import NOT_NEGATIVE, POSITIVE, db_option

if TYPE_CHECKING:
    from ....core.trace import Trace

_FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)


@click.command()
@click.argument("trace", required=False, metavar="[ID]", shell_complete=traces_of())
@click.option("--rows", type=POSITIVE, help="Lines for the tree; the terminal's height, or 60.")
@click.option("--full", is_flag=True, help="Show every step, whole.")
@click.option(
    "--solution",
    type=NOT_NEGATIVE,
    is_flag=False,
    flag_value=0,
    metavar="[N]",
    help="Print the winning solution's whole text alone, or that of solution N, oldest first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, as 'reason solve --json' does.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page that needs no network.")
@click.option("--dot", type=_FILE, metavar="FILE", help="Write the tree for Graphviz; - is standard output.")
@click.option("--graphml", type=_FILE, metavar="FILE", help="Write the tree as GraphML.")
@db_option()
def command(
    trace: str | None,
    rows: int | None,
    full: bool,
    solution: int | None,
    as_json: bool,
    html: Path | None,
    dot: Path | None,
    graphml: Path | None,
    db: str | None,
) -> None:
    """Show the recorded search ID, or the newest one: its tree, its votes and what it cost."""
    from ....api.traces import load_trace
    from ...show.json_output import print_json
    from ...show.trace import print_solution, print_trace

    result = load_trace(trace, db=db)
    found = result.trace
    if as_json:
        print_json(result.to_dict())
        return
    if solution is not None:
        print_solution(found, solution)
        return
    files = {"html": html, "dot": dot, "graphml": graphml}
    for kind, file in files.items():
        if file is not None:
            _write(found, kind, file)
    if not any(files.values()):
        print_trace(found, rows=rows, is_full=full)


def _write(trace: Trace, kind: str, file: Path) -> None:
    """Write a file, whole or not at all; one that is there is replaced."""
    from ....store.exchange.files import STANDARD, written
    from ....store.pages.graphs import dot, graphml
    from ....store.pages.html import page

    text = {"html": page, "dot": dot, "graphml": graphml}[kind](trace)
    with written(str(file), overwrite=True) as stream:
        stream.write(text.encode())
    if str(file) != STANDARD:
        click.echo(f"The trace {trace.id} is in {file}.", err=True)
