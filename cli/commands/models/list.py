"""`reason models list`: what the catalog has, and what of it is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> None:
    """List the catalog: name, size, whether the file is here, sources, role, licence, what it is."""
    from ....plugins import registry
    from ....plugins.models.cache import Cache
    from ...show.json_output import print_json
    from ...show.table import Column, print_table
    from .entries import entry_facts

    cache = Cache.of_user()
    rows = [entry_facts(entry, cache) for entry in registry().all("model")]
    if as_json:
        print_json(rows, indent=2)
        return
    names = ("cached", "sources", "role", "licence", "description")
    columns = [Column("name"), Column("size", right=True), *map(Column, names)]
    print_table(columns, map(_cells, rows), is_whole=True)
    click.echo(f"Models lie in {cache.folder}. Any other GGUF file works by its path.")


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        row["name"],
        f"{row['bytes'] / 1e6:,.0f} MB" if row["bytes"] else "?",
        "yes" if row["cached"] else "-",
        ", ".join(row["sources"]) or "-",
        row["role"],
        row["licence"],
        row["description"],
    ]
