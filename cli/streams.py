"""Standard streams that are closed, full, or of another encoding than UTF-8."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from ..core.errors import ReasonError

_OF_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def prepare() -> None:
    """Make the standard streams such that whatever is printed can be printed.

    Raises:
        ReasonError: If standard output is closed: the answer would be lost.
    """
    _fill_closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for as long as the process lives
    if sys.stdout is None:
        raise ReasonError(
            "Standard output is closed.", hint="Redirect it to /dev/null if nothing is to be seen."
        )
    for stream in (sys.stdout, sys.stderr):
        if not is_utf8(stream):
            with suppress(AttributeError):  # a stream that somebody put in its place
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def is_utf8(stream: object) -> bool:
    """Whether a stream takes any text."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf8")


def is_of_output(error: OSError) -> bool:
    """Whether an error says that standard output takes no more; errors of files have their names."""
    return error.filename is None and error.errno in _OF_OUTPUT


def abandon_output() -> None:
    """Write nothing more: what is still in the buffer cannot be written either."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for as long as the process lives


def _fill_closed() -> None:
    """Open the null device in place of a closed stream, lest a database gets its number and is written to."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
