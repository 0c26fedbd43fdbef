"""What `reason replay` says of each trace, and of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Protocol

import click

from ... import __version__
from ...api.replaying import Replay
from ...core.text import count, printable
from . import differences
from .json_output import print_json
from .summary import accuracy_line, judged


class ReplayReport(Protocol):
    """Shows replays as they are done."""

    def add(self, replayed: Replay) -> None:
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

    def add(self, replayed: Replay) -> None:
        """Show one trace."""
        self._n_traces += 1
        self._n_same += replayed.is_same
        self._n_steps += len(replayed.result.tree) - 1
        self._note_version(replayed.recorded.record.version)
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

    def add(self, replayed: Replay) -> None:
        """Show one trace."""
        result, error = replayed.result, replayed.result.error
        self._n_traces += 1
        self._n_whole += error is None
        self._n_generated += result.tokens.generated
        if result.correct is not None and error is None and replayed.recorded.is_whole:
            self._n_graded += 1
            self._n_right += result.correct
            self._n_were_right += bool(replayed.recorded.correct)
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

    def _show(self, replayed: Replay) -> None:
        result = replayed.result
        if result.error is not None and result.answer is None:
            return  # the error is all that there is to say
        if not self._is_alone:
            click.echo(f"trace {replayed.recorded.trace_id}  {_now_and_then(replayed)}")
            return
        click.echo(f"answer    {printable(result.answer or 'none')} ({_recorded(replayed)})")
        for line in result.lines():
            click.echo(line)


def _end(n_traces: int, is_well: bool) -> int:
    if not n_traces:
        click.echo("There is no such trace.", err=True)
    return 0 if is_well and n_traces else 1


def _same_as_lines(replayed: Replay) -> Iterator[str]:
    result = replayed.result
    head = f"trace {replayed.recorded.trace_id}"
    if replayed.difference is not None:
        first, *rest = differences.as_lines(replayed.difference, replayed.recorded.trace)
        yield f"{head}  {first}"
        yield from rest
    elif result.error is not None:
        yield f"{head}  {printable(str(result.error))}"
    else:
        done = f"{count(len(result.trace.rounds), 'round')}, {count(len(result.tree) - 1, 'step')}"
        kept = f"  (kept as {result.trace_id})" if result.trace_id else ""
        yield f"{head}  the same: {done}, {_ending(replayed)}{kept}"


def _ending(replayed: Replay) -> str:
    trace = replayed.recorded
    if trace.stopped is None:
        return "as far as its process came"
    return f"answer {printable(trace.answer)}" if trace.answer is not None else "no answer"


def _same_as_json(replayed: Replay) -> dict[str, Any]:
    result = replayed.result
    found: dict[str, Any] = {
        "trace_id": replayed.recorded.trace_id,
        "replay_id": result.trace_id or None,
        "same": replayed.is_same,
        "n_rounds": len(result.trace.rounds),
        "n_steps": len(result.tree) - 1,
        "answer": result.answer,
        "correct": result.correct,
    }
    if replayed.difference is not None:
        found["difference"] = differences.as_json(replayed.difference)
    elif result.error is not None:
        found["error"] = str(result.error)
    return found


def _other_as_json(replayed: Replay) -> dict[str, Any]:
    trace = replayed.recorded
    recorded = {"trace_id": trace.trace_id, "answer": trace.answer, "correct": trace.correct}
    return {"index": trace.problem.index, "replays": recorded} | replayed.result.to_dict()


def _now_and_then(replayed: Replay) -> str:
    result = replayed.result
    answer = printable(result.answer or "no answer", width=40)
    return f"{answer}{judged(result.correct)} ({_recorded(replayed)})"


def _recorded(replayed: Replay) -> str:
    trace = replayed.recorded
    return f"was {printable(trace.answer or 'none', width=40)}{judged(trace.correct)}"
