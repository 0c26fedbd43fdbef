"""A report as files: a document, tables, figures and a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from ...core.errors import UsageError
from ...core.whole_files import whole_file
from .summary import StudySummary
from .tables import markdown

FORMATS = ("md", "csv", "json", "parquet", "png", "svg", "html")
"""What a report can be written as; `png` and `svg` need matplotlib, `html` plotly, `parquet` pandas."""
_NEEDS = {
    "parquet": ("pandas", "pyarrow"),
    "png": ("matplotlib",),
    "svg": ("matplotlib",),
    "html": ("plotly",),
}


class File(NamedTuple):
    """What is written under a name."""

    name: str
    content: bytes


def write(report: StudySummary, folder: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write a report to a folder, in each of some formats; return the files.

    Raises:
        UsageError: If a format is unknown or needs a package that is missing, both before anything is
            written, or if a file cannot be written.
    """
    chosen = list(dict.fromkeys(formats))
    for each in chosen:
        _check(each)
    return [_write(folder, file) for each in chosen for file in _WRITERS[each](report)]


def _check(name: str) -> None:
    if name not in FORMATS:
        raise UsageError(f"A report cannot be written as '{name}'.", hint=f"Known: {', '.join(FORMATS)}.")
    for package in _NEEDS.get(name, ()):
        try:
            import_module(package)
        except ImportError as error:
            raise UsageError(
                f"A report as {name} needs {package}, which is not installed.",
                hint="Try pip install 'reasontree[study]'.",
            ) from error


def _write(folder: Path, file: File) -> Path:
    path = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as out:
            out.write(file.content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path


def _markdown(report: StudySummary) -> Iterator[File]:
    yield File("report.md", _bytes(markdown(report)))


def _csv(report: StudySummary) -> Iterator[File]:
    rows, text = report.rows(), io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    yield File("cells.csv", _bytes(text.getvalue()))


def _json(report: StudySummary) -> Iterator[File]:
    yield File("report.json", _bytes(report.to_json()))


def _parquet(report: StudySummary) -> Iterator[File]:
    import pandas as pd

    content = io.BytesIO()
    pd.DataFrame(report.rows()).to_parquet(content, engine="pyarrow", index=False)
    yield File("cells.parquet", content.getvalue())


def _png(report: StudySummary) -> Iterator[File]:
    yield from _figures(report, "png")


def _svg(report: StudySummary) -> Iterator[File]:
    yield from _figures(report, "svg")


def _figures(report: StudySummary, kind: str) -> Iterator[File]:
    from .figures import drawn

    yield from (File(f"{name}.{kind}", content) for name, content in drawn(report, kind))


def _html(report: StudySummary) -> Iterator[File]:
    from .page import page

    yield File("report.html", _bytes(page(report)))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


_WRITERS: dict[str, Callable[[StudySummary], Iterator[File]]] = {
    "md": _markdown,
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "png": _png,
    "svg": _svg,
    "html": _html,
}
