"""What the commands of a study show: the plan, how far it is, the report and the advice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from ...core.text import count, printable
from ..interrupts import say
from .json_output import print_json
from .table import Column, print_table

if TYPE_CHECKING:
    from ...api.study.advising import Advice
    from ...api.study.study import Outstanding
    from ...api.study.summary import StudySummary
    from ...api.study.workers import Progressed

_SILENCE_S = 10.0
_N_NEEDED = 7  # columns of a report that stay, however narrow the terminal is


def print_plan(left: Sequence[Outstanding], *, n_workers: int, as_json: bool) -> None:
    """Print what must be searched, what follows from it, and how long it will take."""
    if as_json:
        print_json(
            {"runs": [_planned(each) for each in left], "seconds": _seconds(left, n_workers)}, indent=2
        )
        return
    columns = [
        Column("run", gives=True),
        *(Column(name, right=True) for name in ("cells", "problems", "to do")),
    ]
    columns += [Column("tokens", right=True), Column("time", right=True)]
    print_table(columns, [_plan_row(each) for each in left])
    n_cells = sum(len(each.run.cells) for each in left)
    n_implied = n_cells - len(left)
    say(f"{count(n_cells, 'cell')} by {count(len(left), 'run')}: {n_implied} follow from wider runs.")
    seconds = _seconds(left, n_workers)
    if seconds:
        beside = f" by {n_workers} workers, if they do not slow each other down" if n_workers > 1 else ""
        say(f"About {_duration(seconds)} to go{beside}, as measured on the first problems of each model.")


def _plan_row(each: Outstanding) -> list[str]:
    tokens = "" if not each.tokens else f"{each.tokens:,.0f}"
    time = "" if not each.seconds else _duration(each.seconds)
    return [each.run.name, str(len(each.run.cells)), str(len(each.problems)), str(each.n_left), tokens, time]


def _planned(each: Outstanding) -> dict[str, Any]:
    return {
        "run": each.run.name,
        "cells": [cell.name for cell in each.run.cells],
        "problems": len(each.problems),
        "left": each.n_left,
        "tokens": each.tokens,
        "seconds": each.seconds,
    }


def _seconds(left: Sequence[Outstanding], n_workers: int) -> float:
    return sum(each.seconds or 0.0 for each in left) / n_workers


def _duration(seconds: float) -> str:
    """Return a time that nobody knows exactly."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


class BenchProgress:
    """Says how far a study is, and how long it will take.

    The time left goes by solutions: a search for 16 counts as much as 16 searches for one.
    """

    def __init__(self, left: Sequence[Outstanding], say: Callable[[str], None]) -> None:
        self._say = say
        self._left = {each.run.name: each.n_left for each in left}
        self._whole = {each.run.name: each.n_left for each in left}
        self._n_solutions = sum(each.n_solutions for each in left)
        self._n_found = self._n_tokens = self._n_right = self._n_done = self._n_failed = 0
        self._began_s = self._said_s = monotonic()

    @property
    def n_left(self) -> int:
        """Searches to be made."""
        return sum(self._left.values())

    def begin(self) -> None:
        """Say what there is to do."""
        n_runs = sum(n > 0 for n in self._left.values())
        if self.n_left:
            self._say(f"{count(self.n_left, 'problem')} to search in {count(n_runs, 'run')}.")
        else:
            self._say("All of it is recorded; 'reason report' shows what came of it.")

    def add(self, searched: Progressed) -> None:
        """Count a search, and say so now and then."""
        name = searched.run.name
        self._left[name] -= 1
        self._n_done += 1
        self._n_found += searched.run.n_samples
        self._n_tokens += searched.n_generated
        self._n_right += bool(searched.correct)
        if searched.error:
            self._n_failed += 1
            self._say(f"{name}: a search did not end by itself: {searched.error}")
        is_end = self._left[name] == 0
        if is_end or monotonic() - self._said_s >= _SILENCE_S:
            self._said_s = monotonic()
            done = self._whole[name] - self._left[name]
            self._say(f"{name}: {done} of {self._whole[name]}; {self._rate()}, {self._to_go()}")

    def end(self, *, is_stopped: bool) -> int:
        """Say what was done, and return the exit code."""
        if self._n_done:
            self._say(f"{self._n_done} searches made, {self._n_tokens:,} tokens, {self._rate()}.")
        if is_stopped:
            self._say("Stopped; the same command goes on from here.")
            return 1
        if self._n_failed:
            self._say(f"{self._n_failed} did not end by themselves; the same command tries them again.")
            return 1
        return 0

    def _rate(self) -> str:
        elapsed_s = monotonic() - self._began_s
        return f"{self._n_tokens / elapsed_s:,.0f} tokens/s" if elapsed_s > 0 else "no rate yet"

    def _to_go(self) -> str:
        left_s = (monotonic() - self._began_s) / self._n_found * (self._n_solutions - self._n_found)
        return f"about {_duration(left_s)} to go" if left_s > 0 else "nothing to go"


def print_report(report: StudySummary) -> None:
    """Print the cells as a table, the limits of votes, and what can be said."""
    from ...api.study.tables import TERMINAL_COLUMNS, rows_by_model

    columns = [
        Column(each.name, right=each.is_number, gives=place == 0, may_go=place >= _N_NEEDED)
        for place, each in enumerate(TERMINAL_COLUMNS)
    ]
    for dataset, model, rows in rows_by_model(report):
        click.secho(
            f"{printable(dataset)}, {printable(model)}, {count(rows[0]['problems'], 'problem')}", bold=True
        )
        print_table(columns, [[each.says(row) for each in TERMINAL_COLUMNS] for row in rows])
        click.echo()
    click.echo(
        "Accuracy in % with its 95 % interval; FLOPs and seconds a problem. *: nothing beats it for its FLOPs"
    )
    for line in _said(report):
        click.echo(line)


def _said(report: StudySummary) -> Iterator[str]:
    for limit in report.limits:
        low, value, high = (100 * each for each in limit.accuracy)
        scorer = f" ({limit.scorer})" if limit.scorer else ""
        yield (
            f"\n{limit.model} {limit.strategy}{scorer} with endless samples: {value:.1f} % "
            f"[{low:.1f}, {high:.1f}], estimated from {limit.n_chains} chains."
        )
    for title, sentences in report.sentences().items():
        yield f"\n{title}:"
        yield from (f"  {sentence}" for sentence in sentences)


def print_advice(advice: Advice, *, as_json: bool) -> None:
    """Print what to use, what it rests on, and the command."""
    cell = advice.cell
    if as_json:
        runner_up = advice.runner_up and advice.runner_up.to_dict()
        print_json(
            {
                "choice": cell.to_dict(),
                "runner_up": runner_up,
                "lead": advice.lead and advice.lead.sentence,
                "notes": list(advice.notes),
                "command": advice.command,
            },
            indent=2,
        )
        return
    low, value, high = (100 * each for each in cell.accuracy)
    click.echo(f"use       {cell.name}")
    click.echo(f"right     {value:.1f} % [{low:.1f}, {high:.1f}] of {count(len(cell.problems), 'problem')}")
    click.echo(
        f"takes     {cell.flops:.3g} FLOPs, {cell.paper_flops:.3g} as the paper counts, about "
        f"{cell.mean_seconds:.2g} s a problem where it was recorded"
    )
    if advice.runner_up:
        click.echo(f"runner-up {advice.runner_up.name}: {advice.runner_up.accuracy.value:.1%}")
    if advice.lead:
        click.echo(f"lead      {advice.lead.sentence}")
    for note in advice.notes:
        click.echo(f"note      {note}")
    click.echo(f"command   {advice.command}")
