"""Files that a command writes: whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..core.errors import UsageError


def write_text(file: Path, text: str) -> None:
    """Write text as UTF-8, in place of what the file held; `-` is standard output.

    Raises:
        UsageError: If the file cannot be written.
    """
    if str(file) == "-":
        sys.stdout.write(text)
        return
    draft = None
    try:
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(draft).chmod(0o666 & ~_umask())
        Path(draft).replace(file)
    except OSError as error:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
        raise UsageError(f"{file} cannot be written: {error.strerror or error}.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
