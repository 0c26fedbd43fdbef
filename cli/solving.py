"""Runs what `reason solve` asked for, and shows it: one problem, or all rows of a file."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import click

from ..core.loop import Finished
from ..core.models import ModelFile
from ..core.records import Problem
from ..core.run import Run
from ..core.settings import Settings
from ..core.text import json_text, printable
from ..store.database import open_database
from ..store.holding import held
from ..store.recorder import Recorder
from .assembly import Assembly, Wanted
from .show.progress import RoundLines
from .show.result import as_json, as_lines


@dataclass(frozen=True, slots=True)
class Output:
    """How results are shown, and where traces go."""

    as_json: bool = False
    quiet: bool = False
    db: str | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether somebody watches a terminal."""
        return sys.stdout.isatty() and not self.as_json and not self.quiet


def say(line: str) -> None:
    """Tell a person something that is no result."""
    click.echo(line, err=True)


def solve_one(wanted: Wanted, problem: Problem, output: Output) -> int:
    """Solve one problem and return the exit code."""
    observer: Any = _live_tree() if output.is_drawn else RoundLines(_progress_of(output))
    try:
        with opened(wanted, output, [problem], [observer]) as session:
            for finished in session.solve([problem]):
                return session.show(finished)
    finally:
        if output.is_drawn:
            observer.close()
    raise AssertionError("a search always finishes")


def solve_all(wanted: Wanted, problems: Sequence[Problem], output: Output) -> int:
    """Solve many problems in one run, one JSON object a row as each search ends."""
    from .show.summary import Summary

    summary = Summary(len(problems))
    with opened(wanted, output, problems) as session:
        for finished in session.solve(problems):
            row = {"index": finished.search.problem.index} | session.as_json(finished)
            click.echo(json_text(row))
            summary.add(finished)
            say(summary.progress())
    for line in summary.lines():
        say(line)
    return 1 if summary.n_failed or summary.n_interrupted or summary.n_done < len(problems) else 0


class Session:
    """An open run with its recorder."""

    def __init__(self, assembly: Assembly, run: Run, recorder: Recorder, output: Output) -> None:
        self._assembly = assembly
        self._run = run
        self._recorder = recorder
        self._settings: Settings = recorder.settings
        self._output = output

    def solve(self, problems: Iterable[Problem]) -> Iterator[Finished]:
        """Search, and stop gently at the first Ctrl-C."""
        searches = self._assembly.searches(problems, self._settings.sampling)
        with interruptible(self._run.stop):
            yield from self._run.searches(searches)

    def as_json(self, finished: Finished) -> dict[str, Any]:
        """Return the object of `--json`."""
        return as_json(finished, self._settings, self._recorder.trace_id(finished.search.number))

    def show(self, finished: Finished) -> int:
        """Show one result and return the exit code: 1 without an answer, after a failure or Ctrl-C."""
        outcome = finished.outcome
        if finished.search.error is not None and not outcome.solutions:
            raise finished.search.error
        if self._output.as_json:
            click.echo(json_text(self.as_json(finished)))
        else:
            self._show_lines(finished)
        if finished.search.error is not None:
            say(f"reason: {finished.search.error}")
        is_whole = outcome.stopped not in ("interrupted", "failed") and finished.search.error is None
        return 0 if is_whole and outcome.verdict.answer is not None else 1

    def _show_lines(self, finished: Finished) -> None:
        answer = finished.outcome.verdict.answer
        if answer is not None:
            head = "answer    " if self._output.is_drawn else ""
            click.echo(head + printable(answer))
        else:
            say("reason: No solution has an answer. Try more --max-tokens, a larger width or another seed.")
        if not self._output.quiet:
            for line in as_lines(finished, self._recorder.trace_id(finished.search.number)):
                click.echo(line, err=not self._output.is_drawn)


@contextmanager
def opened(
    wanted: Wanted, output: Output, problems: Sequence[Problem] = (), observers: Sequence[Any] = ()
) -> Iterator[Session]:
    """Check the names, open the database, then the model."""
    assembly = Assembly(wanted)
    database = open_database(output.db)
    file = model_file(wanted, assembly)
    policy = assembly.open_policy(file, scorer_files(assembly))
    settings = assembly.settings(policy, assembly.sampling(file))
    recorder = Recorder(database, settings, problems=problems)
    run = assembly.run(policy, [recorder, *observers])
    try:
        with held(database, recorder.run):
            yield Session(assembly, run, recorder, output)
    finally:
        run.close()
        database.close()


def model_file(wanted: Wanted, assembly: Assembly) -> ModelFile | None:
    """Return the model's file, fetched if need be; None for a policy without one."""
    return _resolved(wanted.model, assembly) if wanted.policy == "llama-cpp" else None


def scorer_files(assembly: Assembly) -> dict[str, ModelFile]:
    """Return the files of the models that scorers need, fetched if need be."""
    return {name: _resolved(model, assembly) for name, model in assembly.scorer_models.items()}


def _resolved(reference: str, assembly: Assembly) -> ModelFile:
    from ..plugins.models.catalog import DEFAULT_MODEL
    from ..plugins.models.resolve import resolve
    from .show.download_progress import shown_progress

    with shown_progress() as progress:
        return resolve(reference or DEFAULT_MODEL, assembly.plugins, progress=progress)


@contextmanager
def interruptible(stop: Callable[[str], None]) -> Iterator[None]:
    """Let the first Ctrl-C end the search with what it has, and the second one end the program."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(number, previous)
        say("\nreason: stopping; Ctrl-C again ends at once.")
        stop("interrupted")

    previous = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _live_tree() -> Any:
    from rich.console import Console

    from .show.live_tree import LiveTree

    return LiveTree(Console())


def _progress_of(output: Output) -> Callable[[str], None]:
    return (lambda line: None) if output.quiet or output.as_json else say
