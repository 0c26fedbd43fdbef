"""A group of commands that imports a command's module when it is called."""

from __future__ import annotations

import importlib
import keyword
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """Knows its commands by name, and imports a command's module when it is called.

    Args:
        summaries: What each command does, by name, in the order in which `--help` shows them.
        package: Where the modules of its commands are, each with its `command`: `train-head` in
            `train_head.py`, and `import`, which no module can be called, in `import_.py`.
    """

    def __init__(self, *args: Any, summaries: Mapping[str, str], package: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.summaries = summaries
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.summaries:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name.replace("-", "_")
        command: click.Command = importlib.import_module(f"{self._package}.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from ..core.errors import UnknownNameError

            raise UnknownNameError("command", args[0], self.summaries) from error
