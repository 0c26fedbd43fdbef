"""An observer that writes every search to the database, round by round.

A round is one transaction, so a process that is killed loses at most the rounds in flight. If the database
fails in the middle of a search, the recorder raises `StoreError`: that search ends with what it has, and its
error says so.

Nodes are written in the order of their numbers, without a gap, so that a reader can grow the tree again with
the very same numbers. A strategy with several rounds in flight may end its second round before its first one
has scores: the first one's nodes are then written with the second round, and its own row and scores follow.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from ..core.hookspecs import hookimpl
from ..core.records import Outcome, Problem, RecordedRound, Spent
from ..core.requests import Proposal
from ..core.run_record import RunRecord
from ..core.search import Round, Search
from ..core.tree import Node, Tree
from .bulk import insert_all
from .database import Database
from .expansions import to_row
from .packing import pack_floats, pack_ints
from .schema import NodeRow, PlannedRow, RoundRow, RunRow, ScoreRow, SearchRow, TallyRow, column_text


@dataclass(slots=True)
class _Recording:
    """How far one search is written.

    Attributes:
        row: The key of its row.
        n_nodes: How many nodes are written; the root is part of the search's row.
        written: Rounds that another process has written, where this one goes on.
        under_way: Rounds of which a child has come back and which have no row yet.
    """

    row: int
    trace: str
    n_nodes: int = 1
    written: frozenset[int] = frozenset()
    under_way: dict[int, Round] = field(default_factory=dict)


class Recorder:
    """Records a run.

    Args:
        kind: `live`, or `replay` for a run that replays another.
        parent: The run that a replay replays.
        run: A run that is there and goes on; a new one is made if not given.
        problems: What a new run is going to search, numbered from 0; with them it can be resumed.
    """

    def __init__(
        self,
        database: Database,
        record: RunRecord,
        *,
        kind: str = "live",
        parent: int | None = None,
        run: int | None = None,
        problems: Iterable[Problem] = (),
    ) -> None:
        self.record = record
        self._database = database
        self._recordings: dict[int, _Recording] = {}  # by the search's number
        self.run = run or 0
        if run is None:
            with database.transaction() as connection:
                self.run = _new_run(connection, record, kind, parent)
                insert_all(connection, PlannedRow, planned_rows(self.run, enumerate(problems)))

    def go_on(self, number: int, trace: str, row: int, *, n_nodes: int, written: frozenset[int]) -> None:
        """Go on with a search that another process has begun to write.

        Args:
            row: The key of its row.
            n_nodes: How many nodes are there, the root included.
            written: The rounds that are there.
        """
        self._recordings[number] = _Recording(row, trace, n_nodes, written)

    def trace_id(self, number: int) -> str:
        """Return the trace id of a search that has started; empty if it never did."""
        recording = self._recordings.get(number)
        return recording.trace if recording else ""

    @hookimpl
    def search_started(self, search: Search) -> None:
        """Write the search, unless it goes on with one that is there."""
        if search.number in self._recordings:
            return
        trace = secrets.token_hex(6)
        planned = delete(PlannedRow).where(PlannedRow.run == self.run, PlannedRow.number == search.place)
        with self._database.transaction() as connection:
            connection.execute(planned)
            row = _insert(
                connection,
                SearchRow,
                trace=trace,
                run=self.run,
                number=search.place,
                problem_index=search.problem.index,
                dataset=column_text(search.problem.dataset),
                question=search.problem.text,
                gold=search.problem.gold,
                prompt=search.prompt.text,
                prompt_tokens=pack_ints(search.prompt.tokens),
                root_seed=search.tree.root.seed,
                started=_now(),
            )
        self._recordings[search.number] = _Recording(row, trace)

    @hookimpl
    def child_proposed(self, search: Search, proposal: Proposal) -> None:
        """Keep the round in mind: if the search fails, its nodes may be in the tree without it ending."""
        recording = self._recordings.get(search.number)
        if recording is not None and proposal.round not in recording.written:
            recording.under_way.setdefault(proposal.round, search.rounds[proposal.round])

    @hookimpl
    def steps_added(self, search: Search, round: Round) -> None:
        """Write a round with its nodes and their scores; it is the newest one that has ended."""
        recording = self._recordings[search.number]
        if round.number in recording.written:
            return
        recording.under_way[round.number] = round
        with self._database.transaction() as connection:
            self._write_nodes(connection, recording, search.tree)
            _write_rounds(connection, recording, [search.history[-1]])
            _write_scores(connection, recording, (search.tree[node] for node in round.added))
        recording.n_nodes = max(recording.n_nodes, len(search.tree))
        del recording.under_way[round.number]

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Write how it ended, and what a failure had left unwritten."""
        recording = self._recordings.get(search.number)
        if recording is None:
            return  # it failed before it had a prompt
        left = [node for node in search.tree if node.round in recording.under_way]
        grown = {node.round for node in left}
        rounds = [round for number, round in sorted(recording.under_way.items()) if number in grown]
        records = [search.record(round, outcome.elapsed_s) for round in rounds]
        with self._database.transaction() as connection:
            self._write_nodes(connection, recording, search.tree)
            _write_rounds(connection, recording, records)
            _write_scores(connection, recording, left)
            _write_outcome(connection, recording, outcome)
        recording.n_nodes = len(search.tree)
        recording.under_way.clear()

    def _write_nodes(self, connection: Connection, recording: _Recording, tree: Tree) -> None:
        """Write all nodes that are in the tree and not yet in the database."""
        nodes = [tree[number] for number in range(recording.n_nodes, len(tree))]
        places = zip(nodes, _positions(nodes, recording.under_way.values()), strict=True)
        rows = [_node_row(recording.row, node, position) for node, position in places]
        if not self.record.spec.keeps_hidden:
            rows = [row | {"hidden": None} for row in rows]
        insert_all(connection, NodeRow, rows)


def _positions(nodes: Iterable[Node], rounds: Iterable[Round]) -> Iterator[int]:
    """Yield which expansion of its round each node belongs to; a chain's nodes to that of its top."""
    of_place = {
        (expansion.node, rank): position
        for round in rounds
        for position, (expansion, ranks) in enumerate(zip(round.expansions, round.ranks, strict=True))
        for rank in ranks
    }
    of_node: dict[int | None, int] = {}
    for node in nodes:
        position = of_place.get((node.parent or 0, node.rank))
        of_node[node.id] = of_node[node.parent] if position is None else position
        yield of_node[node.id]


def _write_rounds(connection: Connection, recording: _Recording, rounds: Iterable[RecordedRound]) -> None:
    rows = [
        {
            "search": recording.row,
            "number": round.number,
            "asked": round.asked,
            "ended": round.ended,
            "expansions": [
                to_row(expansion, first)
                for expansion, first in zip(round.expansions, round.first_ranks, strict=True)
            ],
            "usage": round.spent and _usage(round.spent),
        }
        for round in rounds
    ]
    insert_all(connection, RoundRow, rows)


def _usage(spent: Spent) -> dict[str, Any]:
    return {
        "tokens": spent.tokens._asdict(),
        "flops": spent.flops._asdict(),
        "elapsed_s": spent.elapsed_s,
    }


def _write_scores(connection: Connection, recording: _Recording, nodes: Iterable[Node]) -> None:
    rows = [
        {"search": recording.row, "node": node.id, "scorer": scorer, "value": value}
        for node in nodes
        for scorer, value in node.scores.items()
    ]
    insert_all(connection, ScoreRow, rows)


def _write_outcome(connection: Connection, recording: _Recording, outcome: Outcome) -> None:
    ending = {
        "stopped": outcome.stopped,
        "error": outcome.error or None,
        "answer": outcome.verdict.answer,
        "correct": outcome.correct,
        "usage": {"tokens": outcome.tokens._asdict(), "flops": outcome.flops._asdict()},
        "elapsed_s": outcome.elapsed_s,
    }
    tallies = [
        {"search": recording.row, "place": place} | asdict(tally)
        for place, tally in enumerate(outcome.verdict.tallies)
    ]
    connection.execute(update(SearchRow).where(SearchRow.id == recording.row).values(**ending))
    insert_all(connection, TallyRow, tallies)


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
        "said": step.said or None,
        "n_given": step.n_given or None,
        "n_said": step.n_said or None,
        "step_end": step.end,
        "end": node.end,
        "answer": answer.text if answer else None,
        "canonical": answer.canonical if answer else None,
    }


def _new_run(connection: Connection, record: RunRecord, kind: str, parent: int | None) -> int:
    return _insert(
        connection,
        RunRow,
        uid=secrets.token_hex(6),
        kind=kind,
        parent=parent,
        created=_now(),
        version=record.version,
        strategy=record.spec.strategy,
        model=column_text(record.model.name),
        model_sha256=record.model.sha256,
        settings=record.to_dict(),
    )


def planned_rows(run: int, problems: Iterable[tuple[int, Problem]]) -> list[dict[str, Any]]:
    """Return the rows of `PlannedRow` for the problems of a run, each with its search's number."""
    return [
        {
            "run": run,
            "number": number,
            "problem_index": problem.index,
            "dataset": column_text(problem.dataset),
            "question": problem.text,
            "gold": problem.gold,
        }
        for number, problem in problems
    ]


def _insert(connection: Connection, table: type[RunRow] | type[SearchRow], **values: Any) -> int:
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None, "both tables have a key that the database makes"
    return int(key[0])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)  # UTC everywhere; SQLite keeps no zone
