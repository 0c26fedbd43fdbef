"""What `reason replay` says of each trace, and of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Protocol

import click

from ... import __version__
from ...core.text import count, printable
from ..replaying import Result
from . import differences, result
from .json_output import print_json
from .result import judged
from .summary import accuracy_line


class ReplayReport(Protocol):
    """Shows replays as they are done."""

    def add(self, replayed: Result) -> None:
        """Show one trace."""

    def end(self) -> int:
        """Show what they come to, and return the exit code."""


class SameReport:
    """Says of each trace whether it went the same way."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._started_s = time.monotonic()
        self._n_traces = self._n_same = self._n_steps = 0
        self._versions: set[str] = set()

    def add(self, replayed: Result) -> None:
        """Show one trace."""
        search = replayed.finished.search
        self._n_traces += 1
        self._n_same += _is_same(replayed)
        self._n_steps += len(search.tree) - 1
        self._note_version(replayed.trace.settings.version)
        if self._as_json:
            print_json(_same_as_json(replayed))
        else:
            for line in _same_as_lines(replayed):
                click.echo(line)

    def end(self) -> int:
        """Show how many were the same; the exit code is 1 if any was not."""
        if self._n_traces > 1:
            seconds = time.monotonic() - self._started_s
            line = f"{self._n_same:,} of {count(self._n_traces, 'trace')} went the same way"
            click.echo(f"{line}: {count(self._n_steps, 'step')} in {seconds:.1f} s", err=True)
        return _end(self._n_traces, self._n_same == self._n_traces)

    def _note_version(self, version: str) -> None:
        if version not in (__version__, *self._versions):
            self._versions.add(version)
            click.echo(f"Note: reasontree {version} recorded this, and {__version__} replays it.", err=True)


class OtherReport:
    """Says what another search, or another vote, made of each trace."""

    def __init__(self, *, as_json: bool, is_alone: bool, is_live: bool) -> None:
        self._as_json = as_json
        self._is_alone = is_alone
        self._whence = "drawn or generated" if is_live else "that a model would have generated"
        self._n_traces = self._n_whole = self._n_graded = self._n_right = self._n_were_right = 0
        self._n_generated = 0

    def add(self, replayed: Result) -> None:
        """Show one trace."""
        outcome, error = replayed.finished.outcome, replayed.finished.search.error
        self._n_traces += 1
        self._n_whole += error is None
        self._n_generated += outcome.tokens.generated
        if outcome.correct is not None and error is None:
            self._n_graded += 1
            self._n_right += outcome.correct
            self._n_were_right += bool(replayed.trace.correct)
        if self._as_json:
            print_json(_other_as_json(replayed))
        else:
            self._show(replayed)
        if error is not None:
            click.echo(f"reason: {printable(str(error))}", err=True)

    def end(self) -> int:
        """Show the accuracy beside the recorded one; the exit code is 1 if a search could not end."""
        if self._n_traces > 1 and self._n_graded:
            recorded = f"recorded {self._n_were_right / self._n_graded:.1%}"
            click.echo(f"{accuracy_line(self._n_right, self._n_graded)}; {recorded}", err=True)
        if self._n_whole < self._n_traces > 1:
            click.echo(f"too few   {self._n_traces - self._n_whole} of {self._n_traces}", err=True)
        if self._n_traces > 1:
            click.echo(f"tokens    {self._n_generated:,} {self._whence}", err=True)
        return _end(self._n_traces, self._n_whole == self._n_traces)

    def _show(self, replayed: Result) -> None:
        answer = replayed.finished.outcome.verdict.answer
        if replayed.finished.search.error is not None and answer is None:
            return  # the error is all that there is to say
        if not self._is_alone:
            click.echo(f"trace {replayed.trace.id}  {_now_and_then(replayed)}")
            return
        click.echo(f"answer    {printable(answer or 'none')} ({_recorded(replayed)})")
        for line in result.as_lines(replayed.finished, replayed.replay_id or "not kept"):
            click.echo(line)


def _is_same(replayed: Result) -> bool:
    return replayed.difference is None and replayed.finished.search.error is None


def _end(n_traces: int, is_well: bool) -> int:
    if not n_traces:
        click.echo("There is no such trace.", err=True)
    return 0 if is_well and n_traces else 1


def _same_as_lines(replayed: Result) -> Iterator[str]:
    trace, search = replayed.trace, replayed.finished.search
    head = f"trace {trace.id}"
    if replayed.difference is not None:
        first, *rest = differences.as_lines(replayed.difference, trace)
        yield f"{head}  {first}"
        yield from rest
    elif search.error is not None:
        yield f"{head}  {printable(str(search.error))}"
    else:
        done = f"{count(search.n_rounds, 'round')}, {count(len(search.tree) - 1, 'step')}"
        kept = f"  (kept as {replayed.replay_id})" if replayed.replay_id else ""
        yield f"{head}  the same: {done}, {_ending(replayed)}{kept}"


def _ending(replayed: Result) -> str:
    trace = replayed.trace
    if trace.stopped is None:
        return "as far as its process came"
    return f"answer {printable(trace.answer)}" if trace.answer is not None else "no answer"


def _same_as_json(replayed: Result) -> dict[str, Any]:
    search, outcome = replayed.finished.search, replayed.finished.outcome
    found: dict[str, Any] = {
        "trace_id": replayed.trace.id,
        "replay_id": replayed.replay_id or None,
        "same": _is_same(replayed),
        "n_rounds": search.n_rounds,
        "n_steps": len(search.tree) - 1,
        "answer": outcome.verdict.answer,
        "correct": outcome.correct,
    }
    if replayed.difference is not None:
        found["difference"] = differences.as_json(replayed.difference)
    elif search.error is not None:
        found["error"] = str(search.error)
    return found


def _other_as_json(replayed: Result) -> dict[str, Any]:
    trace = replayed.trace
    recorded = {"trace_id": trace.id, "answer": trace.answer, "correct": trace.correct}
    found = result.as_json(replayed.finished, replayed.recast.settings, replayed.replay_id)
    return {"index": trace.problem.index, "replays": recorded} | found


def _now_and_then(replayed: Result) -> str:
    outcome = replayed.finished.outcome
    answer = printable(outcome.verdict.answer or "no answer", width=40)
    return f"{answer}{judged(outcome.correct)} ({_recorded(replayed)})"


def _recorded(replayed: Result) -> str:
    trace = replayed.trace
    return f"was {printable(trace.answer or 'none', width=40)}{judged(trace.correct)}"
