"""Files that may be compressed.

Where they are written their name says so, and where they are read their first bytes.
"""

from __future__ import annotations

import gzip
import importlib
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from ...core.errors import StoreError
from ...core.json_rows import standard_input
from ...core.whole_files import is_file_there, whole_file

STANDARD = "-"
"""The name of standard input and standard output."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@contextmanager
def written(name: str, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """Open a file to write; it appears whole, or not at all. Devices and pipes are written through.

    Raises:
        StoreError: If it is there already and may not be overwritten, or cannot be written.
    """
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    try:
        if is_file_there(path) and not overwrite:
            raise StoreError(f"{path} is there already.", hint="--force writes over it.")
        with whole_file(path) as raw, _packed(raw, path.suffix) as file:
            yield file
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from error


@contextmanager
def read(name: str) -> Iterator[Iterator[bytes]]:
    """Open a file to read its lines, whatever it is compressed with.

    Raises:
        StoreError: If it cannot be opened; from the lines, if the rest cannot be read.
    """
    with ExitStack() as closing:
        try:
            raw: Any = standard_input() if name == STANDARD else closing.enter_context(Path(name).open("rb"))
            start = raw.peek(4)[:4]
        except (OSError, ValueError) as error:  # a NUL in the name is not an OSError
            reason = getattr(error, "strerror", None) or error
            raise StoreError(f"{name!r} cannot be read: {reason}.") from error
        yield _lines(closing.enter_context(_unpacked(raw, start)))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    try:
        yield from file
    except Exception as error:
        if isinstance(error, OSError | EOFError | zlib.error) or type(error).__name__ == "ZstdError":
            raise StoreError(f"the rest cannot be read ({error})") from error
        raise


def _packed(raw: BinaryIO, suffix: str) -> Any:
    """Return what compresses; the same traces give the same bytes, so gzip keeps no time and no name."""
    if suffix == ".gz":
        return gzip.GzipFile("", "wb", 6, raw, mtime=0)
    if suffix == ".zst":
        return _zstd().ZstdFile(raw, "wb")
    return nullcontext(raw)


def _unpacked(raw: BinaryIO, start: bytes) -> Any:
    if start.startswith(_GZIP):
        return gzip.GzipFile(fileobj=raw)
    if start.startswith(_ZSTD):
        return _zstd().ZstdFile(raw)
    return nullcontext(raw)


def _zstd() -> Any:
    """Return Python's own module for Zstandard, or its backport for Pythons before 3.14."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise StoreError("Zstandard needs Python 3.14 or a package.", hint="Try pip install 'reasontree[zstd]'.")
