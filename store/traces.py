"""Reads recorded searches back, as records: the very tree that was searched, and how it ended."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from ..core.errors import StoreError, UsageError
from ..core.garbage import rare_collections
from ..core.records import (
    Answer,
    End,
    Flops,
    Problem,
    Prompt,
    RecordedRound,
    Spent,
    Step,
    Tally,
    Tokens,
)
from ..core.run_record import RunRecord
from ..core.trace import Trace
from ..core.tree import Tree
from .database import Database
from .expansions import of_row
from .filters import EVERYTHING, Filters
from .packing import unpack_floats, unpack_ints
from .schema import NodeRow, RoundRow, RunRow, ScoreRow, SearchRow, TallyRow

_LEAST_OF_AN_ID = 4  # characters that may stand for a whole id


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One line of a list of traces.

    Attributes:
        run: The run's number; `kind` is `live`, or `replay` for one that replays another.
        started: In UTC, without a zone.
        index: The problem's place in its data set.
        stopped: None where the process ended before the search did, or still searches.
        usage: `tokens` and `flops` by name; None where the search has not ended.
        n_steps: How many nodes the tree has below its root.
    """

    id: str
    run: int
    kind: str
    started: datetime
    strategy: str
    model: str
    dataset: str
    index: int
    question: str
    gold: str | None
    answer: str | None
    correct: bool | None
    stopped: str | None
    usage: dict[str, Any] | None
    elapsed_s: float | None
    n_steps: int


def load_trace(database: Database, trace: str) -> Trace:
    """Read one trace.

    Raises:
        StoreError: If there is none of this id.
    """
    with database.snapshot() as connection, Session(connection) as session:
        search = session.scalar(select(SearchRow).where(SearchRow.trace == trace))
        if search is None:
            raise StoreError(f"The trace database {database.name} has no trace '{trace}'.")
        return _trace(session, search)


def newest_id(database: Database) -> str:
    """Return the id of the search that was begun last.

    Raises:
        StoreError: If there is none.
    """
    newest = list_traces(database, limit=1)
    if not newest:
        raise StoreError(f"{database.name} has no trace yet.", hint="'reason solve' records one.")
    return newest[0].id


def list_traces(
    database: Database, filters: Filters = EVERYTHING, *, limit: int | None = 20
) -> list[TraceSummary]:
    """Return the newest traces, newest first; all of them if `limit` is None."""
    last_node = select(func.max(NodeRow.node)).where(NodeRow.search == SearchRow.id).scalar_subquery()
    query = (
        select(
            SearchRow.trace.label("id"),
            SearchRow.run,
            RunRow.kind,
            SearchRow.started,
            RunRow.strategy,
            RunRow.model,
            SearchRow.dataset,
            SearchRow.problem_index.label("index"),
            SearchRow.question,
            SearchRow.gold,
            SearchRow.answer,
            SearchRow.correct,
            SearchRow.stopped,
            SearchRow.usage,
            SearchRow.elapsed_s,
            func.coalesce(last_node, 0).label("n_steps"),
        )
        .join(RunRow, RunRow.id == SearchRow.run)
        .where(*filters.conditions())
        .order_by(SearchRow.id.desc())
        .limit(limit)
    )
    with database.snapshot() as connection:
        return [TraceSummary(**row) for row in connection.execute(query).mappings()]


def full_ids(database: Database, names: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of traces, each named by its id or by four or more characters that it alone begins with.

    Raises:
        StoreError: If a name is of no trace, or of several.
    """
    with database.snapshot() as connection:
        return tuple(_full_id(connection, database.name, name) for name in dict.fromkeys(names))


def _full_id(connection: Connection, database: str, name: str) -> str:
    begins = SearchRow.trace.startswith(name, autoescape=True)
    wanted = begins if len(name) >= _LEAST_OF_AN_ID else SearchRow.trace == name
    query = select(SearchRow.trace).where(wanted).order_by(SearchRow.trace)
    # SQLite's LIKE does not tell capitals from small letters.
    found = [trace for trace in connection.execute(query).scalars() if trace.startswith(name)]
    if name in found:
        return name
    if not found:
        raise StoreError(
            f"The trace database {database} has no trace '{name}'.",
            hint=f"Give {_LEAST_OF_AN_ID} characters of its id or more."
            if len(name) < _LEAST_OF_AN_ID
            else "",
        )
    if len(found) > 1:
        raise StoreError(
            f"The trace database {database} has {len(found):,} traces that begin with '{name}'.",
            hint=f"Say more of it, such as {found[0]} or {found[1]}.",
        )
    return found[0]


def record_of(stored: dict[str, Any]) -> RunRecord:
    """Rebuild a run's record from its stored form.

    Raises:
        StoreError: If another version of reasontree stored something that this one does not know.
    """
    try:
        return RunRecord.of(stored)
    except (KeyError, TypeError, UsageError) as error:
        version = stored.get("version", "unknown")
        raise StoreError(
            f"A run was stored by reasontree {version} and its settings cannot be read by this one: {error}."
        ) from error


def _trace(session: Session, search: SearchRow) -> Trace:
    record = record_of(session.get_one(RunRow, search.run).settings)
    usage = search.usage or {"tokens": {}, "flops": {}}
    return Trace(
        id=search.trace,
        run=search.run,
        number=search.number,
        record=record,
        problem=Problem(search.question, search.gold, search.problem_index, search.dataset),
        prompt=Prompt(search.prompt, unpack_ints(search.prompt_tokens)),
        rounds=tuple(_rounds(session, search.id)),
        tree=_tree(session, search, record),
        stopped=search.stopped,
        error=search.error,
        answer=search.answer,
        correct=search.correct,
        tallies=tuple(_tallies(session, search.id)),
        tokens=Tokens(**usage["tokens"]),
        flops=Flops(**usage["flops"]),
        elapsed_s=search.elapsed_s,
    )


def _rounds(session: Session, search: int) -> Iterator[RecordedRound]:
    rounds = select(RoundRow.__table__).where(RoundRow.search == search).order_by(RoundRow.number)
    for row in session.execute(rounds):
        yield RecordedRound(
            number=row.number,
            expansions=tuple(of_row(stored) for stored in row.expansions),
            first_ranks=tuple(stored[3] for stored in row.expansions),
            asked=row.asked,
            ended=row.ended,
            spent=_spent(row.usage),
        )


def _spent(usage: dict[str, Any] | None) -> Spent | None:
    if usage is None:
        return None
    return Spent(Tokens(**usage["tokens"]), Flops(**usage["flops"]), usage["elapsed_s"])


def _tallies(session: Session, search: int) -> Iterator[Tally]:
    rows = session.scalars(select(TallyRow).where(TallyRow.search == search).order_by(TallyRow.place))
    return (Tally(row.answer, row.count, row.weight) for row in rows)


@rare_collections()
def _tree(session: Session, search: SearchRow, record: RunRecord) -> Tree:
    """Grow the tree again: a node's number is its place in the order of growth."""
    prompt = Step(search.prompt, unpack_ints(search.prompt_tokens))
    tree = Tree(prompt, seed=search.root_seed, scorer=record.spec.scorer)
    nodes = select(NodeRow.__table__).where(NodeRow.search == search.id).order_by(NodeRow.node)
    for row in session.execute(nodes):  # plain rows: objects of the ORM would take half of the time
        if row.node != len(tree):
            raise _damaged(search, f"node {len(tree)} is missing")
        end = End(row.end) if row.end else None
        try:
            node = tree.add(row.parent, _step(row), round=row.round, rank=row.rank, end=end)
        except (ValueError, IndexError, struct.error) as error:
            raise _damaged(search, f"node {row.node}: {error}") from error
        if row.canonical is not None:
            node.answer = Answer(row.answer or "", row.canonical)
    for score in session.execute(select(ScoreRow.__table__).where(ScoreRow.search == search.id)):
        if score.node not in tree:
            raise _damaged(search, f"node {score.node} is missing")
        tree[score.node].scores[score.scorer] = score.value
    return tree


def _damaged(search: SearchRow, why: str) -> StoreError:
    return StoreError(f"The trace '{search.trace}' is damaged: {why}.", hint="'reason db check' finds more.")


def _step(row: Any) -> Step:
    return Step(
        text=row.text,
        tokens=unpack_ints(row.tokens),
        logprobs=unpack_floats(row.logprobs),
        end=End(row.step_end) if row.step_end else None,
        hidden=None if row.hidden is None else unpack_floats(row.hidden),
        said=row.said or "",
        n_given=row.n_given or 0,
        n_said=row.n_said or 0,
    )
