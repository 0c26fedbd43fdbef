"""`reason trace import`: traces out of a file of JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...parameters import db_option

if TYPE_CHECKING:
    from ....store.exchange.importing import Imported


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@db_option("Where traces go; REASON_DB or the user's data folder.")
def command(files: tuple[str, ...], db: str | None) -> None:
    """Read traces from each FILE, or from standard input for '-'; those that are here already stay."""
    from ....store.database import open_database
    from ....store.exchange.files import read
    from ....store.exchange.importing import import_lines

    is_whole = True
    for name in files:
        shown = "standard input" if name == "-" else name
        with read(name) as lines, open_database(db) as database:
            found = import_lines(database, lines, shown)
        is_whole &= not found.problem
        _show(shown, found)
    raise SystemExit(0 if is_whole else 1)


def _show(name: str, found: Imported) -> None:
    from ....core.text import printable

    click.echo(f"{printable(name)}: {_counts(found)}.")
    if found.problem:
        click.echo(f"reason: {printable(f'{name} is damaged: {found.problem}')}.", err=True)


def _counts(found: Imported) -> str:
    from ....core.text import count

    parts = [f"{count(found.n_new, 'new trace')}"]
    if found.n_known:
        parts.append(f"{found.n_known:,} here already")
    if found.n_ended:
        parts.append(f"{found.n_ended:,} that lacked the end")
    if found.n_damaged:
        parts.append(f"{found.n_damaged:,} damaged and left out")
    return ", ".join(parts)
