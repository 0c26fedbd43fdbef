"""Tables on a terminal, of text that nobody vouches for, and in Markdown."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from ...core.text import printable

_WIDTH_OF_A_FILE = 160
_GAP = 2
_LEAST = 20
_LEAST_OF_MARKDOWN = 3  # dashes under a column's name


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: Stands above it; a table whose columns have no names has no head.
        width: What is longer is cut; None cuts nothing.
        gives: Whether it is the one that becomes narrower where the terminal is.
        may_go: Whether a terminal that has no room for all columns does without it.
    """

    name: str = ""
    right: bool = False
    width: int | None = None
    gives: bool = False
    may_go: bool = False


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, is_whole: bool = False) -> None:
    """Print rows with a head, a line each, whatever their text is.

    Args:
        is_whole: Whether every word is kept, and lines may be longer than the terminal is wide.
    """
    cells = [[printable(text, width=c.width) for c, text in zip(columns, row, strict=True)] for row in rows]
    room = None if is_whole else _room()
    widths = _fitting(columns, cells, room)
    names = [column.name for column in columns]
    if any(names):
        click.secho(_line(columns, names, widths, room), dim=True)
    for row in cells:
        click.echo(_line(columns, row, widths, room))


def markdown(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown; the first row is its head."""
    cells = [list(row) for row in rows]
    widths = [max(_LEAST_OF_MARKDOWN, *map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    for row in cells:
        yield f"| {' | '.join(map(str.ljust, row, widths))} |"


def is_on_a_terminal() -> bool:
    """Whether lines have the width of a terminal, or that of COLUMNS."""
    return sys.stdout.isatty() or "COLUMNS" in os.environ


def _room() -> int:
    """Return how many cells a line has: those of the terminal, or of COLUMNS, or of a wide file."""
    return shutil.get_terminal_size().columns if is_on_a_terminal() else _WIDTH_OF_A_FILE


def _fitting(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int | None) -> dict[int, int]:
    """Return the columns that there is room for, by their place, and their widths in cells."""
    from rich.cells import cell_len

    names = [column.name for column in columns]
    full = {at: max(map(cell_len, texts)) for at, texts in enumerate(zip(names, *rows, strict=True))}
    if room is None:
        return full
    least = {at: min(width, _LEAST) if columns[at].gives else width for at, width in full.items()}
    spare = [at for at in full if columns[at].may_go]
    while spare and _length(least[at] for at in full) > room:
        del full[spare.pop()]
    excess = max(0, _length(full.values()) - room)
    return {at: max(least[at], width - excess) if columns[at].gives else width for at, width in full.items()}


def _length(widths: Iterable[int]) -> int:
    """Return the length of a line of columns, in cells."""
    return sum(width + _GAP for width in widths) - _GAP


def _line(
    columns: Sequence[Column], texts: Sequence[str], widths: Mapping[int, int], room: int | None
) -> str:
    cells = (_cell(texts[at], width, right=columns[at].right) for at, width in widths.items())
    line = (" " * _GAP).join(cells).rstrip()
    return line if room is None else _cut(line, room)


def _cell(text: str, width: int, *, right: bool) -> str:
    from rich.cells import cell_len

    text = _cut(text, width)
    padding = " " * (width - cell_len(text))
    return padding + text if right else text + padding


def _cut(text: str, width: int) -> str:
    """Cut a text that takes more cells than there are: a character of East Asia takes two, an accent none."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)) + "…"
