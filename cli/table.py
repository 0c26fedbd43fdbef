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
_LEAST = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        width: What is longer is cut; None cuts nothing.
        gives: Whether it is the one that becomes narrower where the terminal is.
        may_go: Whether a terminal that has no room for all columns does without it.
    """

    name: str
    right: bool = False
    width: int | None = None
    gives: bool = False
    may_go: bool = False


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print rows with a head, a line each, whatever their text is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    is_narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(file=sys.stdout, width=None if is_narrow else _WIDTH_OF_A_FILE)
    cells = [[printable(text, width=c.width) for c, text in zip(columns, row, strict=True)] for row in rows]
    fitting = _fitting(columns, cells, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for at, width in fitting.items():
        justify: Literal["left", "right"] = "right" if columns[at].right else "left"
        table.add_column(columns[at].name, justify=justify, width=width, no_wrap=True, overflow="ellipsis")
    for row in cells:
        table.add_row(*(Text(row[at]) for at in fitting))
    console.print(table)


def _fitting(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> dict[int, int]:
    """Return the columns that there is room for, by their place, and their widths in cells."""
    from rich.cells import cell_len

    names = [column.name for column in columns]
    full = {at: max(map(cell_len, texts)) for at, texts in enumerate(zip(names, *rows, strict=True))}
    least = {at: min(width, _LEAST) if columns[at].gives else width for at, width in full.items()}
    spare = [at for at in full if columns[at].may_go]
    while spare and sum(least[at] + _GAP for at in full) > room:
        del full[spare.pop()]
    excess = max(0, sum(width + _GAP for width in full.values()) - room)
    return {at: max(least[at], width - excess) if columns[at].gives else width for at, width in full.items()}


def local_time(moment: datetime) -> str:
    """Show a moment of UTC without a zone as the reader's clock had it."""
    return f"{moment.replace(tzinfo=UTC).astimezone():%Y-%m-%d %H:%M}"
