"""The lines of an exported file, one after the other, with their numbers and with what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...core.errors import StoreError
from .lines import Line, NodeLine, RoundLine, parse


class DamagedError(Exception):
    """A trace of the file cannot be read."""


class Numbered(NamedTuple):
    """A line and its number, from 1; where it cannot be read, `line` is None and `problem` says why."""

    number: int
    line: Line | None
    problem: str


class Lines:
    """The lines of a file, of which the next one can be looked at."""

    def __init__(self, file: Iterable[bytes]) -> None:
        self._file = _numbered(file)
        self._next: Numbered | None = None

    def peek(self) -> Numbered | None:
        """Return the next line without taking it, or None at the end."""
        if self._next is None:
            self._next = next(self._file, None)
        return self._next

    def take(self) -> Numbered | None:
        """Return the next line, or None at the end."""
        line, self._next = self.peek(), None
        return line

    def body(self, n_lines: int) -> Iterator[RoundLine | NodeLine]:
        """Take the rounds and nodes of a trace.

        Raises:
            DamagedError: If there are fewer, or one cannot be read.
        """
        for n_taken in range(n_lines):
            here = self.peek()
            if here is not None and here.line is None:
                raise DamagedError(f"line {here.number}: {here.problem}")
            if here is None or not isinstance(here.line, RoundLine | NodeLine):
                raise DamagedError(f"{n_lines} rounds and nodes were wanted, and {n_taken} came")
            self._next = None
            yield here.line

    def skip_body(self) -> None:
        """Take what is left of a damaged trace."""
        while (here := self.peek()) is not None and isinstance(here.line, RoundLine | NodeLine | None):
            self._next = None


def _numbered(file: Iterable[bytes]) -> Iterator[Numbered]:
    """Yield the lines; where the rest of the file cannot be read, the last one says so."""
    number = 0
    try:
        for number, data in enumerate(file, start=1):
            if not data.strip():
                continue
            try:
                yield Numbered(number, parse(data), "")
            except ValueError as error:
                yield Numbered(number, None, f"{error}")
    except StoreError as error:
        yield Numbered(number + 1, None, f"{error}")
