"""`reason plugins`: what is installed and where it comes from, and a package to begin one's own with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..core.registry import Origin


@click.group()
def command() -> None:
    """List plugins and where they come from, or begin one."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_plugins(as_json: bool) -> None:
    """List every plugin with its package, module and hooks; what failed to load, with the reason."""
    rows = list(_rows())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    lines = [_cells(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for cells in lines:
        click.echo("  ".join(map(str.ljust, cells, widths)).rstrip())


@command.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="FOLDER",
    help="Where the package's folder goes; here by default.",
)
def new(name: str, into: Path) -> None:
    """Write the package reasontree-NAME: a strategy and a scorer NAME that work, and their tests."""
    from ..plugins import registry
    from .new_plugin import write_package

    package = write_package(name, into, registry())
    click.echo(str(package))
    click.echo("Install it, run its tests, and search with it:", err=True)
    for line in (
        f"pip install -e '{package}[dev]'",
        f"pytest {package}",
        f'reason solve "QUESTION" --strategy {name} --scorer {name} --policy simulated',
    ):
        click.echo(f"    {line}", err=True)


def _rows() -> Iterator[dict[str, Any]]:
    """Yield all plugins by kind, then what failed to load; the house's own models are a list of their own."""
    from ..core.hookspecs import PROJECT
    from ..core.registry import KINDS
    from ..plugins import registry

    for kind in KINDS:
        for name in registry().names(kind):
            origin = registry().origin(kind, name)
            if kind != "model" or origin.package != PROJECT:
                yield _row(kind, name, origin)
    yield from (_row("broken", each.module, each) for each in registry().origins if each.error)


def _cells(row: dict[str, Any]) -> list[str]:
    from .printable import printable

    package = f"{row['package']} {row['version']}"
    last = f"ERROR {row['error']}" if row["error"] else ", ".join(row["hooks"])
    return [printable(cell) for cell in (row["kind"], row["name"], package, row["module"], last)]


def _row(kind: str, name: str, origin: Origin) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "package": origin.package,
        "version": origin.version,
        "module": origin.module,
        "hooks": list(origin.hooks),
        "error": origin.error,
    }
