"""What `reason solve` shows: one result, or the rows of a file as they come."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import click

from ...api.result import Result
from ...core.text import printable
from ..interrupts import say
from .json_output import print_json
from .progress import RoundLines
from .summary import Summary


@dataclass(frozen=True, slots=True)
class Output:
    """How results are shown."""

    as_json: bool = False
    quiet: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether somebody watches a terminal."""
        return sys.stdout.isatty() and not self.as_json and not self.quiet

    def watcher(self) -> Any:
        """Return the observer that shows one search as it goes on."""
        if not self.is_drawn:
            return RoundLines((lambda line: None) if self.quiet or self.as_json else say)
        from rich.console import Console

        from .live_tree import LiveTree

        return LiveTree(Console())


def show_result(result: Result, output: Output) -> int:
    """Show one result, and return the exit code: 1 without an answer, after a failure or Ctrl-C."""
    if isinstance(result.error, Exception) and not result.solutions:
        raise result.error
    if output.as_json:
        print_json(result.to_dict())
    else:
        _show_lines(result, output)
    if result.error:
        say(f"reason: {result.error}")
    return 0 if result.is_whole and result.answer is not None else 1


def show_row(result: Result, summary: Summary) -> None:
    """Show one of many results as a JSON object, and how far the run is."""
    print_json({"index": result.problem.index} | result.to_dict())
    summary.add(result)
    say(summary.progress())


def show_summary(summary: Summary, n_problems: int) -> int:
    """Show what many results come to, and return the exit code."""
    for line in summary.lines():
        say(line)
    return 1 if summary.n_failed or summary.n_interrupted or summary.n_done < n_problems else 0


def _show_lines(result: Result, output: Output) -> None:
    if result.answer is not None:
        click.echo(("answer    " if output.is_drawn else "") + printable(result.answer))
    else:
        say("reason: No solution has an answer. Try more --max-tokens, a larger width or another seed.")
    if not output.quiet:
        for line in result.lines():
            click.echo(line, err=not output.is_drawn)
