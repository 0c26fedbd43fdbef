"""A report: what a study's traces come to, and how it is written down."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...core.errors import UsageError
from ...store.database import Database, open_database, open_for_reading
from ...store.exchange.files import read as read_export
from ...store.exchange.importing import import_lines
from ...store.filters import Filters
from .measuring import measure
from .places import database_of
from .spec import StudySpec
from .summary import StudySummary


class StudyReport(StudySummary):
    """What some recorded searches come to."""

    def markdown(self) -> str:
        """Return tables and sentences as Markdown."""
        from .tables import markdown

        return markdown(self)

    def write(self, folder: str | Path, formats: Sequence[str] = ()) -> list[Path]:
        """Write it to a folder, in some formats, or in all; return the files.

        Raises:
            UsageError: If a format is unknown, or needs a package that is missing.
        """
        from .writing import FORMATS, write

        return write(self, Path(folder), formats or FORMATS)


def report(
    study: str | Path | Sequence[str | Path],
    *,
    samples: Sequence[int] = (),
    votes: Sequence[str] = (),
    filters: Filters | None = None,
) -> StudyReport:
    """Report on a study.

    Args:
        study: A study's file, whose database lies beside it; a database (path or URL); or exported traces,
            one file or several.
        samples: Numbers of chains at which votes are measured; those of the study's file, or else powers of
            two, and as many as there are.
        votes: Votes to look at besides those that searches had; those of the study's file if not given.
        filters: Which searches count; all live ones if not given.

    Raises:
        ReasonError: If there is nothing to report on, or it cannot be read.
    """
    given = [str(study)] if isinstance(study, str | Path) else [str(each) for each in study]
    if not given:
        raise UsageError("A study's file, a database or exported traces are wanted, and nothing came.")
    if len(given) == 1 and given[0].endswith(".toml"):
        spec = StudySpec.read(given[0])
        samples, votes = samples or spec.all_samples(), votes or spec.own_votes()
    with _opened(given) as database:
        measured = measure(database, samples=samples, votes=votes, filters=filters)
    return StudyReport(_name_of(given[0]), *measured)


def _name_of(given: str) -> str:
    name = given.rsplit("/", 1)[-1].split("?")[0]
    return name.split(".")[0] or name


@contextmanager
def _opened(given: Sequence[str]) -> Iterator[Database]:
    """Open what holds the traces; exported ones go to a database that lives as long as this."""
    if len(given) == 1 and not is_export(given[0]):
        (place,) = given
        with open_for_reading(database_of(place) if place.endswith(".toml") else place) as database:
            yield database
        return
    for each in given:
        if not is_export(each):
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


def is_export(given: str) -> bool:
    """Whether a name is that of exported traces."""
    return given.endswith((".jsonl", ".jsonl.gz", ".jsonl.zst", ".gz", ".zst"))
