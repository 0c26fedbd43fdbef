"""Reads traces from a file of JSON lines into a database, each trace whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, delete, insert, select

from ...core.errors import StoreError
from ...core.records import End
from ..bulk import insert_all
from ..database import Database
from ..schema import NodeRow, RoundRow, RunRow, ScoreRow, SearchRow, TallyRow
from ..traces import record_of
from .lines import VERSION, EndLine, HeaderLine, NodeLine, RoundLine, RunLine, TraceLine
from .reader import DamagedError, Lines

_N_ROWS_AT_ONCE = 1000
_N_BYTES_AT_ONCE = 4_000_000


@dataclass(slots=True)
class Imported:
    """What came of a file.

    Attributes:
        n_new: Traces that were not there.
        n_known: Traces that were there already, and stay as they are.
        n_ended: Traces that were there without their end, and are now whole.
        n_damaged: Traces that could not be read.
        problem: The first thing that was wrong, with its line; empty if nothing was.
    """

    n_new: int = 0
    n_known: int = 0
    n_ended: int = 0
    n_damaged: int = 0
    problem: str = ""


def import_lines(database: Database, file: Iterable[bytes], name: str) -> Imported:
    """Import all traces of a file that are not in the database yet.

    A damaged trace is left out, and the others are imported.

    Args:
        name: What to call the file before a person.

    Raises:
        StoreError: If the file is none of ours, or newer than this program, or the database refuses.
    """
    lines = Lines(file)
    first = lines.peek()
    if first is None or not isinstance(first.line, HeaderLine):
        raise StoreError(f"{name} is not an export of reasontree: it has no header.")
    return _Importer(database, lines, name).run()


class _Importer:
    def __init__(self, database: Database, lines: Lines, name: str) -> None:
        self._database = database
        self._lines = lines
        self._name = name
        self._runs: dict[str, RunLine] = {}
        self._found = Imported()

    def run(self) -> Imported:
        ended = False
        while (here := self._lines.take()) is not None:
            ended = isinstance(here.line, EndLine)
            if isinstance(here.line, HeaderLine):  # another one, where files were joined
                self._check(here.line)
            elif isinstance(here.line, RunLine):
                self._runs[here.line.uid] = here.line
            elif isinstance(here.line, TraceLine):
                self._import(here.line, here.number)
            elif not ended:
                self._note(f"line {here.number}: {here.problem or 'it belongs to no trace'}")
        if not ended:
            self._note("it ends early")
        return self._found

    def _check(self, header: HeaderLine) -> None:
        if header.version > VERSION:
            raise StoreError(
                f"{self._name} has version {header.version} of the format (reasontree {header.program}), and "
                f"this reasontree reads version {VERSION}.",
                hint="Upgrade reasontree.",
            )

    def _import(self, trace: TraceLine, number: int) -> None:
        try:
            with self._database.transaction() as connection:
                done = self._import_into(connection, trace)
        except DamagedError as error:
            self._found.n_damaged += 1
            self._note(f"line {number}, the trace {trace.id}: {error}")
            self._lines.skip_body()
        else:
            setattr(self._found, done, getattr(self._found, done) + 1)

    def _import_into(self, connection: Connection, trace: TraceLine) -> str:
        """Write a trace that is not there, or not whole; return what to count it as."""
        n_lines = trace.n_rounds + trace.n_nodes
        query = select(SearchRow.id, SearchRow.stopped).where(SearchRow.trace == trace.id)
        known = connection.execute(query).one_or_none()
        if known is not None and (known.stopped is not None or trace.stopped is None):
            for _ in self._lines.body(n_lines):
                pass
            return "n_known"
        if known is not None:
            connection.execute(delete(SearchRow).where(SearchRow.id == known.id))
        search = _insert_search(connection, trace, self._run(connection, trace.run))
        writer = _Writer(connection, search)
        for line in self._lines.body(n_lines):
            writer.add(line)
        writer.flush()
        if writer.n_nodes != trace.n_nodes:
            raise DamagedError(f"{trace.n_nodes} nodes were wanted, and {writer.n_nodes} came")
        return "n_new" if known is None else "n_ended"

    def _note(self, problem: str) -> None:
        self._found.problem = self._found.problem or problem

    def _run(self, connection: Connection, uid: str, above: frozenset[str] = frozenset()) -> int:
        """Return the key of a run; one that is not there is made, after the run that it replays."""
        known = connection.execute(select(RunRow.id).where(RunRow.uid == uid)).scalar()
        if known is not None:
            return known
        run = self._runs.get(uid)
        if run is None or uid in above:
            raise DamagedError(f"its run {uid} is missing")
        try:
            record_of(run.settings)
        except StoreError as error:
            raise DamagedError(str(error)) from error
        parent = None if run.parent is None else self._run(connection, run.parent, above | {uid})
        values = _values(run) | {"parent": parent}
        key = connection.execute(insert(RunRow).values(values)).inserted_primary_key
        assert key is not None, "the database makes it"
        return int(key[0])


class _Writer:
    """Writes the rounds and nodes of one search in pieces."""

    def __init__(self, connection: Connection, search: int) -> None:
        self.n_nodes = self._round = 0
        self._ended: dict[int, End] = {}
        self._connection = connection
        self._search = search
        self._rows: dict[type[RoundRow | NodeRow | ScoreRow], list[dict[str, Any]]] = {}
        self._n_rows = self._n_bytes = 0

    def add(self, line: RoundLine | NodeLine) -> None:
        """Write a line, sooner or later."""
        if isinstance(line, RoundLine):
            if line.number <= self._round:
                raise DamagedError(f"round {line.number} came after round {self._round}")
            self._round = line.number
            self._add(RoundRow, **_values(line))
        else:
            self._add_node(line)
        if self._n_rows >= _N_ROWS_AT_ONCE or self._n_bytes >= _N_BYTES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        for table, rows in self._rows.items():
            insert_all(self._connection, table, rows)
        self._rows.clear()
        self._n_rows = self._n_bytes = 0

    def _add_node(self, line: NodeLine) -> None:
        self.n_nodes += 1
        if line.node != self.n_nodes or line.parent >= line.node:
            found = f"node {line.node} below node {line.parent}"
            raise DamagedError(f"{found} came where node {self.n_nodes} was due")
        above = self._ended.get(line.parent)
        if above is not None and not (above is End.STOP and line.said):
            raise DamagedError(f"node {line.node} came below node {line.parent}, which has ended")
        if not (line.n_said or 0) <= (line.n_given or 0) <= len(line.tokens) // 4:
            raise DamagedError(f"node {line.node} has more given tokens than tokens")
        if line.end is not None:
            self._ended[line.node] = line.end
        self._add(NodeRow, **_values(line, "scores"))
        for scorer, value in line.scores.items():
            self._add(ScoreRow, node=line.node, scorer=scorer, value=value)
        self._n_bytes += len(line.text) + len(line.logprobs) + len(line.hidden or b"")

    def _add(self, table: type[RoundRow | NodeRow | ScoreRow], **values: Any) -> None:
        self._rows.setdefault(table, []).append({"search": self._search} | values)
        self._n_rows += 1


def _insert_search(connection: Connection, trace: TraceLine, run: int) -> int:
    values = _values(trace, "id", "index", "tallies", "n_rounds", "n_nodes")
    values |= {"trace": trace.id, "problem_index": trace.index, "run": run}
    key = connection.execute(insert(SearchRow).values(values)).inserted_primary_key
    assert key is not None, "the database makes it"
    search = int(key[0])
    tallies = [
        {"search": search, "place": place} | _values(tally) for place, tally in enumerate(trace.tallies)
    ]
    insert_all(connection, TallyRow, tallies)
    return search


def _values(line: BaseModel, *but: str) -> dict[str, Any]:
    """Return a line's fields, without its type and those named."""
    return {name: value for name, value in line if name != "type" and name not in but}
