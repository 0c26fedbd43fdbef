"""Runs what `reason replay` asked for: the same searches again, or others over the same steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..core.kinds import Policy, Scorer
from ..core.loop import Finished
from ..core.records import Budget
from ..core.replay.checker import Checker
from ..core.replay.difference import Difference
from ..core.replay.playback import Playback, Replayed
from ..core.replay.pooled import Drawing, OnMiss, PooledPolicy, PooledScorer
from ..core.replay.recorded import RecordedPolicy, RecordedScorer
from ..core.run import Run
from ..core.trace import Trace
from ..plugins import registry
from ..store.database import Database, open_database, open_for_reading
from ..store.filters import Filters
from ..store.recorder import Recorder
from ..store.runs import settings_of_run, traces_by_run
from ..store.traces import full_ids, load_trace
from .recast import Changes, Recast
from .solving import interruptible

if TYPE_CHECKING:
    from .live import Live


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be replayed, and how.

    Attributes:
        traces: Ids; none takes what the filters take.
        on_miss: What to do where a pool has too few steps.
        live: The model that goes on there, if any.
        record: Whether the replay is kept as a run of its own.
    """

    traces: Sequence[str]
    filters: Filters
    changes: Changes = field(default_factory=Changes)
    on_miss: OnMiss = "stop"
    live: Live | None = None
    record: bool = True
    db: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One trace that was replayed.

    Attributes:
        recast: Strategy and settings of the replay.
        replay_id: Of the trace that was made; empty if none was.
        difference: What the replay did otherwise, where it was to do the same.
    """

    trace: Trace
    recast: Recast
    finished: Finished
    replay_id: str
    difference: Difference | None


def replay(wish: Wish) -> Iterator[Result]:
    """Replay, and yield each trace as it is done.

    Raises:
        ReasonError: If a trace, a strategy or a model is missing.
    """
    with _database(wish) as database:
        named = full_ids(database, wish.traces)
        for run, traces in traces_by_run(database, named, wish.filters).items():
            with ExitStack() as opened:
                yield from _Replaying(database, run, wish, opened).results(traces)


def _database(wish: Wish) -> Database:
    return open_database(wish.db, must_exist=True) if wish.record else open_for_reading(wish.db)


class _Replaying:
    """The traces of one run, replayed with one policy."""

    def __init__(self, database: Database, run: int, wish: Wish, opened: ExitStack) -> None:
        self._database = database
        self._recast = Recast(settings_of_run(database, run), wish.changes)
        self._draws = wish.changes.of_search
        self._is_live = wish.live is not None
        settings = self._recast.settings
        policy, scorers = self._plugins(wish, opened)
        self._recorder = Recorder(database, settings, kind="replay", parent=run) if wish.record else None
        observers: list[Any] = [policy, Checker(same_vote=not wish.changes.of_vote)]
        self._run = Run(
            policy,
            grader=self._recast.grader(),
            vote=self._recast.vote(),
            scorers=scorers,
            aggregation=settings.aggregation,
            observers=[*observers, self._recorder] if self._recorder else observers,
            who=registry().who,
        )
        opened.callback(self._run.close)

    def results(self, traces: Sequence[str]) -> Iterator[Result]:
        """Replay, and yield each trace as it is done."""
        searches = (self._search(load_trace(self._database, trace)) for trace in traces)
        with interruptible(self._run.stop) if self._is_live else nullcontext():
            for finished in self._run.searches(searches):
                search = finished.search
                assert isinstance(search, Replayed), "all of them are"
                replay_id = self._recorder.trace_id(search.number) if self._recorder else ""
                difference = search.difference if isinstance(search, Playback) else None
                yield Result(search.trace, self._recast, finished, replay_id, difference)

    def _search(self, trace: Trace) -> Replayed:
        strategy = self._recast.strategy(trace.problem)
        if self._draws:
            return Drawing(trace, strategy, scorer=self._recast.scorer, seed=self._recast.settings.seed)
        return Playback(trace, strategy, budget=Budget(samples=trace.settings.budget.samples))

    def _plugins(self, wish: Wish, opened: ExitStack) -> tuple[Policy, Sequence[Scorer]]:
        settings = self._recast.settings
        if not self._draws:
            recorded = RecordedPolicy(settings.model)
            return recorded, [RecordedScorer(name, recorded) for name in settings.scorers]
        live = wish.live.open(settings, opened) if wish.live else None
        pooled = PooledPolicy(settings.model, on_miss=wish.on_miss, live=live.policy if live else None)
        scorers = live.scorers if live else {}
        return pooled, [PooledScorer(name, pooled, scorers.get(name)) for name in settings.scorers]
