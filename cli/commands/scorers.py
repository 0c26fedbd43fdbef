"""`reason scorers`: every scorer with its options, as the plugins themselves describe them."""

from __future__ import annotations

import click


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(name: str | None, as_json: bool) -> None:
    """List scorers with their options, bounds and meanings; NAME shows one alone."""
    from ..show.described import show_plugins

    show_plugins("scorer", name, flag="-k", as_json=as_json, more=lambda scorer: {})
