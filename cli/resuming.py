"""Runs what `reason resume` asked for: rounds that were recorded are played, and then the model goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import click

from ..core.errors import ReplayError
from ..core.replay.checker import Checker
from ..core.replay.playback import Playback
from ..core.replay.recorded import RecordedPolicy, RecordedScorer
from ..core.run import Run
from ..core.search import Search
from ..core.settings import Settings
from ..core.text import json_text
from ..plugins import registry
from ..store.database import Database, open_database
from ..store.holding import held
from ..store.recorder import Recorder
from ..store.resuming import Left, take_up
from ..store.runs import settings_of_run
from ..store.traces import load_trace
from .live import Live, open_run, wanted_of
from .recast import Changes, Recast
from .show.result import as_json
from .show.summary import Summary
from .solving import interruptible, say


def resume(run: int, *, retries_failed: bool, db: str | None) -> int:
    """Go on with a run and return the exit code."""
    with open_database(db, must_exist=True) as database, held(database, run):
        settings = settings_of_run(database, run)
        left = take_up(database, run, retries_failed=retries_failed)
        if not len(left):
            say(f"Run {run} has nothing left to do: {_ended(left)}.")
            return 0
        say(f"Run {run}: {_ended(left)}, {len(left.begun)} go on, {len(left.planned)} begin.")
        with ExitStack() as opened:
            return _Resuming(database, run, settings, left, opened).work()


def _ended(left: Left) -> str:
    return "1 search had ended" if left.n_ended == 1 else f"{left.n_ended:,} searches had ended"


class _Resuming:
    """A run that goes on with the model that it had."""

    def __init__(
        self, database: Database, run: int, settings: Settings, left: Left, opened: ExitStack
    ) -> None:
        self._database = database
        self._left = left
        self._settings = settings
        self._recast = Recast(settings, Changes())
        live = open_run(wanted_of(settings, Live()))
        opened.callback(live.close)
        _check_model(live, run, settings)
        self._wants_hidden = settings.keeps_hidden or any(
            getattr(scorer, "wants_hidden", False) for scorer in live.scorers
        )
        self._recorder = Recorder(database, settings, run=run)
        recorded = RecordedPolicy(live.policy.info, live.policy)
        self._run = Run(
            recorded,
            grader=live.grader,
            vote=self._recast.vote(),
            scorers=[RecordedScorer(scorer.name, recorded, scorer) for scorer in live.scorers],
            aggregation=settings.aggregation,
            observers=[recorded, Checker(), self._recorder],
            who=registry().who,
        )

    def work(self) -> int:
        """Search all that is left, one JSON object a row as each search ends; return the exit code."""
        summary = Summary(len(self._left))
        with interruptible(self._run.stop):
            for finished in self._run.searches(self._searches()):
                number = finished.search.number
                found = as_json(finished, self._settings, self._recorder.trace_id(number))
                row: dict[str, Any] = {"index": finished.search.problem.index} | found
                click.echo(json_text(row))
                summary.add(finished)
                say(summary.progress())
        for line in summary.lines():
            say(line)
        return 1 if summary.n_failed or summary.n_interrupted or summary.n_done < len(self._left) else 0

    def _searches(self) -> Iterator[Search]:
        settings = self._settings
        for begun in self._left.begun:
            trace = load_trace(self._database, begun.trace)
            n_nodes = len(trace.tree)
            self._recorder.go_on(begun.number, begun.trace, begun.row, n_nodes=n_nodes, written=begun.written)
            strategy = self._recast.strategy(trace.problem)
            yield Playback(
                trace, strategy, budget=settings.budget, wants_hidden=self._wants_hidden, goes_on=True
            )
        for planned in self._left.planned:
            yield Search(
                planned.problem,
                self._recast.strategy(planned.problem),
                number=planned.number,
                seed=settings.seed,
                scorer=self._recast.scorer,
                budget=settings.budget,
                limits=settings.limits,
                sampling=settings.sampling,
                wants_hidden=self._wants_hidden,
            )


def _check_model(live: Run, run: int, settings: Settings) -> None:
    found, wanted = live.policy.info.sha256, settings.model.sha256
    if found != wanted:
        raise ReplayError(
            f"Run {run} was searched with '{settings.model.name}' of SHA-256 {wanted[:12] or 'unknown'}, and "
            f"the file that is there now has {found[:12] or 'none'}.",
            hint="Put the old file back, or start a new run.",
        )
