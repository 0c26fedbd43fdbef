"""What every source shares: how it says how far it is, and how it says that it failed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from ...core.errors import ModelError

FAILED = " failed: "
"""Stands in what a progress is told when a source gives up."""

_WATCH_S = 0.25
_SPARE_BYTES = 64 << 20


class Progress(Protocol):
    """Takes how far a transfer is."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Learn that `done` of `total` bytes are there (0 where nobody knows), and what is being done."""


class Fetched(NamedTuple):
    """A file in the staging folder, with the SHA-256 that its source promises, if it does."""

    path: Path
    sha256: str = ""


class SourceError(Exception):
    """One source did not deliver; the text says why."""


def silent(done: int, total: int, what: str) -> None:
    """Tell nobody."""


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder; they may come and go meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):  # which, unlike rglob, passes over a folder that is gone
        for name in names:
            with suppress(OSError):
                total += (Path(place) / name).stat().st_size
    return total


def check_space(folder: Path, n_bytes: int) -> None:
    """Check that the disk has room.

    Raises:
        ModelError: If it has not; says how much is needed and how much there is.
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes + _SPARE_BYTES:
        raise ModelError(
            f"The disk of {folder} has {free / 1e6:,.0f} MB free; {n_bytes / 1e6:,.0f} MB more are needed.",
            hint="Make room, or set REASON_MODELS to a folder on another disk.",
        )


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Call `look` a few times a second, from a thread, while the block runs."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_WATCH_S):
            look()

    thread = threading.Thread(target=watch, name="reason-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
