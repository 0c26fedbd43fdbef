"""Recorded searches again: the same ones, or others over the same steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, get_args

from .. import __version__
from ..core.assembly import ModelSide, OpenedSide, SearchSide, versions
from ..core.errors import ReplayError, UsageError
from ..core.kinds import Policy, Scorer
from ..core.replay.checker import Checker
from ..core.replay.difference import Difference
from ..core.replay.playback import Playback, Replayed
from ..core.replay.pooled import Drawing, OnMiss, PooledPolicy, PooledScorer
from ..core.replay.recorded import RecordedPolicy, RecordedScorer
from ..core.run import Run
from ..core.run_record import RunRecord
from ..core.spec import DEFAULT_POLICY, RunSpec
from ..core.trace import Trace, trace_of
from ..plugins import registry
from ..plugins.models.transfer import Progress, silent
from ..store.database import Database, open_database, open_for_reading
from ..store.filters import EVERYTHING, Filters
from ..store.recorder import Recorder
from ..store.runs import record_of_run, traces_by_run
from ..store.traces import full_ids, load_trace
from .model_files import finder
from .result import Result
from .results import Results

_OF_THE_SEARCH = frozenset({"strategy", "strategy_options", "scorer", "seed"})
_OF_THE_VOTE = frozenset({"vote", "vote_options", "aggregation"})


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded search that was played again.

    Attributes:
        recorded: What was recorded.
        result: What came of it now; its `trace_id` is empty where it was not kept.
        difference: What it did otherwise, where it was to do the same.
    """

    recorded: Result
    result: Result
    difference: Difference | None = None

    @property
    def is_same(self) -> bool:
        """Whether nothing was other than recorded."""
        return self.difference is None and self.result.error is None


def replay(
    traces: str | Iterable[str] = (),
    *,
    run: int | Sequence[int] | None = None,
    filters: Filters = EVERYTHING,
    strategy: str | None = None,
    options: Mapping[str, Any] | None = None,
    vote: str | None = None,
    vote_options: Mapping[str, Any] | None = None,
    aggregation: str | None = None,
    scorer: str | None = None,
    seed: int | None = None,
    on_miss: OnMiss = "stop",
    model: str | None = None,
    policy: str | None = None,
    record: bool = True,
    db: str | None = None,
    progress: Progress = silent,
    **more: Any,
) -> Replays:
    """Search again over what was recorded, without a model.

    With nothing changed it is the same search, compared with its record. With another strategy, option,
    scorer or seed the recorded trees are pools from which steps are drawn without replacement; with another
    vote or aggregation the same tree is voted on again.

    Args:
        traces: Ids, or beginnings of them; with none, all of `run`, or all that the filters take.
        run: A run's number, or several.
        options: Of the strategy; added to the recorded ones unless the strategy changes.
        scorer: Whose recorded scores lead.
        on_miss: What to do where too few steps were recorded: `stop`, or `resample` some again.
        model, policy: Who goes on there instead; empty leaves it as recorded, a model alone means llama.cpp.
        record: Whether the replay is kept as a run of its own.
        more: Options of the strategy by name, such as `width=8`.

    Raises:
        ReasonError: If nothing says what to replay, a trace, a plugin or a model is missing, or an option is
            wrong.
    """
    given = {
        "strategy": strategy,
        "strategy_options": {**(options or {}), **more} or None,
        "vote": vote,
        "vote_options": dict(vote_options) if vote_options else None,
        "aggregation": aggregation,
        "scorer": scorer,
        "seed": seed,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    names = [traces] if isinstance(traces, str) else list(traces)
    filters = only_live(names, filters, run)
    if on_miss not in get_args(OnMiss):
        raise UsageError(f"on_miss takes {' or '.join(get_args(OnMiss))}, and '{on_miss}' came.")
    live = {"model": model or "", "policy": policy or ""} if model or policy else None
    if live and not changes.keys() & _OF_THE_SEARCH:
        raise UsageError(
            "A model goes on only where another search asks for more than was recorded.",
            hint="Say which search: another strategy, option, scorer or seed.",
        )
    if live and on_miss == "resample":
        raise UsageError("Either a model goes on, or steps are drawn again: a model or on_miss resample.")
    return Replays(names, filters, _Changes(changes, on_miss, live, progress), record, db)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What is other than recorded, and what happens where too little was recorded."""

    values: Mapping[str, Any]
    on_miss: OnMiss
    live: Mapping[str, str] | None
    progress: Progress

    @property
    def draws(self) -> bool:
        """Whether another tree may come of them."""
        return bool(self.values.keys() & _OF_THE_SEARCH)

    @property
    def votes_again(self) -> bool:
        """Whether another answer may come of the same tree."""
        return bool(self.values.keys() & _OF_THE_VOTE)


class Replays(Results[Replay]):
    """The replays of all runs, one run after the other.

    Attributes:
        changes_anything: Whether anything is other than recorded, so that no difference is looked for.
    """

    def __init__(
        self, names: list[str], filters: Filters, changes: _Changes, record: bool, db: str | None
    ) -> None:
        self._changes = changes
        self.changes_anything = changes.draws or changes.votes_again
        self._keeps = record
        self._now: _RunAgain | None = None
        with ExitStack() as undo:
            database = open_database(db, must_exist=True) if record else open_for_reading(db)
            self._database: Database = undo.enter_context(database)
            runs = traces_by_run(self._database, full_ids(self._database, names), filters)
            self._replays = self._all(runs)
            self._closing = undo.pop_all()

    def __next__(self) -> Replay:
        return next(self._replays)

    def stop(self) -> None:
        """End what is searched now with what it has."""
        if self._now is not None:
            self._now.stop()

    def close(self) -> None:
        """Let everything go."""
        self._replays.close()  # type: ignore[attr-defined]  # a generator's
        self._closing.close()

    def _all(self, runs: Mapping[int, list[str]]) -> Iterator[Replay]:
        for run, traces in runs.items():
            with ExitStack() as opened:
                self._now = _RunAgain(self._database, run, self._changes, self._keeps, opened)
                yield from self._now.replays(traces)


class _RunAgain:
    """The traces of one run, played again with one policy."""

    def __init__(
        self, database: Database, run: int, changes: _Changes, keeps: bool, opened: ExitStack
    ) -> None:
        self._database = database
        self._changes = changes
        recorded = record_of_run(database, run)
        spec = changed(recorded.spec, changes.values)
        check_installed(spec, recorded.spec)
        self._side = SearchSide(spec, registry())
        self._record = RunRecord(self._side.spec, recorded.model, __version__, versions())
        self._recorder = Recorder(database, self._record, kind="replay", parent=run) if keeps else None
        policy, scorers = self._plugins(recorded.spec, opened)
        checker = Checker(same_vote=not changes.votes_again)
        observers = [policy, checker, *([self._recorder] if self._recorder else [])]
        self._run: Run = self._side.run(policy, scorers, observers)
        opened.callback(self._run.close)

    def stop(self) -> None:
        """End everything with what it has."""
        self._run.stop()

    def replays(self, traces: Iterable[str]) -> Iterator[Replay]:
        """Play, and yield each trace as it is done."""
        searches = (self._search(load_trace(self._database, trace)) for trace in traces)
        for search, outcome in self._run.searches(searches):
            assert isinstance(search, Replayed), "all of them are"
            trace_id = self._recorder.trace_id(search.number) if self._recorder else ""
            run = self._recorder.run if self._recorder else 0
            again = trace_of(search, outcome, self._record, id=trace_id, run=run, shares_tree=True)
            difference = search.difference if isinstance(search, Playback) else None
            yield Replay(Result(search.trace), Result(again, search.error), difference)

    def _search(self, trace: Trace) -> Replayed:
        strategy, spec = self._side.strategy(trace.problem), self._record.spec
        if self._changes.draws:
            return Drawing(trace, strategy, scorer=spec.scorer, seed=spec.seed)
        return Playback(trace, strategy)

    def _plugins(self, recorded: RunSpec, opened: ExitStack) -> tuple[Policy, list[Scorer]]:
        names, model = list(self._record.spec.scorers), self._record.model
        if not self._changes.draws:
            record = RecordedPolicy(model)
            return record, [RecordedScorer(name, record) for name in names]
        live = self._live(recorded, opened)
        pooled = PooledPolicy(model, on_miss=self._changes.on_miss, live=live.policy if live else None)
        scorers = {scorer.name: scorer for scorer in live.scorers} if live else {}
        return pooled, [PooledScorer(name, pooled, scorers.get(name)) for name in names]

    def _live(self, recorded: RunSpec, opened: ExitStack) -> OpenedSide | None:
        """Open who goes on where too little was recorded, if anybody does."""
        if self._changes.live is None:
            return None
        model, policy = self._changes.live["model"], self._changes.live["policy"]
        policy = policy or (DEFAULT_POLICY if model else recorded.policy)
        live = recorded.changed(policy=policy, model=model or (recorded.model if takes(policy) else ""))
        if not registry().get("policy", policy).takes_model:
            live = live.model_copy(update={"prompt": {}})
        side = ModelSide(live, registry()).open(finder(self._changes.progress))
        opened.callback(side.close)
        return side


def only_live(traces: Sequence[str], filters: Filters, run: int | Sequence[int] | None = None) -> Filters:
    """Let filters take no replays, which say nothing that their parents do not, unless they are meant.

    Args:
        run: Takes the traces of this run, or of these runs, alone.

    Raises:
        UsageError: If nothing says which traces are meant.
    """
    if run is not None:
        filters = replace(filters, runs=(run,) if isinstance(run, int) else tuple(run))
    if not (traces or filters.any):
        raise UsageError("Nothing says what to replay.", hint="Name traces, or choose some by their run.")
    is_open = not traces and not filters.runs and filters.kind is None
    return replace(filters, kind="live") if is_open else filters


def changed(recorded: RunSpec, changes: Mapping[str, Any]) -> RunSpec:
    """Return a recorded spec with changes; a `scorer` among them leads, and nothing hidden is kept."""
    others = {name: value for name, value in changes.items() if name != "scorer"}
    scorers = recorded.scorers
    if leading := changes.get("scorer"):
        scorers = {leading: scorers.get(leading, {})} | scorers
    return recorded.changed(**others, scorers=scorers, keeps_hidden=False)


def check_installed(spec: RunSpec, recorded: RunSpec) -> None:
    """Look whether the plugins that a run was recorded with are there, where no other ones are wanted.

    Raises:
        ReplayError: If not, naming the plugin.
    """
    for kind in ("strategy", "vote", "grader"):
        name = getattr(recorded, kind)
        if name == getattr(spec, kind) and name and name not in registry().names(kind):
            more = "" if kind == "grader" else f", or choose another one with --{kind}"
            raise ReplayError(
                f"The run was recorded with the {kind} '{name}', which is not installed here.",
                hint=f"Install the package that has it{more}.",
            )


def takes(policy: str) -> bool:
    """Whether a policy is made with a model's file or address."""
    plugin: type[Policy] = registry().get("policy", policy)
    return plugin.takes_model or plugin.takes_address
