"""How far a download is: a bar on a terminal, else a plain line now and then; always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from ...core.text import printable
from ...plugins.models.transfer import FAILED, Progress

_LINE_S = 10.0
_SOON_S = 1.0  # what is over sooner, as checking a small file, is not worth a line


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Give a callback that shows what it is told."""
    if not sys.stderr.isatty():
        yield ProgressLines(lambda line: click.echo(line, err=True))
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()


class ProgressLines:
    """Says what begins, and then a line every ten seconds.

    Args:
        say: Takes each line.
        clock: Seconds.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._next_s = clock() + _SOON_S
        self._last = ""

    def __call__(self, done: int, total: int, what: str) -> None:
        line = f"{printable(what)}{_amount(done, total)}"
        now = self._clock()
        is_news = done == 0 and what != self._last and not what.startswith("asking")
        if not is_news and now < self._next_s:
            return
        self._last = what
        self._next_s = now + _LINE_S
        self._say(line)


class _Bar:
    """A bar of rich, made when there is something to show."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._task: Any = None
        self._begun_s = time.monotonic()

    def __call__(self, done: int, total: int, what: str) -> None:
        if FAILED in what:
            self._say(printable(what))
            return
        if self._progress is None:
            if time.monotonic() - self._begun_s < _SOON_S and done < total:
                return
            self._open()
        self._progress.update(
            self._task, completed=done, total=total or None, description=printable(what, width=34)
        )

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _say(self, line: str) -> None:
        if self._progress is None:
            click.echo(line, err=True)
        else:
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _open(self) -> None:
        from rich import progress as rich_progress
        from rich.console import Console

        self._progress = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(),
            rich_progress.DownloadColumn(),
            rich_progress.TransferSpeedColumn(),
            rich_progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task("", total=None)


def _amount(done: int, total: int) -> str:
    if not done:
        return ""
    if not total:
        return f": {done / 1e6:,.0f} MB"
    return f": {done / 1e6:,.0f} of {total / 1e6:,.0f} MB ({100 * done // total} %)"
