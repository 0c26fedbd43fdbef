"""`reason plugins list`: what is installed, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ....core.registry import Origin


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> None:
    """List every plugin with its package, module and hooks; what failed to load, with the reason."""
    from ...show.json_output import print_json
    from ...show.table import Column, print_table

    rows = list(_rows())
    if as_json:
        print_json(rows, indent=2)
    else:
        print_table([Column()] * 5, map(_cells, rows), is_whole=True)


def _rows() -> Iterator[dict[str, Any]]:
    """Yield plugins by kind, then what failed; models and data sets of the house have their own lists."""
    from ....core.hookspecs import PROJECT
    from ....core.registry import KINDS
    from ....plugins import registry

    for kind in KINDS:
        for name in registry().names(kind):
            origin = registry().origin(kind, name)
            if kind not in ("model", "dataset") or origin.package != PROJECT:
                yield _row(kind, name, origin)
    yield from (_row("broken", each.module, each) for each in registry().origins if each.error)


def _cells(row: dict[str, Any]) -> list[str]:
    package = f"{row['package']} {row['version']}"
    last = f"ERROR {row['error']}" if row["error"] else ", ".join(row["hooks"])
    return [row["kind"], row["name"], package, row["module"], last]


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
