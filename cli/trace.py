"""`reason trace`: recorded searches; each command has a file of its own, `trace_list.py` and so on."""

from __future__ import annotations

import click

from .lazy_group import LazyGroup

COMMANDS = {
    "list": "List recorded searches, newest first.",
    "show": "Show one search's tree.",
    "export": "Write traces to a file of JSON lines.",
    "import": "Read traces from such a file.",
    "rm": "Remove traces.",
    "stats": "Count, and compare accuracy, tokens and FLOPs.",
}


@click.command(cls=LazyGroup, summaries=COMMANDS, prefix="trace_")
def command() -> None:
    """List, show, export, import and remove recorded searches."""
