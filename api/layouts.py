"""Which fields of a row make a problem: those that a user names, the usual ones, or a known data set's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..core.datasets import DatasetEntry
from ..core.errors import UnknownNameError, UsageError
from ..core.rows import Row, shortened

_PARTS = ("question", "gold")
_ENDS = ".!?:;,…。！？"
_CLOSING = "\"'”’»)]$ "


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields by what they are for.

    Attributes:
        questions: Each is the fields that make a question together; the first that a row has is taken.
        golds: The fields that may have the right answer; the first that a row has is taken.
    """

    questions: tuple[tuple[str, ...], ...]
    golds: tuple[str, ...]

    @classmethod
    def of(cls, entry: DatasetEntry) -> Layout:
        """Return the layout of a data set that is known by name."""
        return cls((entry.question,), (entry.gold,) if entry.gold else ())

    def question_of(self, row: Row) -> str | None:
        """Return a row's question; None where it has no such fields.

        Raises:
            UsageError: If a value is no text, or is empty.
        """
        for fields in self.questions:
            if all(row.values.get(field) is not None for field in fields):
                return joined(row.text([field]) or "" for field in fields)
        return None


USUAL = Layout((("question",), ("problem",)), ("gold", "answer"))
"""What a row's fields are called where nobody says otherwise."""


def joined(parts: Iterable[str]) -> str:
    """Join the parts of a question; a full stop goes behind one that ends without punctuation."""
    texts = [part.strip() for part in parts]
    ended = [text if text.rstrip(_CLOSING)[-1:] in _ENDS else f"{text}." for text in texts[:-1]]
    return " ".join([*ended, *texts[-1:]])


def chosen_layout(fields: Mapping[str, str]) -> Layout:
    """Return the layout that a user names: `question` (fields with `+` between them) and `gold`.

    What is not named stays open: no question, or the usual fields of an answer.

    Raises:
        UsageError: If something else is named, or nothing.
    """
    for part, named in fields.items():
        if part not in _PARTS:
            raise UnknownNameError("part of a problem", part, _PARTS)
        if not all(name.strip() for name in named.split("+")):
            raise UsageError(f"The field of the {part} is to be named, and '{named}' came.")
    names = tuple(name.strip() for name in fields.get("question", "").split("+"))
    gold = fields.get("gold", "").strip()
    return Layout((names,) if "question" in fields else (), (gold,) if gold else USUAL.golds)


def no_question(row: Row, wanted: str) -> UsageError:
    """Say what a row has instead of a question."""
    names = ", ".join(f"'{name}'" for name in row.values) or "none"
    return UsageError(
        f"{row.place}: {wanted} was wanted, and the fields are {shortened(names)}.",
        hint="--field question=NAME names another one, and NAME+NAME joins two.",
    )
