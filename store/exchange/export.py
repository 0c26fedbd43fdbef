"""Writes traces to a file of JSON lines, a few nodes at a time: memory does not grow with the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from ... import __version__
from ..database import Database
from ..filters import Filters
from ..schema import NodeRow, RoundRow, RunRow, ScoreRow, SearchRow, TallyRow
from . import lines

_N_NODES_AT_ONCE = 64
_PARENT = aliased(RunRow)


class Exported(NamedTuple):
    """What was written."""

    n_traces: int
    n_nodes: int


def export(
    database: Database, file: BinaryIO, traces: Sequence[str], filters: Filters, *, is_lean: bool = False
) -> Exported:
    """Write the traces that are named, or that the filters take, oldest first, with their runs.

    Args:
        is_lean: Leave out log-probabilities and hidden states, which no replay and no report needs.

    Raises:
        StoreError: If the database cannot be read.
        OSError: If the file cannot be written.
    """
    header = {"type": "header", "format": lines.FORMAT, "version": lines.VERSION, "program": __version__}
    file.write(lines.dump(header))
    n_traces = n_nodes = 0
    runs: set[int] = set()
    for search in _searches(database, traces, filters):
        with database.snapshot() as connection:
            for line in _search(connection, search, runs):
                if is_lean and line["type"] == "node":
                    line = _lean(line)
                n_traces += line["type"] == "trace"
                n_nodes += line["type"] == "node"
                file.write(lines.dump(line))
    file.write(lines.dump({"type": "end", "n_traces": n_traces}))
    return Exported(n_traces, n_nodes)


def _searches(database: Database, traces: Sequence[str], filters: Filters) -> list[int]:
    query = select(SearchRow.id).join(RunRow, RunRow.id == SearchRow.run).where(*filters.conditions())
    if traces:
        query = query.where(SearchRow.trace.in_(traces))
    with database.snapshot() as connection:
        return list(connection.execute(query.order_by(SearchRow.id)).scalars())


def _search(connection: Connection, search: int, runs: set[int]) -> Iterator[dict[str, Any]]:
    """Yield a search with all that belongs to it; first its run, unless it is among `runs` already."""
    row = connection.execute(select(SearchRow.__table__).where(SearchRow.id == search)).one_or_none()
    if row is None:
        return  # it was removed meanwhile
    yield from _run(connection, row.run, runs)
    uid = connection.execute(select(RunRow.uid).where(RunRow.id == row.run)).scalar_one()
    yield _trace(connection, row, uid)
    yield from _rounds(connection, search)
    yield from _nodes(connection, search)


def _run(connection: Connection, run: int | None, runs: set[int]) -> Iterator[dict[str, Any]]:
    if run is None or run in runs:
        return
    runs.add(run)
    query = select(RunRow.__table__, _PARENT.uid.label("parent_uid"))
    query = query.outerjoin(_PARENT, _PARENT.id == RunRow.parent).where(RunRow.id == run)
    row = connection.execute(query).one()
    yield from _run(connection, row.parent, runs)
    yield {
        "type": "run",
        "uid": row.uid,
        "parent": row.parent_uid,
        "kind": row.kind,
        "created": lines.moment_to_json(row.created),
        "version": row.version,
        "strategy": row.strategy,
        "model": row.model,
        "model_sha256": row.model_sha256,
        "settings": row.settings,
    }


def _trace(connection: Connection, row: Any, run: str) -> dict[str, Any]:
    tallies = select(TallyRow.answer, TallyRow.count, TallyRow.weight).where(TallyRow.search == row.id)
    text = lines.text_to_json
    return {
        "type": "trace",
        "id": row.trace,
        "run": run,
        "number": row.number,
        "dataset": row.dataset,
        "index": row.problem_index,
        "question": text(row.question),
        "gold": text(row.gold),
        "prompt": text(row.prompt),
        "prompt_tokens": lines.tokens_to_json(row.prompt_tokens),
        "root_seed": row.root_seed,
        "started": lines.moment_to_json(row.started),
        "stopped": row.stopped,
        "error": text(row.error),
        "answer": text(row.answer),
        "correct": row.correct,
        "usage": row.usage,
        "elapsed_s": row.elapsed_s,
        "tallies": [
            {"answer": text(answer), "count": count, "weight": weight}
            for answer, count, weight in connection.execute(tallies.order_by(TallyRow.place))
        ],
        "n_rounds": _count(connection, RoundRow, row.id),
        "n_nodes": _count(connection, NodeRow, row.id),
    }


def _rounds(connection: Connection, search: int) -> Iterator[dict[str, Any]]:
    rounds = select(RoundRow.__table__).where(RoundRow.search == search).order_by(RoundRow.number)
    for row in connection.execute(rounds):
        yield {
            "type": "round",
            "number": row.number,
            "asked": row.asked,
            "ended": row.ended,
            "expansions": [lines.expansion_to_json(stored) for stored in row.expansions],
            "usage": row.usage,
        }


def _count(connection: Connection, table: type[RoundRow] | type[NodeRow], search: int) -> int:
    return connection.execute(select(func.count()).where(table.search == search)).scalar_one()


def _nodes(connection: Connection, search: int) -> Iterator[dict[str, Any]]:
    query = select(NodeRow.__table__).where(NodeRow.search == search).order_by(NodeRow.node)
    streamed = connection.execution_options(yield_per=_N_NODES_AT_ONCE).execute(query)
    for rows in streamed.partitions():
        scores = _scores(connection, search, rows[0].node, rows[-1].node)
        yield from (_node(row, scores.get(row.node, {})) for row in rows)


def _scores(connection: Connection, search: int, first: int, last: int) -> dict[int, dict[str, float]]:
    query = (
        select(ScoreRow.node, ScoreRow.scorer, ScoreRow.value)
        .where(ScoreRow.search == search, ScoreRow.node.between(first, last))
        .order_by(ScoreRow.node, ScoreRow.scorer)
    )
    by_node = groupby(connection.execute(query), key=lambda row: row.node)
    return {node: {row.scorer: row.value for row in rows} for node, rows in by_node}


def _lean(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name != "hidden"} | {"logprobs": []}


def _node(row: Any, scores: dict[str, float]) -> dict[str, Any]:
    optional = {
        "hidden": lines.bytes_to_json(row.hidden),
        "said": lines.text_to_json(row.said),
        "n_given": row.n_given,
        "n_said": row.n_said,
        "step_end": row.step_end,
        "end": row.end,
        "answer": lines.text_to_json(row.answer),
        "canonical": lines.text_to_json(row.canonical),
        "scores": scores or None,
    }
    return {
        "type": "node",
        "node": row.node,
        "parent": row.parent,
        "rank": row.rank,
        "round": row.round,
        "position": row.position,
        "text": lines.text_to_json(row.text),
        "tokens": lines.tokens_to_json(row.tokens),
        "logprobs": lines.floats_to_json(row.logprobs),
    } | {name: value for name, value in optional.items() if value is not None}
