"""Which traces are meant: one record for every command and query that takes some of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement

from .schema import RunRow, SearchRow, column_text


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that a trace meets all of; None asks for nothing, nor does an empty tuple.

    Attributes:
        runs: The numbers of runs, one of which is the trace's.
        kind: `live` or `replay`.
        model, strategy, dataset: A name in any case, where `*` stands for any text.
        correct: True takes right answers, False wrong ones; neither takes traces without a gold answer.
        since, until: When the search began, in UTC without a zone; `until` is exclusive.
    """

    runs: tuple[int, ...] = ()
    kind: str | None = None
    model: str | None = None
    strategy: str | None = None
    dataset: str | None = None
    correct: bool | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def any(self) -> bool:
        """Whether anything is asked for."""
        return any(getattr(self, field.name) not in (None, ()) for field in fields(self))

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a query over `SearchRow` joined with `RunRow` shall meet."""
        found: list[ColumnElement[bool]] = []
        if self.runs:
            found.append(RunRow.id.in_(self.runs))
        if self.kind is not None:
            found.append(RunRow.kind == self.kind)
        for column, name in (
            (RunRow.model, self.model),
            (RunRow.strategy, self.strategy),
            (SearchRow.dataset, self.dataset),
        ):
            if name is not None:
                found.append(column.ilike(_pattern(name), escape="\\"))
        if self.correct is not None:
            found.append(SearchRow.correct.is_(self.correct))
        if self.since is not None:
            found.append(SearchRow.started >= self.since)
        if self.until is not None:
            found.append(SearchRow.started < self.until)
        return found


EVERYTHING = Filters()


def _pattern(name: str) -> str:
    """Turn a name with `*` into a pattern of SQL's LIKE, in which `%`, `_` and the escape mean themselves."""
    name = column_text(name)
    for special in ("\\", "%", "_"):
        name = name.replace(special, f"\\{special}")
    return name.replace("*", "%")
