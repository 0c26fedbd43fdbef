"""The outermost group of commands, to which packages may add some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import PluginError, ReasonError
from ..core.text import printable
from .lazy_group import LazyGroup

if TYPE_CHECKING:
    from ..core.commands import CommandEntry

_AS_THEY_ARE = (ReasonError, BrokenPipeError, click.ClickException, click.exceptions.Exit, click.Abort)


class OpenGroup(LazyGroup):
    """Has the built-in commands and those of other packages.

    Packages are loaded only for a list of all commands, and where a command is not a built-in one, so that
    none of them can slow a built-in command down or break it.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.summaries, *(entry.name for entries in _by_package().values() for entry in entries)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.summaries or not _packages_may_add():
            return super().get_command(ctx, cmd_name)
        return _import(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        for package, entries in _by_package().items():
            with formatter.section(f"Commands of {package}"):
                formatter.write_dl([(entry.name, printable(entry.summary)) for entry in entries])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _AS_THEY_ARE:
            raise
        except Exception as error:
            name = ctx.invoked_subcommand
            if name is None or name in self.summaries:
                raise
            from ..core.attribution import attributed
            from ..plugins import registry

            raise attributed(registry().who("command", name), error) from error


def _packages_may_add() -> bool:
    """Whether an installed package may add commands; imports none of them."""
    from ..core.entry_points import with_hook

    return bool(with_hook("register_commands"))


def _by_package() -> Mapping[str, Sequence[CommandEntry]]:
    """Return the commands that were added, by package with its version."""
    if not _packages_may_add():
        return {}
    from ..core.hookspecs import PROJECT
    from ..plugins import command_registry

    found: dict[str, list[CommandEntry]] = {}
    for entry in command_registry().all("command"):
        origin = command_registry().origin("command", entry.name)
        if origin.package != PROJECT:
            found.setdefault(origin.distribution, []).append(entry)
    return found


def _import(name: str) -> click.Command:
    """Import an added command.

    Raises:
        UnknownNameError: If no package adds it.
        PluginError: If it cannot be imported, or is not a command; names it and its package.
    """
    from ..core.attribution import attributing
    from ..plugins import registry

    entry: CommandEntry = registry().get("command", name)
    with attributing(who := registry().who("command", name)):
        command = resolve_name(entry.target)
    if not isinstance(command, click.Command):
        raise PluginError(f"{who} names a {type(command).__name__}, and a click command is wanted.")
    return command
