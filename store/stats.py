"""Adds traces up, by model, strategy and whatever else they differ in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from ..core.records import BROKEN_OFF
from ..core.statistics import Interval, mean_interval
from .checking import size_of
from .database import Database
from .filters import Filters
from .schema import NodeRow, RunRow, SearchRow

_COLUMNS = {
    "model": RunRow.model,
    "strategy": RunRow.strategy,
    "dataset": SearchRow.dataset,
    "run": RunRow.id,
}
_SETTINGS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "options": lambda record: " ".join(f"{k}={v}" for k, v in record["strategy_options"].items()),
    "scorer": lambda record: next(iter(record["scorers"]), ""),
    "vote": lambda record: record["vote"],
    "prompt": lambda record: record["model"].get("prompt_format", ""),
}
KEYS = (*_COLUMNS, *_SETTINGS)
"""What traces can be told apart by: among them the strategy's options, the scorer that led, the vote, and the
digest of the prompt format."""

Key = tuple[str | int, ...]


@dataclass(slots=True)
class Group:
    """Traces that agree in something, added up.

    Attributes:
        key: What they agree in, in the order asked for.
        n_ended: Those whose search came to an end of its own; the sums below are over these.
        n_broken: Those that were interrupted or failed: they say nothing about accuracy.
        n_problems: The problems that were graded, each counted once however often it was searched.
        n_graded: Those with a gold answer.
        flops: Of policy and scorers.
        paper_flops: As Wu et al. 2024 count.
        elapsed_s: Seconds in which at least one of the searches went on.
        accuracy: The share of right answers with its 95 % interval, the mean over problems; None where
            nothing was graded.
    """

    key: Key
    n_traces: int = 0
    n_ended: int = 0
    n_broken: int = 0
    n_problems: int = 0
    n_graded: int = 0
    n_correct: int = 0
    n_generated: int = 0
    flops: float = 0.0
    paper_flops: float = 0.0
    elapsed_s: float = 0.0
    accuracy: Interval | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """All groups, and what they add up to.

    Attributes:
        groups: By their keys.
        n_bytes: Of the whole database, whatever was asked for; None where nobody can tell.
    """

    groups: tuple[Group, ...]
    n_runs: int
    n_traces: int
    n_nodes: int
    n_bytes: int | None


def stats_of(database: Database, filters: Filters, by: Sequence[str] = ("model", "strategy")) -> Stats:
    """Add up the traces that the filters take.

    Args:
        by: Names of `KEYS`.

    Raises:
        StoreError: If the database cannot be read.
    """
    chosen = select(SearchRow.id).join(RunRow, RunRow.id == SearchRow.run).where(*filters.conditions())
    nodes = select(func.count()).select_from(NodeRow).where(NodeRow.search.in_(chosen))
    runs = select(func.count(SearchRow.run.distinct())).where(SearchRow.id.in_(chosen))
    with database.snapshot() as connection:
        groups = _groups(connection, filters, by)
        return Stats(
            groups=tuple(groups[key] for key in sorted(groups)),
            n_runs=connection.execute(runs).scalar_one(),
            n_traces=sum(group.n_traces for group in groups.values()),
            n_nodes=connection.execute(nodes).scalar_one(),
            n_bytes=size_of(connection),
        )


def _groups(connection: Connection, filters: Filters, by: Sequence[str]) -> dict[Key, Group]:
    query = (
        select(SearchRow.run, *_SEARCHED)
        .add_columns(*(_COLUMNS[name] for name in by if name in _COLUMNS))
        .join(RunRow, RunRow.id == SearchRow.run)
        .where(*filters.conditions())
    )
    said = _of_settings(connection, [name for name in by if name in _SETTINGS])
    sums: dict[Key, _Sum] = {}
    for run, *row in connection.execute(query):
        searched, columns = _Searched(*row[: len(_SEARCHED)]), row[len(_SEARCHED) :]
        key = _key(by, columns, said.get(run, {}))
        sums.setdefault(key, _Sum(Group(key))).add(searched)
    return {key: each.group() for key, each in sums.items()}


def keys_of(connection: Connection, filters: Filters, by: Sequence[str]) -> dict[int, Key]:
    """Return what the searches that the filters take differ in, by the keys of their rows."""
    query = (
        select(SearchRow.id, SearchRow.run, *(_COLUMNS[name] for name in by if name in _COLUMNS))
        .join(RunRow, RunRow.id == SearchRow.run)
        .where(*filters.conditions())
    )
    said = _of_settings(connection, [name for name in by if name in _SETTINGS])
    return {
        search: _key(by, columns, said.get(run, {})) for search, run, *columns in connection.execute(query)
    }


def _key(by: Sequence[str], columns: Sequence[Any], said: Mapping[str, str]) -> Key:
    column = iter(columns)
    return tuple(next(column) if name in _COLUMNS else said[name] for name in by)


def _of_settings(connection: Connection, names: Sequence[str]) -> dict[int, dict[str, str]]:
    """Return what the settings of each run say, which no column holds."""
    if not names:
        return {}
    runs = connection.execute(select(RunRow.id, RunRow.settings))
    return {run: {name: _SETTINGS[name](record) for name in names} for run, record in runs}


class _Searched(NamedTuple):
    """What is added up of one search."""

    question: str
    gold: str | None
    root_seed: int
    started: datetime
    stopped: str | None
    correct: bool | None
    usage: dict[str, dict[str, float]] | None
    elapsed_s: float | None


_SEARCHED = [getattr(SearchRow, name) for name in _Searched._fields]


class _Sum:
    """Adds searches up. A problem's chance is the share of its searches that are right."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._right: dict[tuple[str, str | None], list[bool]] = {}
        self._draws: set[tuple[str, int]] = set()
        self._spans: list[tuple[datetime, datetime]] = []

    def add(self, search: _Searched) -> None:
        """Count one search; one that has not ended, or did not end by itself, tells no more than that."""
        self._group.n_traces += 1
        if search.stopped in BROKEN_OFF:
            self._group.n_broken += 1
        elif search.stopped is not None:
            self._count(search)

    def group(self) -> Group:
        """Return the sums."""
        group = self._group
        group.n_problems = len(self._right)
        group.elapsed_s = _covered_s(self._spans)
        if self._right:
            chances = [sum(each) / len(each) for each in self._right.values()]
            group.accuracy = mean_interval(chances, len(self._draws))
        return group

    def _count(self, search: _Searched) -> None:
        usage = search.usage or {}
        tokens, flops = usage.get("tokens", {}), usage.get("flops", {})
        group, elapsed = self._group, timedelta(seconds=search.elapsed_s or 0.0)
        group.n_ended += 1
        group.n_generated += int(tokens.get("generated", 0))
        group.flops += flops.get("policy", 0.0) + flops.get("scorer", 0.0)
        group.paper_flops += flops.get("paper", 0.0)
        self._spans.append((search.started, search.started + elapsed))
        if search.correct is not None:
            group.n_graded += 1
            group.n_correct += search.correct
            self._right.setdefault((search.question, search.gold), []).append(search.correct)
            self._draws.add((search.question, search.root_seed))


def covered_seconds(database: Database, traces: Sequence[str]) -> float:
    """Return the seconds in which at least one of some searches went on."""
    query = select(SearchRow.started, SearchRow.elapsed_s).where(SearchRow.trace.in_(traces))
    with database.snapshot() as connection:
        rows = connection.execute(query).all()
    return _covered_s([(begun, begun + timedelta(seconds=elapsed or 0.0)) for begun, elapsed in rows])


def _covered_s(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """Return the seconds that at least one of some spans covers."""
    covered, end = timedelta(), datetime.min
    for begun, ended in sorted(spans):
        covered += max(timedelta(), ended - max(begun, end))
        end = max(end, ended)
    return covered.total_seconds()
