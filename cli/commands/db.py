"""`reason db`: where the trace database is, whether it is sound, and a newer schema for an older one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ..parameters import db_option

if TYPE_CHECKING:
    from ...store.checking import Report

_db = db_option("REASON_DB or the user's data folder by default.")


@click.group()
def command() -> None:
    """Find, check and upgrade the trace database."""


@command.command()
@_db
def path(db: str | None) -> None:
    """Say where traces go; a password is not shown."""
    from ...store.engines import name_of, url_of

    click.echo(name_of(url_of(db)))


@command.command()
@_db
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def check(db: str | None, as_json: bool) -> None:
    """Look whether the database is whole and its schema the newest; exit code 1 if not."""
    from ...store.checking import check as look
    from ..show.json_output import print_json

    report = look(db)
    if as_json:
        print_json(asdict(report))
    else:
        _show(report)
    raise SystemExit(1 if report.problems else 0)


@command.command()
@_db
def upgrade(db: str | None) -> None:
    """Bring an older schema up to date; a SQLite file is copied beside itself first."""
    from ...store.database import upgrade_database
    from ...store.engines import name_of, url_of

    before, after = upgrade_database(db)
    name = name_of(url_of(db))
    if before == after:
        click.echo(f"{name} has schema {after} already.")
    elif before is None:
        click.echo(f"{name} is new and has schema {after}.")
    else:
        click.echo(f"{name} was upgraded from schema {before} to {after}.")


@command.command()
@_db
def vacuum(db: str | None) -> None:
    """Give the room of removed traces back to the disk."""
    from ...core.text import size
    from ...store.removing import vacuum as give_back

    before, after = give_back(db)
    click.echo(f"{size(before)} before, {size(after)} now.")


def _show(report: Report) -> None:
    from ...core.text import printable, size

    rows = ", ".join(f"{count:,} {table}" for table, count in report.counts.items())
    click.echo(f"database  {printable(report.name)} ({size(report.n_bytes)})")
    click.echo(f"schema    {report.schema or 'none'}")
    click.echo(f"rows      {rows or 'none'}")
    if not report.problems:
        click.echo("It is sound.")
    for problem in report.problems:
        click.echo(f"reason: {printable(problem)}", err=True)
