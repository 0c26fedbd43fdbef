"""Tables on a terminal, of text that nobody vouches for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from .printable import printable

_WIDTH_OF_A_FILE = 160
_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        width: What is longer is cut; None cuts nothing.
        gives: Whether it is the one that becomes narrower where the terminal is.
    """

    name: str
    right: bool = False
    width: int | None = None
    gives: bool = False


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print rows with a head, a line each, whatever their text is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[printable(text, width=c.width) for c, text in zip(columns, row, strict=True)] for row in rows]
    is_narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(file=sys.stdout, width=None if is_narrow else _WIDTH_OF_A_FILE)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for column, width in zip(columns, _widths(columns, cells, console.width), strict=True):
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(column.name, justify=justify, width=width, no_wrap=True, overflow="ellipsis")
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return the columns' widths in cells; the one that gives takes what the others leave of the room."""
    from rich.cells import cell_len

    widths = [
        max(map(cell_len, (column.name, *texts))) for column, *texts in zip(columns, *rows, strict=True)
    ]
    excess = sum(widths) + _GAP * len(columns) - room
    return [
        max(len(column.name), width - max(0, excess)) if column.gives else width
        for column, width in zip(columns, widths, strict=True)
    ]


def local_time(moment: datetime) -> str:
    """Show a moment of UTC without a zone as the reader's clock had it."""
    return f"{moment.replace(tzinfo=UTC).astimezone():%Y-%m-%d %H:%M}"
