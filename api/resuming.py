"""A run that was killed or interrupted goes on: its rounds are played again, and then the model goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from ..core.assembly import ModelSide, OpenedSide, SearchSide
from ..core.errors import ReplayError
from ..core.replay.checker import Checker
from ..core.replay.playback import Playback
from ..core.replay.recorded import RecordedPolicy, RecordedScorer
from ..core.run import Run
from ..core.run_record import RunRecord
from ..core.search import Search
from ..core.spec import RunSpec
from ..core.trace import trace_of
from ..plugins import registry
from ..plugins.models.transfer import Progress, silent
from ..store.database import open_database
from ..store.holding import held
from ..store.recorder import Recorder
from ..store.resuming import Remaining, take_up
from ..store.runs import record_of_run
from ..store.traces import load_trace
from .model_files import finder
from .replaying import check_installed, takes
from .result import Result
from .results import Results


def resume(
    run: int, *, retries_failed: bool = False, db: str | None = None, progress: Progress = silent
) -> Resumed:
    """Go on with a run: searches that finished are kept, the others go on from their last settled round.

    Args:
        retries_failed: Whether searches that failed begin again.

    Raises:
        ReasonError: If there is no such run, another process searches it, or its model is not what it was.
    """
    return Resumed(run, retries_failed, db, progress)


class Resumed(Results[Result]):
    """The results of what was left of a run.

    Attributes:
        left: What was left to do, and how many searches had finished.
    """

    def __init__(self, run: int, retries_failed: bool, db: str | None, progress: Progress) -> None:
        self._number = run
        self._run: Run | None = None
        with ExitStack() as undo:
            self._database = undo.enter_context(open_database(db, must_exist=True))
            undo.enter_context(held(self._database, run))
            self._record: RunRecord = record_of_run(self._database, run)
            self.left: Remaining = take_up(self._database, run, retries_failed=retries_failed)
            self._results = self._open(progress, undo) if len(self.left) else iter(())
            self._closing = undo.pop_all()

    @property
    def run(self) -> int:
        """The run's number."""
        return self._number

    def __len__(self) -> int:
        return len(self.left)

    def __next__(self) -> Result:
        return next(self._results)

    def stop(self) -> None:
        """End all searches with what they have."""
        if self._run is not None:
            self._run.stop()

    def close(self) -> None:
        """Let everything go."""
        self._closing.close()

    def _open(self, progress: Progress, undo: ExitStack) -> Iterator[Result]:
        spec = self._record.spec
        check_installed(spec, spec)
        self._side = SearchSide(spec, registry())
        self._opened = _open_as_recorded(spec, progress)
        undo.callback(self._opened.close)
        self._check_model()
        self._recorder = Recorder(self._database, self._record, run=self.run)
        policy = RecordedPolicy(self._opened.policy.info, self._opened.policy)
        scorers = [RecordedScorer(scorer.name, policy, scorer) for scorer in self._opened.scorers]
        self._run = self._side.run(policy, scorers, [policy, Checker(), self._recorder])
        undo.callback(self._run.grader.close)
        return self._search(self._run)

    def _search(self, run: Run) -> Iterator[Result]:
        for search, outcome in run.searches(self._searches()):
            trace_id = self._recorder.trace_id(search.number)
            trace = trace_of(search, outcome, self._record, id=trace_id, run=self.run, shares_tree=True)
            yield Result(trace, search.error)

    def _searches(self) -> Iterator[Search]:
        spec = self._record.spec
        wants_hidden = spec.keeps_hidden or self._opened.wants_hidden
        for begun in self.left.begun:
            trace = load_trace(self._database, begun.trace)
            n_nodes = len(trace.tree)
            self._recorder.go_on(begun.number, begun.trace, begun.row, n_nodes=n_nodes, written=begun.written)
            strategy = self._side.strategy(trace.problem)
            yield Playback(trace, strategy, wants_hidden=wants_hidden, goes_on=True)
        for planned in self.left.planned:
            yield self._side.search(
                planned.problem, self._record, number=planned.number, wants_hidden=wants_hidden
            )

    def _check_model(self) -> None:
        found, wanted = self._opened.policy.info.sha256, self._record.model.sha256
        if found != wanted:
            raise ReplayError(
                f"Run {self.run} was searched with '{self._record.model.name}' of SHA-256 "
                f"{wanted[:12] or 'unknown'}, and the file that is there now has {found[:12] or 'none'}.",
                hint="Put the old file back, or start a new run.",
            )
        found, wanted = self._opened.policy.info.prompt_format, self._record.model.prompt_format
        if found != wanted:
            raise ReplayError(
                f"Run {self.run} asked '{self._record.model.name}' with the prompt format "
                f"{wanted or 'unknown'}, and it is asked with {found or 'unknown'} now.",
                hint="Start a new run.",
            )


def _open_as_recorded(spec: RunSpec, progress: Progress) -> OpenedSide:
    model = spec.model if takes(spec.policy) else ""
    return ModelSide(spec.changed(model=model), registry()).open(finder(progress))
