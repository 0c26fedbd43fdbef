"""`reason resume`: go on with a run that was killed or interrupted."""

from __future__ import annotations

import click


@click.command()
@click.argument("run", type=click.IntRange(min=1))
@click.option("--retry-failed", is_flag=True, help="Begin searches again that failed.")
@click.option("--db", metavar="URL|PATH", help="Where the run is; REASON_DB or the user's data folder.")
def command(run: int, retry_failed: bool, db: str | None) -> None:
    """Go on with RUN: searches that ended are kept, and the others go on from their last complete round."""
    from .resuming import resume

    raise SystemExit(resume(run, retries_failed=retry_failed, db=db))
