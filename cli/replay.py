"""`reason replay`: recorded searches again, or others over the same steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .trace_filters import filter_options

if TYPE_CHECKING:
    from ..store.filters import Filters


def _pairs(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    from ..core.options import split_pairs

    return split_pairs(value)


@click.command()
@click.argument("traces", nargs=-1, metavar="[TRACE]...")
@filter_options("recorded-")
@click.option("--vote", metavar="NAME", help="Another vote over the same tree.")
@click.option(
    "--aggregate",
    "aggregation",
    type=click.Choice(["last", "min", "prod", "mean"]),
    help="Another way from the scores of steps to a solution's.",
)
@click.option("--record/--no-record", default=True, show_default=True, help="Keep the replay as a trace.")
@click.option("--db", metavar="URL|PATH", help="Where traces are; REASON_DB or the user's data folder.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each trace.")
def command(traces: tuple[str, ...], filters: Filters, **given: Any) -> None:
    """Search again over what was recorded, without a model."""
    from ..core.errors import UsageError
    from .recast import Changes
    from .replaying import Chosen, replay

    if not (traces or filters.any):
        raise UsageError("Nothing says what to replay.", hint="Name traces, or choose some with --run.")
    changes = Changes(vote=given["vote"], aggregation=given["aggregation"])
    chosen = Chosen(traces, filters)
    raise SystemExit(replay(chosen, changes, given))
