"""What is left of a run whose process was killed or interrupted, made ready to go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Row, delete, func, null, select, update

from ..core.errors import StoreError
from ..core.records import BROKEN_OFF, End, Problem
from .bulk import insert_all
from .database import Database
from .recorder import planned_rows
from .schema import NodeRow, PlannedRow, RoundRow, RunRow, ScoreRow, SearchRow, TallyRow

_UNENDED = dict.fromkeys(("stopped", "error", "answer", "correct", "usage", "elapsed_s"), null())


@dataclass(frozen=True, slots=True)
class Begun:
    """A search that is partly there: the key of its row, its trace's id, and the rounds that are there."""

    row: int
    trace: str
    number: int
    written: frozenset[int]


@dataclass(frozen=True, slots=True)
class Planned:
    """A problem that no search has started with."""

    number: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a run has left to do, and how many searches have ended, have right answers, and are right."""

    begun: tuple[Begun, ...]
    planned: tuple[Planned, ...]
    n_ended: int
    n_graded: int
    n_correct: int

    def __len__(self) -> int:
        return len(self.begun) + len(self.planned)


def take_up(database: Database, run: int, *, retries_failed: bool = False) -> Remaining:
    """Return what a run has left, after taking back what an interruption did to it.

    A search that was interrupted gave its last rounds up in the middle of their steps, and voted on what
    there was: those rounds and that vote are removed, as if it had been killed.

    Args:
        retries_failed: Whether searches that failed begin again, from their prompts.

    Raises:
        StoreError: If there is no such run, or it is a replay.
    """
    with database.transaction() as connection:
        kind = connection.scalar(select(RunRow.kind).where(RunRow.id == run))
        if kind is None:
            raise StoreError(f"The trace database {database.name} has no run {run}.")
        if kind != "live":
            raise StoreError(f"Run {run} is a replay.", hint="Replay again instead: 'reason replay'.")
        if retries_failed:
            _plan_again(connection, run)
        for search in _searches(connection, run, "interrupted"):
            _take_back(connection, search.id)
        ended = select(func.count(SearchRow.stopped)).where(SearchRow.run == run)
        counts = func.count(SearchRow.correct), func.sum(SearchRow.correct.cast(Integer))
        whole = select(*counts).where(SearchRow.run == run, SearchRow.stopped.not_in(BROKEN_OFF))
        n_ended = connection.execute(ended).scalar_one()
        n_graded, n_correct = connection.execute(whole).one()
        return Remaining(
            begun=tuple(_begun(connection, run)),
            planned=tuple(_planned(connection, run)),
            n_ended=n_ended,
            n_graded=n_graded,
            n_correct=n_correct or 0,
        )


def _searches(connection: Connection, run: int, stopped: str | None) -> list[Row[Any]]:
    query = select(SearchRow.__table__).where(SearchRow.run == run, SearchRow.stopped == stopped)
    return list(connection.execute(query.order_by(SearchRow.number)))


def _plan_again(connection: Connection, run: int) -> None:
    """Let failed searches go, and plan their problems."""
    failed = _searches(connection, run, "failed")
    connection.execute(delete(SearchRow).where(SearchRow.id.in_([search.id for search in failed])))
    problems = [
        (each.number, Problem(each.question, each.gold, each.problem_index, each.dataset)) for each in failed
    ]
    insert_all(connection, PlannedRow, planned_rows(run, problems))


def _take_back(connection: Connection, search: int) -> None:
    """Remove the vote, and all rounds from the first one on that holds a step that was cut.

    Rounds come back whole, one after the other, so these are the newest nodes.
    """
    of_search = NodeRow.search == search
    cut = select(NodeRow.round).where(of_search, NodeRow.end == End.CUT.value)
    first = connection.scalar(select(func.min(NodeRow.node)).where(of_search, NodeRow.round.in_(cut)))
    if first is not None:
        connection.execute(delete(ScoreRow).where(ScoreRow.search == search, ScoreRow.node >= first))
        connection.execute(delete(NodeRow).where(of_search, NodeRow.node >= first))
    whole = select(NodeRow.round).where(of_search)
    connection.execute(delete(RoundRow).where(RoundRow.search == search, RoundRow.number.not_in(whole)))
    connection.execute(delete(TallyRow).where(TallyRow.search == search))
    connection.execute(update(SearchRow).where(SearchRow.id == search).values(**_UNENDED))


def _begun(connection: Connection, run: int) -> Iterator[Begun]:
    for search in _searches(connection, run, None):
        rounds = connection.execute(select(RoundRow.number).where(RoundRow.search == search.id)).scalars()
        yield Begun(search.id, search.trace, search.number, frozenset(rounds))


def _planned(connection: Connection, run: int) -> Iterator[Planned]:
    query = select(PlannedRow.__table__).where(PlannedRow.run == run).order_by(PlannedRow.number)
    for row in connection.execute(query):
        yield Planned(row.number, Problem(row.question, row.gold, row.problem_index, row.dataset))
