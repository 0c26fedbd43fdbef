"""What of a study is recorded already, by this study or by whatever else: searches count by what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.errors import ReasonError
from ...core.records import BROKEN_OFF, Problem
from ...core.run_record import RunRecord
from ...plugins import registry
from ...store.database import Database
from ...store.runs import ProblemKey, problems_of_runs, records_of_runs
from .plan import is_independent

_FREE = ("vote", "vote_options", "aggregation", "n_active", "keeps_hidden", "model", "scorer_options")
_OF_CHAINS = ("strategy", "strategy_options", "scorers", "leads")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What there is of a run.

    Attributes:
        n_done: How many of the problems have been searched to an end of their own.
        missing: Those that nobody has begun with.
        unfinished: Runs that have begun with others: their numbers.
    """

    n_done: int
    missing: tuple[Problem, ...]
    unfinished: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.missing or self.unfinished)


def recorded(database: Database, wanted: RunRecord, problems: Sequence[Problem]) -> Recorded:
    """Look what a database has of a run.

    Raises:
        StoreError: If the database cannot be read.
    """
    runs = [run for run, record in _readable(database) if holds(record, wanted)]
    done: set[ProblemKey] = set()
    begun: dict[ProblemKey, int] = {}
    for run, key, stopped in problems_of_runs(database, runs):
        if stopped is not None and stopped not in BROKEN_OFF:
            done.add(key)
        elif stopped != "failed":
            begun[key] = run
    left = [each for each in problems if ProblemKey.of(each) not in done]
    missing = tuple(each for each in left if ProblemKey.of(each) not in begun)
    unfinished = {begun[key] for key in map(ProblemKey.of, left) if key in begun}
    return Recorded(len(problems) - len(left), missing, tuple(sorted(unfinished)))


def holds(found: RunRecord, wanted: RunRecord) -> bool:
    """Whether searches of one run would do for another one: the same trees, or at least as many chains."""
    if _of_model(found) != _of_model(wanted):
        return False
    if not is_independent(wanted.spec):
        return _deciding(found) == _deciding(wanted)
    if not is_independent(found.spec) or _deciding(found, *_OF_CHAINS) != _deciding(wanted, *_OF_CHAINS):
        return False
    has_scores = all(found.spec.scorers.get(name) == options for name, options in wanted.spec.scorers.items())
    return has_scores and found.spec.strategy_options["width"] >= wanted.spec.strategy_options["width"]


def _of_model(record: RunRecord) -> tuple[str, ...]:
    model = record.model
    return record.spec.policy, model.sha256 or model.name, model.prompt_format


def _deciding(record: RunRecord, *but: str) -> Mapping[str, Any]:
    """Return what decides a run's trees."""
    free = {*_FREE, *but}
    if registry().get("policy", record.spec.policy).takes_model:
        free.add("policy_options")  # how the engine uses the machine
    values = record.spec.to_dict(whole=True) | {"leads": record.spec.scorer}
    return {name: value for name, value in values.items() if name not in free}


def _readable(database: Database) -> Iterable[tuple[int, RunRecord]]:
    """Yield live runs, without those of plugins that are not here."""
    plugins = registry()
    for run, record in records_of_runs(database):
        try:
            plugins.get("strategy", record.spec.strategy)
            plugins.get("policy", record.spec.policy)
        except ReasonError:
            continue
        yield run, record
