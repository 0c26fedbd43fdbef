"""What recorded steps are like: whether first steps say anything, how long steps are, how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Integer, Row, func, select

from ...core.records import BROKEN
from ...core.statistics import Interval, wilson
from ...core.step_content import bare_text, has_number
from ...core.tree import ROOT
from ..database import Database
from ..filters import Filters
from ..packing import INT_BYTES
from ..schema import NodeRow, RunRow, SearchRow
from ..stats import Key, keys_of


@dataclass(slots=True)
class StepFigures:
    """The steps of traces that agree in something, added up.

    Attributes:
        key: What they agree in, in the order asked for.
        n_first: Steps right behind the prompt.
        n_first_without_number: Those without a digit, labels such as "Step 2:" apart.
        n_first_with_colon: Those that end with a colon.
        n_steps: All steps with sampled tokens.
        n_tokens: Their sampled tokens.
        n_solutions: Nodes that ended by themselves or at a limit.
        n_solution_steps: The steps of all of these, since the user last spoke.
    """

    key: Key
    n_first: int = 0
    n_first_without_number: int = 0
    n_first_with_colon: int = 0
    n_steps: int = 0
    n_tokens: int = 0
    n_solutions: int = 0
    n_solution_steps: int = 0

    @property
    def without_number(self) -> Interval | None:
        """The share of first steps without a number, or None where there are none."""
        return wilson(self.n_first_without_number, self.n_first) if self.n_first else None

    @property
    def with_colon(self) -> Interval | None:
        """The share of first steps that end with a colon, or None where there are none."""
        return wilson(self.n_first_with_colon, self.n_first) if self.n_first else None

    @property
    def tokens_a_step(self) -> float | None:
        """Sampled tokens of a step, on average."""
        return self.n_tokens / self.n_steps if self.n_steps else None

    @property
    def depth(self) -> float | None:
        """Steps of a solution, on average."""
        return self.n_solution_steps / self.n_solutions if self.n_solutions else None


def step_figures(database: Database, filters: Filters, by: Sequence[str]) -> tuple[StepFigures, ...]:
    """Add up the steps of the traces that the filters take.

    Args:
        by: Names of `store.stats.KEYS`.

    Raises:
        StoreError: If the database cannot be read.
    """
    groups: dict[Key, StepFigures] = {}
    with database.snapshot() as connection:
        keys = keys_of(connection, filters, by)
        for search, nodes in groupby(_nodes(connection, filters), attrgetter("search")):
            key = keys[search]
            _add(groups.setdefault(key, StepFigures(key)), nodes)
    return tuple(groups[key] for key in sorted(groups))


def _nodes(connection: Connection, filters: Filters) -> Iterator[Row[Any]]:
    columns = (NodeRow.search, NodeRow.node, NodeRow.parent, NodeRow.text, NodeRow.said, NodeRow.end)
    n_tokens = func.length(NodeRow.tokens, type_=Integer) // INT_BYTES - func.coalesce(NodeRow.n_given, 0)
    step_start = RunRow.settings["prompt"]["step_start"].as_string()  # NULL where a format has none
    query = (
        select(*columns, n_tokens.label("n_tokens"), step_start.label("step_start"))
        .join(SearchRow, SearchRow.id == NodeRow.search)
        .join(RunRow, RunRow.id == SearchRow.run)
        .where(*filters.conditions())
        .order_by(NodeRow.search, NodeRow.node)
    )
    return iter(connection.execute(query))


def _add(figures: StepFigures, nodes: Iterator[Row[Any]]) -> None:
    """Add the nodes of one search, which come in the order of their growth."""
    depths = {ROOT: 0}
    for node in nodes:
        depths[node.node] = 1 if node.said else depths.get(node.parent, 0) + 1
        if node.n_tokens > 0:
            figures.n_steps += 1
            figures.n_tokens += node.n_tokens
        if node.parent == ROOT and not node.said:
            figures.n_first += 1
            label = node.step_start or ""
            figures.n_first_without_number += not has_number(node.text, label)
            figures.n_first_with_colon += bare_text(node.text, label).endswith(":")
        if node.end is not None and node.end not in BROKEN:
            figures.n_solutions += 1
            figures.n_solution_steps += depths[node.node]
