"""`reason trace`: recorded searches."""

from __future__ import annotations

import click

from ...lazy_group import LazyGroup

COMMANDS = {
    "list": "List recorded searches, newest first.",
    "show": "Show one search's tree.",
    "export": "Write traces to a file of JSON lines.",
    "import": "Read traces from such a file.",
    "rm": "Remove traces.",
    "stats": "Count, and compare accuracy, tokens and FLOPs.",
}


@click.command(cls=LazyGroup, summaries=COMMANDS, package=__name__)
def command() -> None:
    """List, show, export, import and remove recorded searches."""
