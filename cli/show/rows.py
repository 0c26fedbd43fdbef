"""Results of many problems as they come: lines with a bar below on a terminal, JSON objects elsewhere."""

from __future__ import annotations

import shutil
import sys

import click

from ...api.result import Result
from ...core.text import printable
from ..interrupts import say
from .json_output import print_json
from .summary import Summary

_WIDTH_OF_AN_ANSWER, _WIDTH_OF_THE_BAR = 16, 20
_WIPE = "\r\x1b[K"


class ResultRows:
    """Shows one result after the other, and how far the run is.

    Args:
        as_json: Whether objects are wanted on a terminal too.
    """

    def __init__(self, summary: Summary, *, as_json: bool = False) -> None:
        self._summary = summary
        self._is_drawn = sys.stdout.isatty() and sys.stderr.isatty() and not as_json

    def show(self, result: Result) -> None:
        """Show one result."""
        self._summary.add(result)
        if self._is_drawn:
            self._clear()
            click.echo(_line(result))
        else:
            found = {"index": result.problem.index} | result.to_dict()
            del found["prompt"]  # with examples in it, it may be longer than all the rest
            print_json(found)
        self.say(self._summary.progress())

    def say(self, line: str) -> None:
        """Say how it goes: beside the bar, in place of what was said before, or in a line of its own."""
        if not self._is_drawn:
            say(line)
            return
        n_full = round(_WIDTH_OF_THE_BAR * self._summary.n_done / self._summary.n_problems)
        bar = "█" * n_full + "░" * (_WIDTH_OF_THE_BAR - n_full)
        width = shutil.get_terminal_size().columns
        click.echo(_WIPE + f"{bar} {line}"[: width - 1], nl=False, err=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._is_drawn:
            self._clear()

    def _clear(self) -> None:
        click.echo(_WIPE, nl=False, err=True)


def _line(result: Result) -> str:
    """Return a row of the table: the problem's place, what came of it, its answer and the question."""
    outcome = {True: "right", False: "wrong", None: "-"}[result.correct]
    if not result.is_whole:
        outcome = result.stopped or "failed"
    answer = printable(result.answer or "none", width=_WIDTH_OF_AN_ANSWER)
    head = f"{result.problem.index + 1:>5}  {outcome:<12}{answer:<{_WIDTH_OF_AN_ANSWER}}  "
    room = shutil.get_terminal_size().columns - len(head)
    return head + printable(result.problem.text, width=max(8, room))
