"""Where the files of data sets lie, and how one that is not there is fetched.

The folder has `NAME-SPLIT.SUFFIX` for each split, of any suffix that is read. A file that is there is used as
it is, whoever put it there; so a machine without a network needs the file and nothing else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ...core.datasets import DatasetSource
from ...core.errors import DatasetError, ReasonError, UsageError
from ...core.row_files import FORMATS, read_rows, require_pyarrow
from ...core.whole_files import whole_file
from ..models import FAILED, Progress, SourceError, silent
from .names import NamedSplit
from .sources import FETCHERS, describe, suffix_of


def folder_of_user() -> Path:
    """Return the folder of data sets: `REASON_DATASETS`, or one in the platform's cache folder.

    Raises:
        ReasonError: If REASON_DATASETS begins with the home folder of nobody, or is a link to itself.
    """
    chosen = os.environ.get("REASON_DATASETS")
    if chosen:
        try:
            return Path(chosen).expanduser().resolve()
        except (RuntimeError, OSError) as error:
            raise ReasonError(
                f"REASON_DATASETS is '{chosen}', which is not a folder: {error}.",
                hint="Set it to one that you may write to.",
            ) from error
    from platformdirs import user_cache_path

    return user_cache_path("reasontree", appauthor=False) / "datasets"


def find_file(wanted: NamedSplit) -> Path | None:
    """Return the file of a split, if it is there."""
    paths = (folder_of_user() / f"{wanted.stem}{suffix}" for suffix in FORMATS)
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113 - never raises


def fetch(wanted: NamedSplit, progress: Progress = silent) -> Path:
    """Return the file of a split, fetched if it is not there.

    Raises:
        DatasetError: If no source delivers; names each with its reason.
        ReasonError: If the folder cannot be written to.
    """
    found = find_file(wanted)
    if found:
        return found
    failures = []
    for source in wanted.said.sources:
        try:
            return _from(source, wanted, progress)
        except SourceError as error:
            failures.append(f"{describe(source)}: {error}")
            progress(0, 0, f"{describe(source)}{FAILED}{error}")
    said = f"{'; '.join(failures)}." if failures else "It has none."
    raise DatasetError(
        f"No source delivers {wanted.entry.name}:{wanted.split}. {said}",
        hint=f"Put its file at {folder_of_user() / wanted.stem}{' or '.join(FORMATS)}, or give a file's path "
        "instead of the name.",
    )


def _from(source: DatasetSource, wanted: NamedSplit, progress: Progress) -> Path:
    """Fetch a file from one source, check it, and let it appear in its place."""
    suffix = suffix_of(source)
    if suffix == ".parquet":
        try:
            require_pyarrow("it")
        except UsageError as error:
            raise SourceError(str(error).rstrip(".")) from error
    progress(0, 0, f"fetching {wanted.name} from {describe(source)}")
    with tempfile.TemporaryDirectory(prefix="reason-") as staging:
        built = FETCHERS[source.kind](source, Path(staging))
        _check(built, wanted, Path(describe(source)).name)
        return _land(built, folder_of_user() / f"{wanted.stem}{suffix}")


def _check(path: Path, wanted: NamedSplit, name: str) -> None:
    """Check that a file has as many rows as it should, with the fields that make a problem."""
    n_rows, n_wanted, fields = 0, wanted.said.n_rows, wanted.entry.fields
    try:
        for row in read_rows(path, "an object", name=name):
            missing = next((field for field in fields if row.text([field]) is None), None)
            if missing is not None:
                raise SourceError(f"{row.place} has no '{missing}'")
            n_rows += 1
    except UsageError as error:
        raise SourceError(str(error).rstrip(".")) from error
    if not n_rows or n_wanted not in (0, n_rows):
        expected = f"{n_wanted:,}" if n_wanted else "some"
        raise SourceError(f"it has {n_rows:,} rows, and {expected} were expected")


def _land(built: Path, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with built.open("rb") as source, whole_file(path) as file:
            shutil.copyfileobj(source, file)
    except OSError as error:
        raise ReasonError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Set REASON_DATASETS to a folder that you may write to.",
        ) from error
    return path
