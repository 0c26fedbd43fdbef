"""Rows of JSON out of a file or standard input: one reader for problems and for answers to be graded.

A row that cannot be read is named by its line in the file, counted from 1, blank lines included.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .errors import UsageError
from .rows import Row, shortened
from .text import json_text

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # editors on Windows begin a file so
_LONGEST_INT = 4000  # digits that Python makes a number of


def json_rows(file: IO[bytes], name: str, wanted: str) -> Iterator[Row]:
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
            yield Row(place, _object(text, f"{place}: {wanted} was wanted"))


def json_list_rows(file: IO[bytes], name: str, wanted: str) -> Iterator[Row]:
    """Yield the rows of a file that is one list of objects; one without a list is read as JSON lines.

    Args:
        name: The file as messages call it.
        wanted: What a row is, such as "an object with 'question'".

    Raises:
        UsageError: If it is no JSON, or a row is not an object; names its number, counted from 1.
    """
    data = file.read()
    text = data.removeprefix(_BYTE_ORDER_MARK).strip()
    if not text.startswith(b"["):
        yield from json_rows(io.BytesIO(data), name, wanted)
        return
    for number, values in enumerate(_parsed(text, f"{name}: a list of objects was wanted"), start=1):
        place = f"{name}, row {number}"
        yield Row(place, _checked(values, f"{place}: {wanted} was wanted"))


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
    return _checked(_parsed(text, wanted), wanted)


def _parsed(text: bytes, wanted: str) -> Any:
    try:
        return json.loads(text, parse_int=_whole)
    except RecursionError as error:
        raise UsageError(f"{wanted}, and this is nested too deeply.") from error
    except ValueError as error:  # bytes that are not UTF-8 are a ValueError too
        raise UsageError(f"{wanted}, and this is not JSON: {error}.", hint=_hint(text)) from error


def _checked(row: Any, wanted: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise UsageError(f"{wanted}, and {shortened(json_text(row))} came.")
    return row


def _hint(text: bytes) -> str:
    """Say what to do with a table of values between commas, which many data sets are."""
    is_table = text[:1] not in (b"{", b"[") and (b"," in text or b"\t" in text)
    return (
        "The name of a file of values between commas ends in .csv, and between tabs in .tsv."
        if is_table
        else ""
    )


def _whole(digits: str) -> int | str:
    """Read a whole number; one of thousands of digits stays as it is written."""
    return int(digits) if len(digits) <= _LONGEST_INT else digits
