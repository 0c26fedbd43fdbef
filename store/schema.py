"""The tables. Rows stay inside this room; records cross its boundary.

Model text is stored as UTF-8 bytes (with lone surrogates passed through), since a text column of PostgreSQL
cannot hold a NUL and no encoding of ours may change what a model wrote.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, LargeBinary, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class ModelText(TypeDecorator[str]):
    """Text that a model or a user wrote, kept to the last bit."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


def column_text(name: str) -> str:
    """Make a name fit a text column, for filters: a lone surrogate and a NUL become escapes."""
    return name.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


class Base(DeclarativeBase):
    """Constraints have names, so that a migration can change them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RunRow(Base):
    """One run: the settings that all its searches share."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)  # the same in every database that the run is copied to
    kind: Mapped[str]
    parent: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    created: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[str]
    strategy: Mapped[str] = mapped_column(index=True)
    model: Mapped[str] = mapped_column(index=True)
    model_sha256: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)


class SearchRow(Base):
    """One search: a problem, and how it ended."""

    __tablename__ = "searches"

    id: Mapped[int] = mapped_column(primary_key=True)
    trace: Mapped[str] = mapped_column(unique=True)
    run: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    problem_index: Mapped[int]
    dataset: Mapped[str] = mapped_column(index=True)
    question: Mapped[str] = mapped_column(ModelText)
    gold: Mapped[str | None] = mapped_column(ModelText)
    prompt: Mapped[str] = mapped_column(ModelText)
    prompt_tokens: Mapped[bytes] = mapped_column(LargeBinary)
    root_seed: Mapped[int] = mapped_column(BigInteger)
    started: Mapped[datetime]
    stopped: Mapped[str | None]
    error: Mapped[str | None] = mapped_column(ModelText)
    answer: Mapped[str | None] = mapped_column(ModelText)
    correct: Mapped[bool | None] = mapped_column(index=True)
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    elapsed_s: Mapped[float | None] = mapped_column(Double)


class PlannedRow(Base):
    """A problem of a run that no search has started with: what is left to do if the process ends."""

    __tablename__ = "planned"

    run: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    problem_index: Mapped[int]
    dataset: Mapped[str]
    question: Mapped[str] = mapped_column(ModelText)
    gold: Mapped[str | None] = mapped_column(ModelText)


class RoundRow(Base):
    """One call of `select`: `[node, width, until, first rank]` for each expansion, and what it gives.

    What an expansion gives to its children is an object behind the four, where there is anything
    (`expansions.py`).

    `asked` says which call it was, and `ended` how many there had been when the round ended: a replay lets
    the rounds end at the same times. `usage` is what the search had spent by then.
    """

    __tablename__ = "rounds"

    search: Mapped[int] = mapped_column(ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked: Mapped[int]
    ended: Mapped[int]
    expansions: Mapped[list[Any]] = mapped_column(JSON)
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class NodeRow(Base):
    """One step. Tokens and log-probabilities are packed little-endian: int32 and float64.

    `said`, `n_given` and `n_said` are empty where nothing was said or given.
    """

    __tablename__ = "nodes"

    search: Mapped[int] = mapped_column(ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True)
    node: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent: Mapped[int]
    rank: Mapped[int]
    round: Mapped[int]
    position: Mapped[int]
    text: Mapped[str] = mapped_column(ModelText)
    tokens: Mapped[bytes] = mapped_column(LargeBinary)
    logprobs: Mapped[bytes] = mapped_column(LargeBinary)
    hidden: Mapped[bytes | None] = mapped_column(LargeBinary)
    said: Mapped[str | None] = mapped_column(ModelText)
    n_given: Mapped[int | None]
    n_said: Mapped[int | None]
    step_end: Mapped[str | None]
    end: Mapped[str | None]
    answer: Mapped[str | None] = mapped_column(ModelText)
    canonical: Mapped[str | None] = mapped_column(ModelText)


class ScoreRow(Base):
    """One scorer's score of one node."""

    __tablename__ = "scores"

    search: Mapped[int] = mapped_column(ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True)
    node: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scorer: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float] = mapped_column(Double)


class TallyRow(Base):
    """One class of equivalent answers, heaviest first."""

    __tablename__ = "tallies"

    search: Mapped[int] = mapped_column(ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answer: Mapped[str] = mapped_column(ModelText)
    count: Mapped[int]
    weight: Mapped[float] = mapped_column(Double)


Index("ix_nodes_search_round", NodeRow.search, NodeRow.round)
