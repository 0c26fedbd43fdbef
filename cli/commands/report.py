"""`reason report`: accuracy against compute, from recorded searches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..parameters import numbers
from ..trace_filters import filter_options

if TYPE_CHECKING:
    from ...store.filters import Filters


def _parts(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else [part.strip() for part in value.split(",") if part.strip()]


@click.command()
@click.argument("study", nargs=-1, metavar="STUDY...")
@filter_options()
@click.option(
    "--samples", callback=numbers, metavar="N,N,…", help="Numbers of chains at which votes are measured."
)
@click.option("--vote", "votes", multiple=True, metavar="NAME", help="Another vote to look at, such as cisc.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Write files there.")
@click.option(
    "--formats",
    callback=_parts,
    metavar="F,F,…",
    help="Of md, csv, json, parquet, png, svg and html; all by default.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def command(study: tuple[str, ...], filters: Filters, out: Path | None, **given: Any) -> None:
    """Show what recorded searches come to: accuracy, compute, and which way beats which.

    STUDY is a study's file, whose database lies beside it, a database (path or URL), or exported traces.
    """
    from dataclasses import replace

    from ...api.study.report import report
    from ...core.errors import UsageError
    from ..interrupts import say
    from ..show.study import print_report

    if not study:
        raise UsageError(
            "A study's file, a database or exported traces are wanted.", hint="See 'reason report --help'."
        )
    found = report(
        study,
        samples=given["samples"] or (),
        votes=given["votes"],
        filters=replace(filters, kind=filters.kind or "live"),
    )
    if out is not None:
        for path in found.write(out, given["formats"] or ()):
            say(f"wrote {path}")
    if given["as_json"]:
        click.echo(found.to_json(), nl=False)
    elif given["as_markdown"]:
        click.echo(found.markdown(), nl=False)
    elif out is None:
        print_report(found)
