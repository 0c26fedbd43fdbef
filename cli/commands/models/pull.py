"""`reason models pull`: fetch a model of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ....core.models import ModelEntry


@click.command()
@click.argument("name")
def command(name: str) -> None:
    """Fetch a model of the catalog; an interrupted fetch goes on where it was."""
    from ....plugins.models.cache import Cache
    from ....plugins.models.pull import pull
    from ...show.download_progress import shown_progress

    entry = _named(name)
    try:
        with shown_progress() as progress:
            path = pull(entry, Cache.of_user(), progress)
    except KeyboardInterrupt:
        click.echo("What has come is kept; the same command goes on from there.", err=True)
        raise
    click.echo(str(path))


def _named(name: str) -> ModelEntry:
    """Return the catalog's entry; a path is told what to do instead."""
    from ....core.errors import UsageError
    from ....plugins import registry
    from ....plugins.models.resolve import find_entry

    entry = find_entry(name, registry())
    if entry is None:
        raise UsageError(
            f"{name} is a path; only names of the catalog are pulled.", hint="Give it to --model."
        )
    return entry
