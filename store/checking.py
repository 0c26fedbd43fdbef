"""Looks whether a database is whole: its schema, what SQLite says of its file, and what the tables say of
each other. Nothing is changed, and nothing is upgraded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, inspect, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from .database import Database, open_unchecked
from .schema import Base, NodeRow, ScoreRow, SearchRow
from .upgrading import SCHEMA, version_of

_N_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Attributes:
        schema: The version of the schema; None where there is none.
        n_bytes: How large the database is, its indexes included; None where nobody can tell.
        counts: Rows by table.
        problems: What is wrong, a sentence each; none if the database is sound.
    """

    name: str
    schema: str | None
    n_bytes: int | None
    counts: dict[str, int]
    problems: tuple[str, ...]


def check(where: str | None = None) -> Report:
    """Look at the database at a path or URL; `REASON_DB` or the user's data folder if not given.

    Raises:
        StoreError: If there is none, or it cannot be reached.
    """
    database = open_unchecked(where)
    schema, n_bytes, counts, problems = None, None, dict[str, int](), list[str]()
    try:
        with database.engine.connect() as connection:
            schema = version_of(connection)
            problems += _problems_of_version(database, schema)
            n_bytes = size_of(connection)
            problems += _problems_of_file(connection)
            counts = _counts(connection)
            if schema == SCHEMA:
                problems += _problems_of_rows(connection)
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        problems.append(f"It cannot be read: {reason}.")
    finally:
        database.close()
    return Report(database.name, schema, n_bytes, counts, tuple(problems))


def size_of(connection: Connection) -> int | None:
    """Return the size of all tables and indexes in bytes, or None where nobody can tell."""
    if connection.dialect.name == "sqlite":
        return int(
            connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
        )
    if connection.dialect.name == "postgresql":
        names = [name for name in Base.metadata.tables if inspect(connection).has_table(name)]
        sizes = (
            connection.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": name}) for name in names
        )
        return sum(map(int, sizes))
    return None


def _problems_of_version(database: Database, schema: str | None) -> Iterator[str]:
    if schema is None:
        yield "It has no schema of reasontree's."
    elif schema > SCHEMA:
        yield f"Its schema {schema} is newer than this reasontree's {SCHEMA}; upgrade reasontree."
    elif schema < SCHEMA:
        yield f"Its schema {schema} is older than {SCHEMA}; run: reason db upgrade --db '{database.name}'"


def _problems_of_file(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return  # a server looks after its files itself
    found = connection.exec_driver_sql(f"PRAGMA integrity_check({_N_SHOWN})").scalars().all()
    yield from (f"SQLite: {line}." for line in found if line != "ok")
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_N_SHOWN)
    for table, _, parent, _ in orphans:
        yield f"A row of '{table}' refers to one of '{parent}' that is missing."


def _counts(connection: Connection) -> dict[str, int]:
    there = set(inspect(connection).get_table_names())
    return {
        name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
        for name, table in Base.metadata.tables.items()
        if name in there
    }


def _problems_of_rows(connection: Connection) -> Iterator[str]:
    """Yield what the tables say against each other; a tree can be read only if there is nothing."""
    of_search = SearchRow.id == NodeRow.search
    gaps = (
        select(SearchRow.trace)
        .join(NodeRow, of_search)
        .group_by(SearchRow.trace)
        .having(or_(func.count() != func.max(NodeRow.node), func.min(NodeRow.node) != 1))
    )
    upside_down = select(SearchRow.trace).join(NodeRow, of_search).where(NodeRow.parent >= NodeRow.node)
    cut = (
        select(SearchRow.trace)
        .join(NodeRow, of_search)
        .where(or_(func.length(NodeRow.tokens) % 4 != 0, func.length(NodeRow.logprobs) % 8 != 0))
    )
    given = func.coalesce(NodeRow.n_given, 0)
    miscounted = (
        select(SearchRow.trace)
        .join(NodeRow, of_search)
        .where(or_(given < func.coalesce(NodeRow.n_said, 0), given * 4 > func.length(NodeRow.tokens)))
    )
    here = and_(NodeRow.search == ScoreRow.search, NodeRow.node == ScoreRow.node)
    of_nothing = (
        select(SearchRow.trace)
        .join(ScoreRow, SearchRow.id == ScoreRow.search)
        .outerjoin(NodeRow, here)
        .where(NodeRow.node.is_(None))
    )
    for query, wrong in (
        (gaps, "lacks nodes"),
        (upside_down, "has a node before its parent"),
        (cut, "has tokens or log-probabilities that are cut off"),
        (miscounted, "has steps with more given tokens than tokens"),
        (of_nothing, "has scores of nodes that are missing"),
    ):
        traces = connection.execute(query.distinct().limit(_N_SHOWN)).scalars().all()
        yield from (f"The trace {trace} {wrong}." for trace in traces)
