"""Adds traces up, by model, strategy and whatever else they differ in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from ..core.statistics import Interval, wilson
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
        n_ended: Those whose search has ended; the sums below are over these.
        n_graded: Those with a gold answer.
        flops: Of policy and scorers.
        paper_flops: As Wu et al. 2024 count.
    """

    key: Key
    n_traces: int = 0
    n_ended: int = 0
    n_graded: int = 0
    n_correct: int = 0
    n_generated: int = 0
    flops: float = 0.0
    paper_flops: float = 0.0
    elapsed_s: float = 0.0

    @property
    def accuracy(self) -> Interval | None:
        """The share of right answers with its 95 % interval, or None where nothing was graded."""
        return wilson(self.n_correct, self.n_graded) if self.n_graded else None


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
        select(SearchRow.run, SearchRow.stopped, SearchRow.correct, SearchRow.usage, SearchRow.elapsed_s)
        .add_columns(*(_COLUMNS[name] for name in by if name in _COLUMNS))
        .join(RunRow, RunRow.id == SearchRow.run)
        .where(*filters.conditions())
    )
    said = _of_settings(connection, [name for name in by if name in _SETTINGS])
    groups: dict[Key, Group] = {}
    for run, stopped, correct, usage, elapsed_s, *columns in connection.execute(query):
        key = _key(by, columns, said.get(run, {}))
        group = groups.setdefault(key, Group(key))
        group.n_traces += 1
        if stopped is not None:
            _add(group, correct, usage or {}, elapsed_s or 0.0)
    return groups


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


def _add(group: Group, correct: bool | None, usage: dict[str, dict[str, float]], elapsed_s: float) -> None:
    tokens, flops = usage.get("tokens", {}), usage.get("flops", {})
    group.n_ended += 1
    group.n_graded += correct is not None
    group.n_correct += bool(correct)
    group.n_generated += int(tokens.get("generated", 0))
    group.flops += flops.get("policy", 0.0) + flops.get("scorer", 0.0)
    group.paper_flops += flops.get("paper", 0.0)
    group.elapsed_s += elapsed_s
