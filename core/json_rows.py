"""Rows of JSON out of a file or standard input: one reader for problems and for answers to be graded.

A row that cannot be read is named by its line in the file, counted from 1, blank lines included.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from .errors import UsageError
from .text import json_text

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # editors on Windows begin a file so
_LONGEST_QUOTE = 60
_LONGEST_INT = 4000  # digits that Python makes a number of


class JsonRow(NamedTuple):
    """An object, and where it stands.

    Attributes:
        place: Such as `train.jsonl, line 7`.
    """

    place: str
    values: dict[str, Any]

    def text(self, keys: Iterable[str]) -> str | None:
        """Return the first of some values that is there, as text; None where none is, or it is null.

        Raises:
            UsageError: If it is neither a text nor a number, or says nothing.
        """
        key = next((key for key in keys if self.values.get(key) is not None), None)
        if key is None:
            return None
        value = self.values[key]
        if not _is_text_or_number(value):
            came = _shortened(json_text(value))
            raise UsageError(f"{self.place}: '{key}' takes a text or a number, and {came} came.")
        if not str(value).strip():
            raise UsageError(f"{self.place}: '{key}' is empty.")
        return str(value)


def json_rows(file: IO[bytes], name: str, wanted: str) -> Iterator[JsonRow]:
    """Yield the rows of a file; blank lines are none.

    Args:
        name: The file as messages call it.
        wanted: What a row is, such as "an object with 'question'".

    Raises:
        UsageError: If a row is not an object; names what was wanted and what came.
    """
    for number, line in enumerate(file, start=1):
        text = (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip()
        if text:
            place = f"{name}, line {number}"
            yield JsonRow(place, _object(text, f"{place}: {wanted} was wanted"))


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Open a file of rows, or standard input for `-`; with the name by which messages call it.

    Raises:
        UsageError: If it cannot be read.
    """
    if str(path) == "-":
        yield standard_input(), "standard input"
        return
    try:
        with path.open("rb") as file:
            yield file, str(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error


def standard_input() -> IO[bytes]:
    """Return standard input.

    Raises:
        UsageError: If it is closed.
    """
    import sys

    if sys.stdin is None:
        raise UsageError("Standard input was to be read, and it is closed.")
    return sys.stdin.buffer


def text_of_input() -> str:
    """Return all of standard input as text, without the mark that editors on Windows begin a file with."""
    return standard_input().read().removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "replace")


def _object(text: bytes, wanted: str) -> dict[str, Any]:
    try:
        row: Any = json.loads(text, parse_int=_whole)
    except RecursionError as error:
        raise UsageError(f"{wanted}, and this is nested too deeply.") from error
    except ValueError as error:  # bytes that are not UTF-8 are a ValueError too
        raise UsageError(f"{wanted}, and this is not JSON: {error}.", hint=_hint(text)) from error
    if not isinstance(row, dict):
        raise UsageError(f"{wanted}, and {_shortened(text.decode('utf-8', 'replace'))} came.")
    return row


def _hint(text: bytes) -> str:
    """Say what to do with a table of values between commas, which many data sets are."""
    is_table = text[:1] not in (b"{", b"[") and (b"," in text or b"\t" in text)
    return (
        'A table is to be made rows of JSON first, such as {"question": "…", "answer": "…"}.'
        if is_table
        else ""
    )


def _whole(digits: str) -> int | str:
    """Read a whole number; one of thousands of digits stays as it is written."""
    return int(digits) if len(digits) <= _LONGEST_INT else digits


def _is_text_or_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return is_number or isinstance(value, str)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
