"""`reason plugins new`: a package to begin one's own plugin with."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="FOLDER",
    help="Where the package's folder goes; here by default.",
)
def command(name: str, into: Path) -> None:
    """Write the package reasontree-NAME: a strategy and a scorer NAME that work, and their tests."""
    from ....plugins import registry
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
