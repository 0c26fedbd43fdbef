"""Searches what a study lacks: in this process, one run after the other, each model opened once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, Self

from ...core.errors import BusyError
from ...core.records import Problem
from ...core.spec import RunSpec
from ...plugins import registry
from ...plugins.models.transfer import Progress, silent
from ...plugins.policies.llama_cpp.library import usable_cores
from ...store.database import Database, open_database
from ..result import Result
from ..results import Results
from ..resuming import resume
from ..session import Session
from .plan import PlannedRun, model_key
from .recorded import Recorded, recorded


class Searched(NamedTuple):
    """A problem of a run that has just been searched."""

    run: PlannedRun
    result: Result


class Searcher:
    """Searches runs of a study, and keeps the last model open in between.

    Args:
        db: Where traces go.
        progress: Told of a download.
        observers: Who hears of the searches that begin here.
        n_beside: Processes that share this machine; each takes its part of the threads.
    """

    def __init__(
        self, db: str, progress: Progress = silent, *, observers: Sequence[object] = (), n_beside: int = 1
    ) -> None:
        self._db = db
        self._observers = observers
        self._n_beside = n_beside
        self._progress = progress
        self._session: Session | None = None
        self._opened = ""
        self._at_work: Results[Result] | None = None
        self.is_stopped = False

    def recorded(self, database: Database, run: PlannedRun, problems: Sequence[Problem]) -> Recorded:
        """Look what is there of a run; its model is opened, since only that tells how it is recorded."""
        return recorded(database, self._session_for(run.spec).record(run.spec), problems)

    def search(
        self, run: PlannedRun, problems: Sequence[Problem], *, most: int | None = None
    ) -> Iterator[Searched]:
        """Search those of the problems that are not recorded, and yield them as they finish.

        What another process has begun with, and died, goes on from its last settled round. What another one
        is searching right now is left to it.

        Args:
            most: Begin with no more problems than this, and go on with none.

        Raises:
            ReasonError: If a model cannot be opened, or the database refuses.
        """
        with open_database(self._db) as database:
            found = self.recorded(database, run, problems)
        unfinished = found.unfinished if most is None else ()
        if unfinished:
            self.close()  # a run that goes on opens its model itself
        for number in unfinished:
            with suppress(BusyError):
                yield from self._take(run, resume(number, db=self._db, progress=self._progress))
        if found.missing and not self.is_stopped:
            session = self._session_for(run.spec)
            results = session.solve(
                found.missing[:most], spec=self._sharing(run.spec), observers=self._observers
            )
            yield from self._take(run, results)

    def stop(self) -> None:
        """End what is under way with what it has; a signal handler may call it."""
        self.is_stopped = True
        if self._at_work is not None:
            self._at_work.stop()

    def close(self) -> None:
        """Free the model."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _take(self, run: PlannedRun, results: Results[Result]) -> Iterator[Searched]:
        with results:
            self._at_work = results
            if self.is_stopped:
                results.stop()
            try:
                for result in results:
                    yield Searched(run, result)
            finally:
                self._at_work = None

    def _session_for(self, spec: RunSpec) -> Session:
        key = model_key(spec)
        if self._session is None or key != self._opened:
            self.close()
            self._session = Session(self._sharing(spec), db=self._db, progress=self._progress)
            self._opened = key
        return self._session

    def _sharing(self, spec: RunSpec) -> RunSpec:
        """Return a spec that takes its part of the threads, unless it says how many."""
        takes_threads = "threads" in registry().get("policy", spec.policy).Options.model_fields
        if self._n_beside == 1 or not takes_threads or "threads" in spec.policy_options:
            return spec
        threads = max(1, usable_cores() // self._n_beside)
        return spec.changed(policy_options={"threads": threads})
