"""Registers the built-in commands, so that no package can take the name of one."""

from __future__ import annotations

from collections.abc import Iterable

from ...core import CommandEntry, hookimpl
from . import COMMANDS


@hookimpl
def register_commands() -> Iterable[CommandEntry]:
    """Register the commands of this package."""
    return [
        CommandEntry(name, summary, f"reasontree.cli.commands.{name.replace('-', '_')}:command")
        for name, summary in COMMANDS.items()
    ]
