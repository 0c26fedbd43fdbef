"""A report: what a study's traces come to, as values, tables, figures and a page."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...core.errors import UsageError
from ...store.database import Database, open_database, open_for_reading
from ...store.exchange.files import read as read_export
from ...store.exchange.importing import import_lines
from ...store.filters import Filters
from .cells import Cell, Limit
from .comparing import COSTS, Comparison, Cost, Findings, frontier
from .measuring import SAMPLES, measure
from .study import database_of

FORMATS = ("md", "csv", "json", "parquet", "png", "svg", "html")
"""What a report can be written as; `png` and `svg` need matplotlib, `html` plotly, `parquet` pandas."""


@dataclass(frozen=True)
class Report:
    """What some recorded searches come to.

    Attributes:
        name: What it is called.
        cells: Every way of solving that was recorded or is implied.
        limits: What votes come to with endless samples.
    """

    name: str
    cells: tuple[Cell, ...]
    limits: tuple[Limit, ...]

    @cached_property
    def findings(self) -> Findings:
        """What can be said of the cells."""
        return Findings(self.cells)

    def frontier(self, cost: Cost = "flops") -> list[Cell]:
        """Return the cells that no other one beats at no more compute, cheapest first."""
        return frontier(self.cells, cost)

    def sentences(self) -> dict[str, list[str]]:
        """Return all comparisons in words, by what they ask."""
        asked: dict[str, Sequence[Comparison]] = {
            "Search against sampling, one model, equal samples": self.findings.within_models,
            "A smaller model against a larger one, at no more compute": self.findings.across_models,
            "Twice as many samples": self.findings.saturation,
        }
        return {title: [each.sentence for each in found] for title, found in asked.items() if found}

    def rows(self) -> list[dict[str, Any]]:
        """Return a flat row for each cell."""
        on_frontier = {cost: {id(cell) for cell in self.frontier(cost)} for cost in COSTS}
        return [
            cell.to_dict() | {f"frontier_{cost}": id(cell) in found for cost, found in on_frontier.items()}
            for cell in self.cells
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON knows it."""
        return {
            "name": self.name,
            "cells": self.rows(),
            "limits": [asdict(each) | {"accuracy": each.accuracy._asdict()} for each in self.limits],
            "findings": self.sentences(),
        }

    def to_json(self) -> str:
        """Return everything as a JSON object."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    def markdown(self) -> str:
        """Return tables and sentences as Markdown."""
        from .tables import markdown

        return markdown(self)

    def write(self, folder: str | Path, formats: Sequence[str] = FORMATS) -> list[Path]:
        """Write it to a folder, in each of some formats; return the files.

        Raises:
            UsageError: If a format is unknown, or needs a package that is missing.
        """
        from .writing import write

        return write(self, Path(folder), formats)


def report(
    study: str | Path | Sequence[str | Path],
    *,
    samples: Sequence[int] = SAMPLES,
    filters: Filters | None = None,
) -> Report:
    """Report on a study.

    Args:
        study: A study's file, whose database lies beside it; a database (path or URL); or exported traces,
            one file or several.
        samples: Numbers of chains at which votes are measured.
        filters: Which searches count; all live ones if not given.

    Raises:
        ReasonError: If there is nothing to report on, or it cannot be read.
    """
    given = [str(study)] if isinstance(study, str | Path) else [str(each) for each in study]
    if not given:
        raise UsageError("A study's file, a database or exported traces are wanted, and nothing came.")
    with _opened(given) as database:
        measured = measure(database, samples=samples, filters=filters)
    return Report(_name_of(given[0]), *measured)


def _name_of(given: str) -> str:
    name = given.rsplit("/", 1)[-1].split("?")[0]
    return name.split(".")[0] or name


@contextmanager
def _opened(given: Sequence[str]) -> Iterator[Database]:
    """Open what holds the traces; exported ones go to a database that lives as long as this."""
    if len(given) == 1 and not _is_export(given[0]):
        (place,) = given
        with open_for_reading(database_of(place) if place.endswith(".toml") else place) as database:
            yield database
        return
    for each in given:
        if not _is_export(each):
            raise UsageError(f"Several files are to be exported traces (.jsonl, .gz, .zst), and {each} came.")
    with (
        tempfile.TemporaryDirectory(prefix="reasontree-") as folder,
        open_database(str(Path(folder) / "study.db")) as database,
    ):
        for each in given:
            with read_export(each) as lines:
                found = import_lines(database, lines, each)
            if found.problem:
                raise UsageError(f"{each}: {found.problem}")
        yield database


def _is_export(given: str) -> bool:
    return given.endswith((".jsonl", ".jsonl.gz", ".jsonl.zst", ".gz", ".zst"))
