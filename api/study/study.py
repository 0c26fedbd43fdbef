"""A study from its plan to its last search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from ...core.records import Problem
from ...plugins.models.transfer import Progress, silent
from ...store.database import open_database
from ..pulse import PulseTaker
from .places import database_of, place_of
from .plan import PlannedRun, model_key, plan
from .report import StudyReport, report
from .running import Searcher
from .spec import StudySpec
from .workers import Progressed, Team, tasks_of

_N_CALIBRATING = 2  # problems whose searches tell how fast a model is


class Rate(NamedTuple):
    """How much a model writes, and how fast, as it was measured on this machine.

    Attributes:
        tokens: Mean tokens of a solution.
        tokens_per_s: Of all searches that were under way together.
    """

    tokens: float
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is left to do of a run.

    Attributes:
        problems: All of them; those that are recorded are passed over.
        n_left: How many are to be searched, or to be searched to their end.
        rate: None where nothing was measured.
    """

    run: PlannedRun
    problems: tuple[Problem, ...]
    n_left: int
    rate: Rate | None = None

    @property
    def n_solutions(self) -> int:
        """Solutions that are still to be looked for."""
        return self.n_left * self.run.n_samples

    @property
    def tokens(self) -> float | None:
        """Tokens that they will have, about; None where nothing was measured."""
        return None if self.rate is None else self.n_solutions * self.rate.tokens

    @property
    def seconds(self) -> float | None:
        """Seconds that they will take in one process, about; None where nothing was measured."""
        return None if self.rate is None or not self.tokens else self.tokens / self.rate.tokens_per_s


@dataclass(slots=True)
class Study:
    """What a study compares, and the database that its traces go to.

    Attributes:
        runs: What must be searched; all of its cells follow from them.
        is_stopped: Whether somebody has stopped it.

    Args:
        say: Told what a person should know.
        progress: Told of a download.
    """

    spec: StudySpec
    db: str
    say: Callable[[str], None] = lambda _: None
    progress: Progress = silent
    runs: Sequence[PlannedRun] = ()
    _stop: Callable[[], None] = lambda: None
    is_stopped: bool = False

    def __post_init__(self) -> None:
        self.runs = self.runs or plan(self.spec)

    def outstanding(self) -> list[Outstanding]:
        """Look what of every run is not recorded; each model is opened for it.

        Raises:
            ReasonError: If problems cannot be read, a model cannot be opened, or the database refuses.
        """
        problems = {id(run): tuple(run.data.problems()) for run in self.runs}
        with open_database(self.db) as database, closing(Searcher(self.db, self.progress)) as searcher:
            found = []
            for run in self.runs:
                there = searcher.recorded(database, run, problems[id(run)])
                found.append(Outstanding(run, problems[id(run)], len(problems[id(run)]) - there.n_done))
            return found

    def calibrated(self, left: Sequence[Outstanding]) -> list[Outstanding]:
        """Measure how much and how fast each model writes, by the first searches that are to be made anyway.

        Raises:
            ReasonError: As `search` does.
        """
        rates: dict[str, Rate] = {}
        with closing(Searcher(self.db, self.progress)) as searcher:
            self._stop = searcher.stop
            for each in left:
                key = model_key(each.run.spec)
                if key not in rates and each.n_left and not self.is_stopped:
                    rate = _measured(searcher, each)
                    rates |= {key: rate} if rate else {}
        counted = self.outstanding()
        return [
            Outstanding(each.run, each.problems, each.n_left, rates.get(model_key(each.run.spec)))
            for each in counted
        ]

    def search(self, left: Sequence[Outstanding], *, n_workers: int = 1) -> Iterator[Progressed]:
        """Search what is left, and yield each search as it finishes.

        Raises:
            ReasonError: If a model cannot be opened, the database refuses, or workers die again and again.
        """
        work = [(each.run, each.problems) for each in left if each.n_left]
        if n_workers > 1:
            team = Team(self.db, n_workers, self.say)
            self._stop = team.stop
            if not self.is_stopped:
                yield from team.search(tasks_of(work, n_workers))
            return
        pulse = PulseTaker(lambda pulse: self.say(str(pulse)))
        with closing(Searcher(self.db, self.progress, observers=[pulse])) as searcher:
            self._stop = searcher.stop
            for run, problems in work:
                if self.is_stopped:
                    return
                for _, result in searcher.search(run, problems):
                    yield Progressed.of(run, result)

    def stop(self) -> None:
        """End what is under way with what it has; a signal handler may call it."""
        self.is_stopped = True
        self._stop()


def study(
    spec: StudySpec | Mapping[str, Any] | str | Path,
    *,
    db: str | None = None,
    workers: int = 1,
    observe: Callable[[Progressed], None] | None = None,
) -> StudyReport:
    """Search all that a study compares, and report on it. What is recorded already is not searched again.

    Args:
        spec: What to compare; or its fields; or a file of TOML.
        db: Where traces go: a path or URL; beside the study's file, or the user's, if not given.
        workers: Processes side by side.
        observe: Called with each search that has finished.

    Raises:
        ReasonError: If the study is wrong, a model cannot be opened, or the database refuses.
    """
    own = database_of(spec) if isinstance(spec, str | Path) and db is None else db
    if not isinstance(spec, StudySpec):
        spec = StudySpec.of(spec) if isinstance(spec, Mapping) else StudySpec.read(spec)
    bench = Study(spec, place_of(own))
    for searched in bench.search(bench.outstanding(), n_workers=workers):
        if observe is not None:
            observe(searched)
    return report(bench.db, samples=spec.all_samples(), votes=spec.own_votes())


def _measured(searcher: Searcher, left: Outstanding) -> Rate | None:
    """Search the first problems of a run that are not recorded, and tell what they took."""
    began_s, n_tokens, n_solutions = monotonic(), 0, 0
    for _, result in searcher.search(left.run, left.problems, most=_N_CALIBRATING):
        n_tokens += result.tokens.generated
        n_solutions += left.run.n_samples
    if not n_tokens:
        return None
    return Rate(n_tokens / n_solutions, n_tokens / (monotonic() - began_s))
