"""`reason plugins new`: a package to begin one's own plugin with."""

from __future__ import annotations

from pathlib import Path

import click

_KINDS = ("strategy", "scorer", "policy", "grader", "vote", "model", "dataset", "command")


@click.command()
@click.argument("name")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(_KINDS),
    multiple=True,
    help="What it has; may be given several times. A strategy and a scorer by default.",
)
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="FOLDER",
    help="Where the package's folder goes; here by default.",
)
def command(name: str, kinds: tuple[str, ...], into: Path) -> None:
    """Write the package reasontree-NAME: a strategy and a scorer NAME that work, and their tests."""
    from ....plugins import registry
    from .new_plugin import DEFAULT_KINDS, other_uses, search_line, write_package

    chosen = [kind for kind in _KINDS if kind in (kinds or DEFAULT_KINDS)]
    package = write_package(name, into, registry(), chosen)
    click.echo(str(package))
    click.echo("Install it, run its tests, and search with it:", err=True)
    lines = [f"pip install -e '{package}[dev]'", f"pytest {package}"]
    lines += [*search_line(name, chosen, policy="simulated"), *other_uses(name, chosen)]
    for line in lines:
        click.echo(f"    {line}", err=True)
