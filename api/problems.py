"""Problems out of a data set that is known by name, or out of a file of rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from ..core.errors import UsageError
from ..core.records import Problem
from ..core.row_files import read_rows
from ..core.rows import Row
from ..plugins import registry
from ..plugins.datasets.fetching import fetch
from ..plugins.datasets.names import find_split, is_known
from ..plugins.models.transfer import Progress, silent
from .layouts import USUAL, Layout, chosen_layout, no_question

_WANTED = "an object with 'question' or 'problem'"


def read_problems(
    data: str | Path,
    *,
    offset: int = 0,
    limit: int | None = None,
    shuffle_seed: int | None = None,
    fields: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> list[Problem]:
    """Read the problems of a data set, fetched if need be, or of a file of JSON, CSV, TSV or Parquet.

    A problem's index is its row, counted from 0 without blank lines. Its seeds follow from the index, so it
    draws with the same ones when the range changes; a model that decodes other problems beside it may still
    round otherwise, and come to another tree.

    Args:
        data: A file's path, `-` for JSON lines from standard input, or a data set's `NAME` or `NAME:SPLIT`. A
            file that is there goes before a name.
        offset, limit: Which rows are taken, of the shuffled ones where `shuffle_seed` is given.
        shuffle_seed: Takes the rows in an order that follows from it; None leaves them as they stand.
        fields: Which fields are the `question` (`Body+Question` joins two) and the `gold`. Without them, rows
            have `question` or `problem` with `gold` or `answer`, or the fields of a data set that is known.
        progress: Is told what is fetched.

    Raises:
        UsageError: If a row cannot be read; names file and line. If a data set is unknown; names the nearest.
        DatasetError: If no source delivers a data set.
    """
    reading = _reading(data, fields or {}, progress)
    rows: Iterator[tuple[int, Row]] = enumerate(read_rows(reading.path, reading.wanted))
    if shuffle_seed is not None:
        rows = _shuffled(rows, shuffle_seed)
    chosen = list(itertools.islice(rows, offset, None if limit is None else offset + limit))
    if not chosen:
        raise UsageError(f"{reading.said} has no rows from {offset} on.")
    reading.check_gold(row for _, row in chosen)
    return [reading.problem(index, row) for index, row in chosen]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file of rows, and what makes a problem of one.

    Attributes:
        dataset: What the data set is called.
        chosen: The fields that the user named.
        layouts: What is tried in turn for all that was not named.
    """

    path: Path
    dataset: str
    chosen: Layout
    layouts: tuple[Layout, ...]
    is_gold_chosen: bool

    @property
    def said(self) -> str:
        """The file as messages call it."""
        return "standard input" if str(self.path) == "-" else str(self.path)

    @property
    def wanted(self) -> str:
        """What a row is."""
        (named, *_) = (*self.chosen.questions, ())
        return f"an object with {' and '.join(map(repr, named))}" if named else _WANTED

    def check_gold(self, rows: Iterable[Row]) -> None:
        """Check that a field that was named for the right answer is in one row at least.

        Raises:
            UsageError: If it is not; the field is misspelt.
        """
        (gold, *_) = (*self.chosen.golds, "")
        rows = list(rows)
        if self.is_gold_chosen and not any(gold in row.values for row in rows):
            names = ", ".join(f"'{name}'" for name in rows[0].values)
            raise UsageError(f"{self.said}: no row has '{gold}', the right answer; the fields are {names}.")

    def problem(self, index: int, row: Row) -> Problem:
        """Make a problem of a row.

        Raises:
            UsageError: If it has no question, or a value is no text and no number.
        """
        question, layout = next(self._questions(row), (None, USUAL))
        if question is None:
            raise no_question(row, self.wanted)
        golds = self.chosen.golds if self.is_gold_chosen else layout.golds
        return Problem(question.strip(), row.text(golds), index, self.dataset)

    def _questions(self, row: Row) -> Iterator[tuple[str, Layout]]:
        """Yield the questions that a row has, by the layout that the user named or else by each that fits."""
        open_ones = itertools.chain(self.layouts, _known_layouts())
        for layout in [self.chosen] if self.chosen.questions else open_ones:
            question = layout.question_of(row)
            if question is not None:
                yield question, layout


def _reading(data: str | Path, fields: Mapping[str, str], progress: Progress) -> _Reading:
    """Say what is read: a file that is there, or else a data set of this name."""
    path, chosen, has_gold = Path(data), chosen_layout(fields), "gold" in fields
    if str(path) == "-" or _is_there(path) or not _is_name(data):
        return _Reading(path, _name_of(path), chosen, (USUAL,), has_gold)
    named = find_split(str(data), registry())
    own = Layout.of(named.entry)
    return _Reading(fetch(named, progress), named.name, chosen, (own, USUAL), has_gold)


def _known_layouts() -> Iterator[Layout]:
    """Yield the layouts of all known data sets; nobody asks for them before the usual one failed."""
    yield from map(Layout.of, registry().all("dataset"))


def _is_there(path: Path) -> bool:
    """Whether there is something to read: a file, a device or a pipe."""
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):
        return False


def _is_name(data: str | Path) -> bool:
    """Whether a data set is meant and no path: a known name, or what has neither folders nor a suffix."""
    if isinstance(data, PurePath):
        return False
    return is_known(data, registry()) or not (set(data) & set("/\\") or Path(data).suffix)


def _shuffled(rows: Iterable[tuple[int, Row]], seed: int) -> Iterator[tuple[int, Row]]:
    """Return rows in an order that follows from the seed and their number."""
    known = list(rows)
    return (known[place] for place in np.random.default_rng(seed).permutation(len(known)))


def _name_of(path: Path) -> str:
    """Return the file's name as text that can be shown and stored, whatever bytes it is made of."""
    return path.name.encode("utf-8", "backslashreplace").decode()
