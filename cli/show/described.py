"""Plugins of one kind with their options, as the plugins themselves describe them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .json_output import print_json


def show_plugins(
    kind: str, name: str | None, *, flag: str, as_json: bool, more: Callable[[Any], dict[str, str]]
) -> None:
    """Print the plugins of one kind, or the named one alone.

    Args:
        flag: What stands before an option on the command line.
        more: What else there is to say about a plugin, in words, by what it is.
    """
    from ...plugins import registry

    names = [name] if name else registry().names(kind)
    plugins = [registry().get(kind, each) for each in names]
    described = [_describe(plugin) | more(plugin) for plugin in plugins]
    if as_json:
        print_json(described, indent=2)
        return
    for plugin, record in zip(plugins, described, strict=True):
        _show(record, flag, more(plugin))


def _describe(plugin: Any) -> dict[str, Any]:
    from ...core.options import describe

    summary = (plugin.__doc__ or "").strip().splitlines()
    return {
        "name": plugin.name,
        "summary": summary[0] if summary else "",
        "options": [option._asdict() for option in describe(plugin.Options)],
    }


def _show(record: dict[str, Any], flag: str, more: dict[str, str]) -> None:
    words = "".join(f" {what.capitalize()}: {value}." for what, value in more.items())
    click.echo(f"{record['name']}: {record['summary']}{words}")
    for option in record["options"]:
        kind = " ".join(filter(None, (option["kind"], option["bounds"])))
        click.echo(f"  {flag} {option['name']}={option['default']}  ({kind})")
        click.echo(f"      {option['meaning']}")
