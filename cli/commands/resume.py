"""`reason resume`: go on with a run that was killed or interrupted."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from ..parameters import POSITIVE, db_option

if TYPE_CHECKING:
    from ...api.resuming import Resumed


@click.command()
@click.argument("run", type=POSITIVE)
@click.option("--retry-failed", is_flag=True, help="Begin searches again that failed.")
@db_option("Where the run is; REASON_DB or the user's data folder.")
def command(run: int, retry_failed: bool, db: str | None) -> None:
    """Go on with RUN: searches that ended are kept, and the others go on from their last complete round."""
    from ...api.resuming import resume
    from ..show.download_progress import shown_progress

    with (
        shown_progress() as progress,
        resume(run, retries_failed=retry_failed, db=db, progress=progress) as resumed,
    ):
        raise SystemExit(_go_on(resumed))


def _go_on(resumed: Resumed) -> int:
    """Search all that is left, a row as each search finishes; return the exit code."""
    from ..interrupts import interruptible, say
    from ..show.rows import ResultRows
    from ..show.solved import show_summary
    from ..show.summary import Summary

    left = resumed.left
    ended = "1 search had ended" if left.n_ended == 1 else f"{left.n_ended:,} searches had ended"
    if not len(left):
        say(f"Run {resumed.run} has nothing left to do: {ended}.")
        return 0
    say(f"Run {resumed.run}: {ended}, {len(left.begun)} go on, {len(left.planned)} begin.")
    summary = Summary(len(left), before=left)
    rows = ResultRows(summary)
    with closing(rows), interruptible(resumed.stop):
        for result in resumed:
            rows.show(result)
    return show_summary(summary, len(left), resumed.run)
