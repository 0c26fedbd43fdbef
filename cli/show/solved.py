"""What `reason solve` shows: one result, or what the results of a file come to."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import Any

import click

from ...api.result import Result
from ...core.text import lines_of, printable
from ..interrupts import say
from .json_output import print_json
from .progress import RoundLines, SignsOfLife
from .summary import Summary


@dataclass(frozen=True, slots=True)
class Output:
    """How results are shown."""

    as_json: bool = False
    quiet: bool = False
    has_tree: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether somebody watches a terminal."""
        return sys.stdout.isatty() and not self.as_json and not self.quiet

    def watcher(self) -> Any:
        """Return the observer that shows one search as it goes on, if any."""
        if self.quiet:
            return None
        if not self.is_drawn:
            return SignsOfLife() if self.as_json else RoundLines()
        from rich.console import Console

        from .live_tree import LiveTree

        return LiveTree(Console(), stays_whole=self.has_tree)


_HINTS = {
    "tokens": "Try a larger --budget-tokens.",
    "flops": "Try a larger --budget-flops.",
    "seconds": "Try a larger --budget-seconds.",
    "interrupted": "It was interrupted.",
}
_OTHERWISE = "Try more --max-tokens, a larger width or another seed."


def show_result(result: Result, output: Output, chosen: str = "") -> int:
    """Show one result, and return the exit code: 1 without an answer, after a failure or Ctrl-C.

    Args:
        chosen: Which strategy was chosen for the user, and why; empty where the user chose.
    """
    if isinstance(result.error, Exception) and not result.solutions:
        raise result.error
    if output.as_json:
        print_json(result.to_dict())
    else:
        _show_lines(result, output, chosen)
    if result.error:
        say(f"reason: {result.error}")
    return 0 if result.is_whole and (result.answer is not None or _is_open(result)) else 1


def show_summary(summary: Summary, n_problems: int, run: int) -> int:
    """Show what the results of a run come to, and return the exit code."""
    for line in summary.lines():
        say(line)
    n_left = summary.n_interrupted + n_problems - summary.n_done
    if n_left:
        goes_on = f": 'reason resume {run}' goes on" if run else ""
        say(f"stopped   {n_left} of {n_problems} problems before their end{goes_on}")
    return 1 if summary.n_failed or summary.n_interrupted or summary.n_done < n_problems else 0


def _is_open(result: Result) -> bool:
    """Whether a text is the answer: nobody knows a right one, and there was nothing to vote on."""
    return result.is_open and result.problem.gold is None


def _show_lines(result: Result, output: Output, chosen: str) -> None:
    if _is_open(result):
        say("reason: Most solutions hold no answer that can be compared, so this is the best one's text.")
        _echo_text(result.text or "")
    elif result.answer is not None:
        _show_answer(result, output)
    else:
        say(f"reason: No solution has an answer. {_HINTS.get(result.stopped or '', _OTHERWISE)}")
    if not output.quiet:
        for line in [*([f"strategy  {chosen}"] if chosen else []), *result.lines()]:
            click.echo(line, err=not output.is_drawn)


def _show_answer(result: Result, output: Output) -> None:
    """Show the answer, on a terminal below the solution that found it and the question."""
    answer = result.answer or ""
    if not output.is_drawn:
        click.echo("\n".join(lines_of(answer)))
        return
    click.echo()
    _echo_text(result.text or "")
    width = shutil.get_terminal_size().columns - len("question  ")
    click.echo(f"\nquestion  {printable(result.problem.text, width=width)}")
    click.echo(f"answer    {printable(answer)}")


def _echo_text(text: str) -> None:
    for line in lines_of(text.strip()):
        click.echo(line)
