"""Files that appear whole or not at all, where what is written to is a file.

A device, a pipe or a socket is written through, never replaced by a file; a link is followed.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def is_file_there(path: Path) -> bool:
    """Whether a file would be written over; devices, pipes and links to nothing have nothing to lose."""
    kind = _kind(path)
    return kind is not None and stat.S_ISREG(kind)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that takes its place when the block ends; if the block raises, nothing changed.

    Raises:
        OSError: If it cannot be written.
    """
    kind = _kind(path)
    if kind is not None and not stat.S_ISREG(kind):
        with path.open("wb") as file:  # of a folder, this raises
            yield file
        return
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        if kind is not None:
            shutil.copymode(target, part)
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _kind(path: Path) -> int | None:
    """Return what a path leads to, as `stat` has it; None where there is nothing."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
