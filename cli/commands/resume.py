"""`reason resume`: go on with a run that was killed or interrupted."""

from __future__ import annotations

import click

from ..parameters import POSITIVE, db_option


@click.command()
@click.argument("run", type=POSITIVE)
@click.option("--retry-failed", is_flag=True, help="Begin searches again that failed.")
@db_option("Where the run is; REASON_DB or the user's data folder.")
def command(run: int, retry_failed: bool, db: str | None) -> None:
    """Go on with RUN: searches that ended are kept, and the others go on from their last complete round."""
    from ..resuming import resume

    raise SystemExit(resume(run, retries_failed=retry_failed, db=db))
