"""What recording costs: nodes that are written in bulk, and its share of a real run's time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

from reasontree.core import ROOT, Expansion, Limits, Problem, Proposal, Step
from reasontree.core.hookspecs import hookimpl
from reasontree.core.records import ModelInfo, Prompt
from reasontree.core.run_record import RunRecord
from reasontree.core.search import Search
from reasontree.core.spec import RunSpec
from reasontree.plugins.policies.llama_cpp import LlamaCpp
from reasontree.plugins.strategies.rebase import Rebase
from reasontree.store.database import Database, open_database
from reasontree.store.recorder import Recorder
from workloads import QUESTIONS, GrowsTo, search_all

_RECORD = RunRecord(RunSpec(policy="benchmark", vote="majority"), ModelInfo("benchmark"), "0")
_STEP = Step("So there are 270 books, and 87 of them are lent out.\n", tuple(range(20)), (-0.123456789,) * 20)
_N_PER_ROUND = 1000


@contextmanager
def _databases() -> Iterator[dict[str, Database]]:
    """Open SQLite in a new file, and PostgreSQL where the tests have it."""
    with TemporaryDirectory() as folder:
        found = {"SQLite": open_database(f"{folder}/traces.db")}
        if os.environ.get("REASON_TEST_POSTGRES"):
            found["PostgreSQL"] = open_database(os.environ["REASON_TEST_POSTGRES"])
        yield found
        for database in found.values():
            database.close()


def write_in_bulk(n_nodes: int) -> dict[str, float]:
    """Write a search of many nodes with a score each; return nodes a second for each database."""
    with _databases() as databases:
        return {name: _write(database, n_nodes) for name, database in databases.items()}


def _write(database: Database, n_nodes: int) -> float:
    recorder = Recorder(database, _RECORD)
    search = Search(Problem("Q?"), GrowsTo(0))
    search.plant(Prompt("Q?"))
    recorder.search_started(search)
    seconds = 0.0
    for number in range(1, n_nodes // _N_PER_ROUND + 1):
        search.open_round([Expansion(ROOT, _N_PER_ROUND)])
        round = search.rounds[number]
        for child in range(_N_PER_ROUND):
            round.proposals[0, child] = Proposal(0, number, 0, child, (_STEP,))
        search.grow(round)
        for node in round.added:
            search.tree[node].scores["confidence"] = 0.5
        search.settle(round, elapsed_s=0.0)
        started = time.perf_counter()
        recorder.steps_added(search, round)
        seconds += time.perf_counter() - started
    return n_nodes / seconds


@dataclass
class TimedRecorder:
    """A recorder whose every call is timed."""

    recorder: Recorder
    seconds: float = field(default=0.0)

    def _timed(self, work: Callable[..., None], **arguments: Any) -> None:
        started = time.perf_counter()
        work(**arguments)
        self.seconds += time.perf_counter() - started

    @hookimpl
    def search_started(self, search: Any) -> None:
        self._timed(self.recorder.search_started, search=search)

    @hookimpl
    def child_proposed(self, search: Any, proposal: Any) -> None:
        self._timed(self.recorder.child_proposed, search=search, proposal=proposal)

    @hookimpl
    def steps_added(self, search: Any, round: Any) -> None:
        self._timed(self.recorder.steps_added, search=search, round=round)

    @hookimpl
    def search_finished(self, search: Any, outcome: Any) -> None:
        self._timed(self.recorder.search_finished, search=search, outcome=outcome)


def share_of_a_run(policy: LlamaCpp, limits: Limits) -> dict[str, float]:
    """Run REBASE on all questions with a recorder; return its share of the time for each database."""
    with _databases() as databases:
        return {name: _share(policy, limits, database) for name, database in databases.items()}


def _share(policy: LlamaCpp, limits: Limits, database: Database) -> float:
    timed = TimedRecorder(Recorder(database, _RECORD))
    searches: Sequence[Rebase] = [
        Rebase(Rebase.Options(width=16, allocation="exact"), None) for _ in QUESTIONS
    ]
    seconds = search_all(policy, searches, limits, observers=[timed]).seconds
    return timed.seconds / seconds
