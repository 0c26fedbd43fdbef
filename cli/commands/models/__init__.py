"""`reason models`: what the catalog has, fetching a model, and what a GGUF file says of itself."""

from __future__ import annotations

import click

from ...lazy_group import LazyGroup

COMMANDS = {
    "list": "List the catalog, and what of it is here.",
    "pull": "Fetch a model of the catalog.",
    "info": "Show a model's metadata, parameters, cost and prompt format.",
}


@click.command(cls=LazyGroup, summaries=COMMANDS, package=__name__)
def command() -> None:
    """List, fetch and inspect models."""
