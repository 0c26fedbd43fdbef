"""A model that stays open, and searches with it: from one thread, from many, or from asyncio."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from ..core.assembly import ModelSide, OpenedSide, SearchSide
from ..core.batch import Batch, Finished
from ..core.errors import UsageError
from ..core.records import ModelInfo, Problem
from ..core.run import check_observers
from ..core.run_record import RunRecord
from ..core.search import Search
from ..core.spec import RunSpec
from ..core.trace import trace_of
from ..plugins import registry
from ..plugins.models.transfer import Progress, silent
from ..store.database import Database, open_database
from ..store.holding import held
from ..store.recorder import Recorder
from .arguments import problems_of, spec_of
from .choosing import choose
from .driving import Driver
from .model_files import finder
from .open_results import OpenResults
from .result import Result
from .results import Results

FIXED = (
    *("model", "prompt", "policy", "policy_options", "scorers", "scorer_options"),
    *("grader", "grader_options", "n_active"),
)
"""Fields of a spec that belong to an open session: all of its searches share them."""


class Session:
    """A spec whose model is open.

    Attributes:
        spec: With the strategy that was chosen, where the given one names none.
        chosen: A line that says which strategy was chosen, and why; empty where the spec named it.

    Args:
        spec: What each search runs with, unless it says otherwise.
        db: Where traces go: a path or URL; `REASON_DB` or the user's data folder if not given.
        record: Whether traces are kept at all.
        observers: Who hears of all searches, as `core.hookspecs.Searching` has it.
        progress: Told of a download: bytes done, bytes in all, what.

    Raises:
        ReasonError: If a name or an option is wrong, or a model cannot be opened.
    """

    def __init__(
        self,
        spec: RunSpec,
        *,
        db: str | None = None,
        record: bool = True,
        observers: Iterable[object] = (),
        progress: Progress = silent,
    ) -> None:
        self.spec, self.chosen = choose(spec)
        side, model_side = SearchSide(self.spec, registry()), ModelSide(self.spec, registry())
        self._is_closed = False
        self._numbers = itertools.count()
        with ExitStack() as undo:
            self._database: Database | None = None
            if record:
                self._database = undo.enter_context(open_database(db))
            self._opened: OpenedSide = model_side.open(finder(progress))
            self._run = side.run(self._opened.policy, self._opened.scorers, observers)
            undo.callback(self._run.close)
            self.driver = Driver(self._run)
            self.open_results = OpenResults(self.driver)
            self._closing = undo.pop_all()

    @property
    def model(self) -> ModelInfo:
        """The model that proposes steps."""
        return self._opened.policy.info

    @property
    def counters(self) -> Any:
        """What the engine has done so far; None for a policy that does not count."""
        return self._opened.policy.counters

    def solve(
        self,
        problems: str | Problem | Iterable[str | Problem],
        *,
        spec: RunSpec | None = None,
        observers: Iterable[object] = (),
        closes_session: bool = False,
        **changes: Any,
    ) -> Results[Result]:
        """Search for all problems together, and yield each result as its search finishes.

        Args:
            problems: Questions, or problems with their right answers; one alone will do.
            spec: What to run in place of the session's own.
            observers: Who hears of these searches alone.
            closes_session: Whether the session closes with these results.
            changes: What is other than in the session's spec, as `arguments.spec_of` takes it. Model, prompt,
                policy, scorers, grader and `n_active` are the session's.

        Raises:
            UsageError: If a name or an option is wrong.
        """
        spec = spec_of(spec or self.spec, changes)
        fixed = [name for name in FIXED if getattr(spec, name) != getattr(self.spec, name)]
        if fixed:
            raise UsageError(
                f"'{fixed[0]}' belongs to the open session and cannot change.", hint="Open another session."
            )
        results = _Solving(self, SearchSide(spec, registry()), problems_of(problems), observers)
        if closes_session:
            results.closing.callback(self.close)
        return results

    def record(self, spec: RunSpec) -> RunRecord:
        """Return what a run with a spec would be recorded as."""
        return self._opened.record(self._opened.leading(SearchSide(spec, registry())))

    async def asolve(
        self, problems: str | Problem | Iterable[str | Problem], **more: Any
    ) -> AsyncIterator[Result]:
        """Do as `solve` does, without blocking the event loop; cancelling it stops its searches."""
        results = await asyncio.to_thread(self.solve, problems, **more)  # it may wait for the database
        try:
            while (result := await asyncio.to_thread(next, results, None)) is not None:
                yield result
        finally:
            results.stop()
            await asyncio.to_thread(results.close)

    def stop(self) -> None:
        """End all searches with what they have; may be called from a signal handler."""
        self._run.stop()

    def close(self) -> None:
        """End what is under way, record it, and free the model."""
        self.driver.expect_outside()
        if not self._is_closed:
            self._is_closed = True
            with self._closing:
                self.open_results.close()
                self.driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # What `_Solving` needs.

    def begin(self, searches: Iterable[Search], observers: Iterable[object]) -> Batch:
        """Submit searches."""
        if self._is_closed:
            raise UsageError("The session is closed.", hint="Open another one.")
        self.open_results.let_go()
        return self.driver.submit(searches, observers)

    def next_number(self) -> int:
        """Return a number that no other search of the session has."""
        return next(self._numbers)

    @property
    def opened(self) -> OpenedSide:
        """Policy and scorers."""
        return self._opened

    @property
    def database(self) -> Database | None:
        """Where traces go, if anywhere."""
        return self._database


class _Solving(Results[Result]):
    """The results of one call of `Session.solve`: a run of its own in the store."""

    def __init__(
        self, session: Session, side: SearchSide, problems: list[Problem], observers: Iterable[object]
    ) -> None:
        check_observers(observers := [*observers])
        self._session = session
        self._side = side = session.opened.leading(side)
        self._record: RunRecord = session.opened.record(side)
        self._vote = side.vote()
        self._recorder: Recorder | None = None
        self.closing = ExitStack()
        with ExitStack() as undo:
            if session.database is not None:
                self._recorder = Recorder(session.database, self._record, problems=problems)
                undo.enter_context(held(session.database, self._recorder.run))
            observers = [*([self._recorder] if self._recorder else []), *observers]
            self._batch = session.begin(self._searches(problems), observers)
            self.closing = undo.pop_all()
        session.open_results.add(self, self._batch, self.closing)

    @property
    def run(self) -> int:
        """The number of the run in the store; 0 where nothing is recorded."""
        return self._recorder.run if self._recorder else 0

    def __next__(self) -> Result:
        finished = self._session.driver.next_finished(self._batch)
        if finished is not None:
            return self._result(finished)
        self.close()
        if self._batch.error is not None:
            error, self._batch.error = self._batch.error, None
            raise error
        raise StopIteration

    def stop(self) -> None:
        """End all of its searches with what they have."""
        self._batch.stop()

    def close(self) -> None:
        """Stop what is under way, record it, and let the run go."""
        self._session.driver.expect_outside()
        self._batch.stop()
        try:
            self._session.driver.finish(self._batch)
        finally:
            self._session.open_results.remove(self)
            self.closing.close()

    def _searches(self, problems: Iterable[Problem]) -> Iterator[Search]:
        """Return what makes the searches, which does not hold these results: they may be dropped before."""
        session, side, record, vote = self._session, self._side, self._record, self._vote
        wants_hidden = record.spec.keeps_hidden or session.opened.wants_hidden
        return (
            side.search(
                problem,
                record,
                number=session.next_number(),
                place=place,
                vote=vote,
                wants_hidden=wants_hidden,
            )
            for place, problem in enumerate(problems)
        )

    def _result(self, finished: Finished) -> Result:
        search, outcome = finished
        trace_id = self._recorder.trace_id(search.number) if self._recorder else ""
        trace = trace_of(search, outcome, self._record, id=trace_id, run=self.run, shares_tree=True)
        return Result(trace, search.error)


def open_session(spec: RunSpec | Mapping[str, Any] | str | Path | None = None, **more: Any) -> Session:
    """Open a model and keep it open.

    Args:
        spec: What to run, or a file that says so; as by default where it says nothing.
        more: What is other than in the spec (`strategy="rebase"`, `width=8`, `max_tokens=200`), as
            `arguments.spec_of` takes it, and what `Session` takes: `db`, `record`, `observers`, `progress`.

    Raises:
        ReasonError: If a name or an option is wrong, or a model cannot be opened.
    """
    given = RunSpec.read(spec) if isinstance(spec, str | Path) else spec
    given = given if isinstance(given, RunSpec) else RunSpec.of(given or {})
    own = {name: more.pop(name) for name in ("db", "record", "observers", "progress") if name in more}
    return Session(spec_of(given, more), **own)


def solve(question: str | Problem, *, gold: str | float | None = None, **more: Any) -> Result:
    """Solve one problem with a model that is opened for it: the one-line case.

    Args:
        question: What to solve.
        gold: The right answer, to compare with.
        more: As `open` takes it.

    Raises:
        ReasonError: If it is not one question, a name or an option is wrong, a model cannot be opened, or the
            search failed before it found any solution.
    """
    problems = problems_of(question)
    if len(problems) != 1:
        raise UsageError(
            f"One question is wanted, and {len(problems)} came.", hint="A session's solve takes many."
        )
    (problem,) = problems
    with open_session(**more) as session:
        (result,) = session.solve(problem if gold is None else replace(problem, gold=str(gold)))
    if isinstance(result.error, Exception) and not result.solutions:
        raise result.error
    return result
