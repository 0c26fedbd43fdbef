"""Runs what `reason replay` asked for, and shows it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from .. import __version__
from ..core.ledger import Budget
from ..core.loop import Finished
from ..core.run import Run
from ..store.database import Database, open_database, open_for_reading
from ..store.filters import Filters
from ..store.recorder import Recorder
from ..store.replay.checker import Checker, Difference
from ..store.replay.playback import Playback
from ..store.replay.recorded import Recorded, RecordedScorer
from ..store.runs import settings_of_run, traces_by_run
from ..store.traces import Trace, load_trace, require_traces
from . import differences
from .amounts import count
from .printable import printable
from .recast import Changes, Recast


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which traces are replayed."""

    traces: Sequence[str]
    filters: Filters


def replay(chosen: Chosen, changes: Changes, given: Mapping[str, Any]) -> int:
    """Replay and return the exit code."""
    with _database(given["db"], writes=given["record"]) as database:
        require_traces(database, chosen.traces)
        report = Report(as_json=given["as_json"])
        for run, traces in traces_by_run(database, chosen.traces, chosen.filters).items():
            with Replaying(database, run, traces, changes, record=given["record"]) as replaying:
                for replayed in replaying.results():
                    report.add(replayed)
        return report.end()


def _database(where: str | None, *, writes: bool) -> Database:
    return open_database(where, must_exist=True) if writes else open_for_reading(where)


@dataclass(frozen=True, slots=True)
class Result:
    """One trace that was played again."""

    trace: Trace
    finished: Finished
    replay_id: str
    difference: Difference | None


class Replaying:
    """All traces of one run, played again."""

    def __init__(
        self, database: Database, run: int, traces: Sequence[str], changes: Changes, *, record: bool
    ) -> None:
        self._database = database
        self._traces = traces
        self._recast = Recast(settings_of_run(database, run), changes)
        self._checker = Checker(same_vote=not changes.of_vote)
        settings = self._recast.settings
        self._recorder = Recorder(database, settings, kind="replay", parent=run) if record else None
        policy = Recorded(settings.model)
        self._run = Run(
            policy,
            grader=self._recast.grader(),
            vote=self._recast.vote(),
            scorers=[RecordedScorer(name, policy) for name in settings.scorers],
            aggregation=settings.aggregation,
            observers=[each for each in (policy, self._checker, self._recorder) if each is not None],
        )

    def __enter__(self) -> Replaying:
        return self

    def __exit__(self, *error: object) -> None:
        self._run.close()

    def results(self) -> Iterator[Result]:
        """Replay, and yield each trace as it is done."""
        for finished in self._run.searches(self._searches()):
            search = finished.search
            assert isinstance(search, Playback), "all of them are"
            replay_id = self._recorder.trace_id(search.number) if self._recorder else ""
            yield Result(search.trace, finished, replay_id, self._checker.differences.get(search.number))

    def _searches(self) -> Iterator[Playback]:
        for name in self._traces:
            trace = load_trace(self._database, name)
            budget = Budget(samples=trace.settings.budget.samples)
            yield Playback(trace, self._recast.strategy(trace), budget=budget)


class Report:
    """Says of each trace whether it went the same way."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._started_s = time.monotonic()
        self._n_traces = self._n_same = self._n_nodes = 0
        self._versions: set[str] = set()

    def add(self, result: Result) -> None:
        """Show one trace."""
        is_same = result.difference is None and result.finished.search.error is None
        self._n_traces += 1
        self._n_same += is_same
        self._n_nodes += len(result.finished.search.tree) - 1
        self._note_version(result.trace)
        if self._as_json:
            click.echo(json.dumps(_as_json(result), ensure_ascii=False))
        else:
            for line in _as_lines(result):
                click.echo(line)

    def end(self) -> int:
        """Show the sum and return the exit code: 1 if anything differed."""
        if not self._n_traces:
            click.echo("There is no such trace.", err=True)
        elif self._n_traces > 1:
            seconds = time.monotonic() - self._started_s
            line = f"{self._n_same:,} of {count(self._n_traces, 'trace')} went the same way"
            click.echo(f"{line}: {count(self._n_nodes, 'step')} in {seconds:.1f} s", err=True)
        return 0 if self._n_same == self._n_traces else 1

    def _note_version(self, trace: Trace) -> None:
        version = trace.settings.version
        if version != __version__ and version not in self._versions:
            self._versions.add(version)
            click.echo(f"Note: reasontree {version} recorded this, and {__version__} replays it.", err=True)


def _as_lines(result: Result) -> Iterator[str]:
    trace, search = result.trace, result.finished.search
    head = f"trace {trace.id}"
    if result.difference is not None:
        first, *rest = differences.as_lines(result.difference, trace)
        yield f"{head}  {first}"
        yield from rest
    elif search.error is not None:
        yield f"{head}  {printable(str(search.error))}"
    else:
        done = f"{count(search.n_rounds, 'round')}, {count(len(search.tree) - 1, 'step')}"
        yield f"{head}  the same: {done}, {_ending(trace)}"
    if result.replay_id:
        yield f"replay {result.replay_id}"


def _ending(trace: Trace) -> str:
    if trace.stopped is None:
        return "as far as its process came"
    return f"answer {printable(trace.answer)}" if trace.answer is not None else "no answer"


def _as_json(result: Result) -> dict[str, Any]:
    search, outcome = result.finished.search, result.finished.outcome
    found: dict[str, Any] = {
        "trace_id": result.trace.id,
        "replay_id": result.replay_id or None,
        "same": result.difference is None and search.error is None,
        "n_rounds": search.n_rounds,
        "n_steps": len(search.tree) - 1,
        "answer": outcome.verdict.answer,
        "correct": outcome.correct,
    }
    if result.difference is not None:
        found["difference"] = differences.as_json(result.difference)
    elif search.error is not None:
        found["error"] = str(search.error)
    return found
