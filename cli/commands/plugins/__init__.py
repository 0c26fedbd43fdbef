"""`reason plugins`: what is installed and where it comes from, and a package to begin one's own with."""

from __future__ import annotations

import click

from ...lazy_group import LazyGroup

COMMANDS = {
    "list": "List every plugin with its package, module and hooks.",
    "new": "Write a package with plugins that work, to begin with.",
}


@click.command(cls=LazyGroup, summaries=COMMANDS, package=__name__)
def command() -> None:
    """List plugins and where they come from, or begin one."""
