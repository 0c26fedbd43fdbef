"""Several processes that search one study side by side, over one database.

This process hands out the work: some problems of a run at a time. A worker that dies loses at most the rounds
under way; whoever gets its problems next goes on with the run that it has begun.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from ...core.errors import ReasonError
from ...core.records import Problem
from ..pulse import Pulse, PulseTaker
from ..result import Result
from .plan import PlannedRun, model_key
from .running import Searcher

_N_ATTEMPTS = 3  # workers that may die over the same problems
_SPAWN = multiprocessing.get_context("spawn")  # a fork would share llama.cpp's threads and the database


class Task(NamedTuple):
    """Some problems of a run.

    Attributes:
        number: Its own among all tasks.
    """

    number: int
    run: PlannedRun
    problems: tuple[Problem, ...]


class Progressed(NamedTuple):
    """A search that has finished in some process.

    Attributes:
        correct: Whether its answer is right.
        error: What went wrong; empty if nothing did.
    """

    run: PlannedRun
    n_generated: int
    correct: bool | None
    error: str

    @classmethod
    def of(cls, run: PlannedRun, result: Result) -> Progressed:
        """Tell what a person wants to know of a result."""
        error = "" if result.is_whole else str(result.error or result.stopped)
        return cls(run, result.tokens.generated, result.correct, error)


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    number: int
    task: Task | None = None
    model: str = ""


@dataclass(slots=True)
class Team:
    """Workers that share a list of tasks.

    Attributes:
        say: Told what a person should know, such as that a worker died.
    """

    db: str
    n_workers: int
    say: Callable[[str], None]
    _waiting: deque[Task] = field(default_factory=deque)
    _workers: list[_Worker] = field(default_factory=list)
    _deaths: Counter[int] = field(default_factory=Counter)
    _n_employed: int = 0
    _is_stopped: bool = False

    def search(self, tasks: Sequence[Task]) -> Iterator[Progressed]:
        """Search all tasks, and yield each search as it finishes.

        Raises:
            ReasonError: If a worker fails, or workers die over the same problems again and again.
        """
        self._waiting.extend(tasks)
        try:
            for _ in range(min(self.n_workers, len(tasks))):
                self._employ()
            while self._workers:
                yield from self._listen()
        finally:
            self._dismiss()

    def stop(self) -> None:
        """Let every worker end what it has under way, record it, and go; a signal handler may call it."""
        self._is_stopped = True
        for worker in self._workers:
            if worker.process.pid is not None and worker.process.is_alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.process.pid, signal.SIGTERM)

    def _employ(self) -> None:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(theirs, self.db, self.n_workers), daemon=True)
        process.start()
        theirs.close()
        self._n_employed += 1
        worker = _Worker(process, ours, self._n_employed)
        self._workers.append(worker)
        self._give(worker)

    def _give(self, worker: _Worker) -> None:
        """Give a worker a task, one of the model that it has open if there is any; None sends it home."""
        if self._is_stopped or not self._waiting:
            worker.task = None
        else:
            alike = (task for task in self._waiting if model_key(task.run.spec) == worker.model)
            worker.task = next(alike, self._waiting[0])
            worker.model = model_key(worker.task.run.spec)
            self._waiting.remove(worker.task)
        with contextlib.suppress(OSError):  # it is dead, and is listened to next
            worker.connection.send(worker.task)

    def _listen(self) -> Iterator[Progressed]:
        by_connection = {worker.connection: worker for worker in self._workers}
        for ready in wait([*by_connection]):
            worker = by_connection[ready]  # type: ignore[index]
            try:
                said = worker.connection.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            if isinstance(said, Progressed):
                yield said
            elif isinstance(said, Pulse):
                self.say(f"worker {worker.number}: {said}")
            elif isinstance(said, ReasonError):
                raise said
            else:
                self._give(worker)

    def _bury(self, worker: _Worker) -> None:
        """Take back what a dead worker had, and employ another one for it."""
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        task = worker.task
        if task is None or self._is_stopped:
            return
        self._deaths[task.number] += 1
        if self._deaths[task.number] >= _N_ATTEMPTS:
            raise ReasonError(
                f"{_N_ATTEMPTS} workers died over problems of '{task.run.name}', the last one with exit code "
                f"{worker.process.exitcode}.",
                hint="Try with fewer --workers; what was found is recorded.",
            )
        self.say(
            f"A worker died (exit code {worker.process.exitcode}); another one goes on with its problems."
        )
        self._waiting.appendleft(task)
        self._employ()

    def _dismiss(self) -> None:
        self.stop()
        for worker in self._workers:
            worker.connection.close()
            worker.process.join()
        self._workers.clear()


def tasks_of(work: Iterable[tuple[PlannedRun, Sequence[Problem]]], n_workers: int) -> list[Task]:
    """Split the problems of runs among workers, every n-th one to each."""
    parts = ((run, tuple(problems[i::n_workers])) for run, problems in work for i in range(n_workers))
    return [Task(number, *each) for number, each in enumerate(part for part in parts if part[1])]


def _work(connection: Connection, db: str, n_workers: int) -> None:
    """Be a worker: take tasks until there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one decides
    pulse = PulseTaker(connection.send)
    with Searcher(db, observers=[pulse], n_beside=n_workers) as searcher:
        signal.signal(signal.SIGTERM, lambda *_: searcher.stop())
        with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the first one is gone
            while (task := connection.recv()) is not None:
                try:
                    for run, result in searcher.search(task.run, task.problems):
                        connection.send(Progressed.of(run, result))
                except Exception as failed:  # noqa: BLE001 - the first process says it, in one line
                    connection.send(ReasonError(_said(failed)))
                    return
                connection.send("done")


def _said(error: Exception) -> str:
    return (
        str(error) if isinstance(error, ReasonError) else f"A worker failed: {type(error).__name__}: {error}."
    )
