"""What a catalog says of a data set: where the files of its splits come from, and which fields a problem has.

Third parties add entries with the hook `register_datasets`. Nothing here opens a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """One place that a split's file can be had from.

    Attributes:
        kind: `hub` (a data set of the Hugging Face hub: `repository` and `file`) or `url` (`address`).
    """

    kind: Literal["hub", "url"]
    repository: str = ""
    file: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a data set that is a file of its own.

    Attributes:
        sources: Where the file comes from, in the order in which they are tried.
        n_rows: How many rows it has; 0 where that is not known, and then no number is checked.
    """

    sources: tuple[DatasetSource, ...] = ()
    n_rows: int = 0


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A data set that is known by name.

    Attributes:
        splits: By name; the first one is meant where none is named.
        question: The fields that make the question, joined in this order.
        gold: The field with the right answer; empty for none.
    """

    name: str
    description: str
    licence: str
    splits: Mapping[str, Split]
    question: tuple[str, ...] = ("question",)
    gold: str = "answer"

    @property
    def default_split(self) -> str:
        """The name of the first split."""
        return next(iter(self.splits))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that each row has."""
        return (*self.question, self.gold) if self.gold else self.question
