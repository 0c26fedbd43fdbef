"""An observer that writes every search to the database, round by round.

A round is one transaction, so a process that is killed loses at most the round in flight. If the database
fails in the middle of a search, that search ends with what it has, and its error says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from ..core.hookspecs import hookimpl
from ..core.records import Outcome
from ..core.run import Settings
from ..core.search import Round, Search
from ..core.tree import Node
from .database import Database
from .packing import pack_floats, pack_ints
from .schema import NodeRow, RoundRow, RunRow, ScoreRow, SearchRow, TallyRow


class Recorder:
    """Records a run.

    Args:
        kind: `live`, or `replay` for a run that replays another.
        parent: The run that a replay replays.
    """

    def __init__(
        self, database: Database, settings: Settings, *, kind: str = "live", parent: int | None = None
    ) -> None:
        self.settings = settings
        self._database = database
        self._searches: dict[int, tuple[int, str]] = {}  # search number → row, trace
        with database.transaction() as connection:
            self.run = _insert(
                connection,
                RunRow,
                kind=kind,
                parent=parent,
                created=_now(),
                version=settings.version,
                strategy=settings.strategy,
                model=settings.model.name,
                model_sha256=settings.model.sha256,
                settings=asdict(settings),
            )

    def trace_id(self, number: int) -> str:
        """Return the trace id of a search that has started; empty if it never did."""
        return self._searches.get(number, (0, ""))[1]

    @hookimpl
    def search_started(self, search: Search) -> None:
        """Write the search."""
        trace = secrets.token_hex(5)
        with self._database.transaction() as connection:
            row = _insert(
                connection,
                SearchRow,
                trace=trace,
                run=self.run,
                number=search.number,
                problem_index=search.problem.index,
                question=search.problem.text,
                gold=search.problem.gold,
                prompt=search.prompt.text,
                prompt_tokens=pack_ints(search.prompt.tokens),
                started=_now(),
            )
        self._searches[search.number] = (row, trace)

    @hookimpl
    def steps_added(self, search: Search, round: Round) -> None:
        """Write a round with its nodes and their scores."""
        row = self._searches[search.number][0]
        expansions = [
            [*expansion, ranks.start] for expansion, ranks in zip(round.expansions, round.ranks, strict=True)
        ]
        nodes = [
            _node_row(row, search.tree[node], position)
            for position, nodes in enumerate(round.nodes)
            for node in nodes
        ]
        with self._database.transaction() as connection:
            connection.execute(
                insert(RoundRow), [{"search": row, "number": round.number, "expansions": expansions}]
            )
            _insert_all(connection, NodeRow, nodes)
            _insert_all(connection, ScoreRow, _score_rows(row, (search.tree[node] for node in round.added)))

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Write how it ended."""
        row = self._searches.get(search.number, (None, ""))[0]
        if row is None:
            return  # it failed before it had a prompt
        ending = {
            "stopped": outcome.stopped,
            "error": outcome.error or None,
            "answer": outcome.verdict.answer,
            "correct": outcome.correct,
            "usage": {"tokens": outcome.tokens._asdict(), "flops": outcome.flops._asdict()},
            "elapsed_s": outcome.elapsed_s,
        }
        tallies = [
            {"search": row, "place": place} | asdict(tally)
            for place, tally in enumerate(outcome.verdict.tallies)
        ]
        with self._database.transaction() as connection:
            connection.execute(update(SearchRow).where(SearchRow.id == row).values(**ending))
            _insert_all(connection, TallyRow, tallies)


def _node_row(search: int, node: Node, position: int) -> dict[str, Any]:
    step, answer = node.step, node.answer
    return {
        "search": search,
        "node": node.id,
        "parent": node.parent,
        "rank": node.rank,
        "round": node.round,
        "position": position,
        "text": step.text,
        "tokens": pack_ints(step.tokens),
        "logprobs": pack_floats(step.logprobs),
        "hidden": None if step.hidden is None else pack_floats(step.hidden),
        "step_end": step.end,
        "end": node.end,
        "answer": answer.text if answer else None,
        "canonical": answer.canonical if answer else None,
    }


def _score_rows(search: int, nodes: Iterable[Node]) -> list[dict[str, Any]]:
    return [
        {"search": search, "node": node.id, "scorer": scorer, "value": value}
        for node in nodes
        for scorer, value in node.scores.items()
    ]


def _insert(connection: Connection, table: type[RunRow] | type[SearchRow], **values: Any) -> int:
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None, "both tables have a key that the database makes"
    return int(key[0])


def _insert_all(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)  # UTC everywhere; SQLite keeps no zone
