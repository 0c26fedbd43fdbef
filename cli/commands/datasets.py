"""`reason datasets`: the data sets that are known by name, and what of them is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ...core.datasets import DatasetEntry


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> None:
    """List data sets: name, splits with their rows, whether the files are here, licence, what it is."""
    from ...plugins import registry
    from ...plugins.datasets.fetching import folder_of_user
    from ..show.json_output import print_json
    from ..show.table import Column, print_table

    rows = [_facts(entry) for entry in registry().all("dataset")]
    if as_json:
        print_json(rows, indent=2)
        return
    names = ("name", "splits (rows)", "here", "licence", "description")
    print_table([Column(name) for name in names], map(_cells, rows), is_whole=True)
    click.echo(f"Files lie in {folder_of_user()}. Any other file of rows works by its path.")


def _facts(entry: DatasetEntry) -> dict[str, Any]:
    from ...plugins.datasets.fetching import find_file
    from ...plugins.datasets.names import NamedSplit

    files = {split: find_file(NamedSplit(entry, split)) for split in entry.splits}
    return {
        "name": entry.name,
        "splits": [
            {"name": name, "rows": split.n_rows, "path": str(files[name]) if files[name] else None}
            for name, split in entry.splits.items()
        ],
        "question": list(entry.question),
        "gold": entry.gold,
        "licence": entry.licence,
        "description": entry.description,
    }


def _cells(row: Mapping[str, Any]) -> list[str]:
    splits = row["splits"]
    sizes = (f"{split['name']} ({split['rows']:,})" if split["rows"] else split["name"] for split in splits)
    here = ", ".join(split["name"] for split in splits if split["path"])
    return [row["name"], ", ".join(sizes), here or "-", row["licence"], row["description"]]
