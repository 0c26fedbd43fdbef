"""Files of rows in the formats that data sets come in: JSON, CSV, TSV and Parquet, by their suffix.

A row of any format is a dict by the names of its fields; one that cannot be read is named by its place.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Protocol

from .errors import UsageError
from .json_rows import json_list_rows, json_rows, opened
from .rows import Row

_PLAIN = (str, bool, int, float, type(None))


class ReadRows(Protocol):
    """Reads the rows of an open file."""

    def __call__(self, file: IO[bytes], name: str, wanted: str) -> Iterator[Row]:
        """Yield them.

        Args:
            name: The file as messages call it.
            wanted: What a row is, such as "an object with 'question'".
        """


def read_rows(path: Path, wanted: str, *, name: str = "") -> Iterator[Row]:
    """Yield the rows of a file; `-` is JSON lines from standard input, and so is a file of any other suffix.

    Args:
        wanted: What a row is, such as "an object with 'question'".
        name: The file as messages call it; its path if not given.

    Raises:
        UsageError: If the file or a row cannot be read; names the place, what was wanted and what came.
    """
    with opened(path) as (file, known_as):
        yield from FORMATS.get(path.suffix.lower(), json_rows)(file, name or known_as, wanted)


def csv_rows(file: IO[bytes], name: str, wanted: str) -> Iterator[Row]:
    """Yield the rows of values between commas, below a header; a value of no characters is null."""
    return _table(file, name, wanted, csv.excel)


def tsv_rows(file: IO[bytes], name: str, wanted: str) -> Iterator[Row]:
    """Yield the rows of values between tabs, below a header; a value of no characters is null."""
    return _table(file, name, wanted, csv.excel_tab)


def parquet_rows(file: IO[bytes], name: str, wanted: str) -> Iterator[Row]:
    """Yield the rows of a Parquet file, counted from 1.

    Raises:
        UsageError: If it is none, or pyarrow is missing.
    """
    require_pyarrow(name)
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        # From memory, since a pipe cannot be searched; its last bytes say where all the others are.
        batches = ParquetFile(io.BytesIO(file.read())).iter_batches()
        rows = (row for batch in batches for row in batch.to_pylist())
        for number, values in enumerate(rows, start=1):
            yield Row(f"{name}, row {number}", {str(key): _plain(value) for key, value in values.items()})
    except (ArrowException, OSError, ValueError) as error:
        raise UsageError(f"{name} is not a Parquet file that can be read: {_line(error)}.") from error


def require_pyarrow(name: str) -> None:
    """Check that Parquet can be read here.

    Args:
        name: The file that it is needed for.

    Raises:
        UsageError: If it cannot.
    """
    try:
        import pyarrow.parquet  # noqa: F401 - imported late, and only here and where it is used
    except ImportError as error:
        raise UsageError(
            f"{name} is a Parquet file, and those need pyarrow.",
            hint="pip install pyarrow, or make it JSON lines or CSV.",
        ) from error


FORMATS: Mapping[str, ReadRows] = {
    ".jsonl": json_rows,
    ".json": json_list_rows,
    ".csv": csv_rows,
    ".tsv": tsv_rows,
    ".parquet": parquet_rows,
}
"""What reads a file, by its suffix."""


def _table(file: IO[bytes], name: str, wanted: str, dialect: type[csv.Dialect]) -> Iterator[Row]:
    rows = _cells(file, name, dialect)
    place, header = next(rows, ("", []))
    header = [field.strip() for field in header]
    if len(set(header)) < len(header):
        twice = next(field for field in header if header.count(field) > 1)
        raise UsageError(f"{place}: the header has the field '{twice}' twice.")
    for place, cells in rows:
        if len(cells) != len(header):
            raise UsageError(
                f"{place}: {wanted} was wanted, and {len(cells)} values came below {len(header)} names.",
                hint="A value with a separator or a line break in it goes in double quotes.",
            )
        yield Row(place, {field: cell or None for field, cell in zip(header, cells, strict=True)})


def _cells(file: IO[bytes], name: str, dialect: type[csv.Dialect]) -> Iterator[tuple[str, list[str]]]:
    """Yield the values of each row that is not blank, with the place of its first line."""
    reader, last = csv.reader(_lines(file), dialect, strict=True), 0
    try:
        for cells in reader:
            place, last = f"{name}, line {last + 1}", reader.line_num
            if cells:
                yield place, cells
    except (csv.Error, UnicodeDecodeError) as error:
        place = f"{name}, line {last + 1}"
        raise UsageError(f"{place}: a row of a table was wanted, and {_line(error)}.") from error


def _lines(file: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(file):
        yield line.decode("utf-8" if number else "utf-8-sig")


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it: an exact number stays as it is written, a moment is text."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if isinstance(value, _PLAIN) else str(value)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
