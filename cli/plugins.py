"""`reason plugins`: what is installed, and where it comes from."""

from __future__ import annotations

import json
from typing import Any

import click


@click.group()
def command() -> None:
    """List plugins and where they come from."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_plugins(as_json: bool) -> None:
    """List every plugin by kind, with its module, package and version, and packages that failed to load."""
    from ..core.registry import KINDS
    from .plugin_registry import registry

    rows = [_row(kind, name) for kind in KINDS if kind != "model" for name in registry().names(kind)]
    broken = [origin for origin in registry().origins if origin.error]
    rows += [
        {
            "kind": "broken",
            "name": each.module,
            "package": each.package,
            "version": each.version,
            "module": each.module,
            "hooks": [],
            "error": each.error,
        }
        for each in broken
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        error = f"  ERROR {row['error']}" if row["error"] else ""
        click.echo(
            f"{row['kind']:<9} {row['name']:<16} {row['package']} {row['version']}  {row['module']}{error}"
        )


def _row(kind: str, name: str) -> dict[str, Any]:
    from .. import __version__
    from .plugin_registry import registry

    origin = registry().origin(kind, name)
    return {
        "kind": kind,
        "name": name,
        "package": origin.package,
        "version": origin.version or __version__,
        "module": origin.module,
        "hooks": list(origin.hooks),
        "error": origin.error,
    }
