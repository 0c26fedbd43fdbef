"""Reads the header of a GGUF file (version 2 or 3, little endian), without its weights.

The vocabulary is walked, not kept, so that a file with 150,000 tokens takes 40 ms. The format is specified in
ggml's docs/gguf.md. Why this is not the `gguf` package: docs/decisions/0002-model-sources.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from ...core.errors import ModelError
from .gguf_header import Header, Tensor
from .gguf_parts import parts_of

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SCALARS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_U32, _U64 = _SCALARS[4], _SCALARS[10]
_STRING, _ARRAY = 8, 9
_MAX_KEPT = 1024  # a longer array is a vocabulary: only its length is kept
_MAX_DIMENSIONS = 4


def read_header(path: Path) -> Header:
    """Read the header, and see whether the data is all there; of a model that is split, of all its files.

    Raises:
        ModelError: If there is no such file, it is not a GGUF of a version that llama.cpp reads, its
            header is damaged, data is missing at its end, or another of the model's files is missing.
    """
    header = _header_of(path)
    parts = parts_of(path, header.metadata)
    if not parts:
        return header
    headers = [header, *(_header_of(part) for part in parts[1:])]
    return replace(
        header,
        tensors=tuple(tensor for each in headers for tensor in each.tensors),
        n_bytes=sum(each.n_bytes for each in headers),
        n_bytes_needed=sum(each.n_bytes_needed for each in headers),
        parts=parts,
    )


def _header_of(path: Path) -> Header:
    """Read the header of one file."""
    try:
        header = _read(path)
    except (EOFError, struct.error, TypeError, ValueError, OverflowError, RecursionError) as error:
        size = path.stat().st_size
        raise ModelError(
            f"{path} is truncated or damaged: no whole header can be read from its {size:,} bytes.",
            hint="Fetch it again.",
        ) from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    if header.n_bytes_missing:
        raise ModelError(
            f"{path} is truncated: {header.n_bytes:,} of {header.n_bytes_needed:,} bytes.",
            hint="Fetch it again.",
        )
    return header


def _read(path: Path) -> Header:
    if path.is_dir():
        raise ModelError(f"{path} is a folder, not a GGUF file.", hint="Name the .gguf file in it.")
    if not path.exists():
        raise ModelError(f"There is no model file {path}.", hint="See 'reason models list' for names.")
    if not path.is_file():
        raise ModelError(f"{path} is a pipe or a device; a model is read from a file on a disk.")
    with path.open("rb") as file:
        _check_magic(path, file.read(8))
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            return _parse(path, _Reader(data, position=4))


def _check_magic(path: Path, start: bytes) -> None:
    if start[:4] != _MAGIC:
        raise ModelError(
            f"{path} is not a GGUF file: it begins with {start[:4]!r}, not with {_MAGIC!r}.",
            hint="docs/models.md says how to convert a model.",
        )
    version = int.from_bytes(start[4:8], "little")
    if len(start) == 8 and version not in _VERSIONS:
        raise ModelError(f"{path} is GGUF version {version}; versions 2 and 3, little endian, can be read.")


def _parse(path: Path, reader: _Reader) -> Header:
    version = reader.number(_U32)
    n_tensors, n_values = reader.number(_U64), reader.number(_U64)
    metadata = {}
    for _ in range(n_values):
        key = reader.text()
        metadata[key] = reader.value(reader.number(_U32))
    tensors = tuple(reader.tensors(n_tensors))
    alignment = int(metadata.get("general.alignment", 32)) or 32
    start = -(-reader.position // alignment) * alignment
    end = max((start + tensor.offset + tensor.n_bytes for tensor in tensors), default=reader.position)
    return Header(path, version, metadata, tensors, reader.n_bytes, end)


class _Reader:
    """Walks through the header; whatever points behind the file's end raises EOFError."""

    def __init__(self, data: mmap, position: int) -> None:
        self._data = data
        self.n_bytes = len(data)
        self.position = position

    def number(self, kind: struct.Struct) -> Any:
        position = self.position
        self._skip(kind.size)
        return kind.unpack_from(self._data, position)[0]

    def text(self) -> str:
        length = self.number(_U64)
        position = self.position
        self._skip(length)
        return self._data[position : position + length].decode("utf-8", errors="replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.text()
        return self._array() if kind == _ARRAY else self.number(_scalar(kind))

    def tensors(self, count: int) -> Iterator[Tensor]:
        for _ in range(count):
            name = self.text()
            n_dimensions = self.number(_U32)
            if n_dimensions > _MAX_DIMENSIONS:
                raise EOFError
            shape = tuple(self.number(_U64) for _ in range(n_dimensions))
            yield Tensor(name, shape, self.number(_U32), self.number(_U64))

    def _array(self) -> Any:
        """Return a short array of numbers as a tuple, and of any other its length."""
        kind, length = self.number(_U32), self.number(_U64)
        if kind == _STRING:
            self._skip_texts(length)
            return length
        if kind == _ARRAY:
            for _ in range(length):
                self._array()
            return length
        scalar = _scalar(kind)
        if length <= _MAX_KEPT:
            return tuple(self.number(scalar) for _ in range(length))
        self._skip(length * scalar.size)
        return length

    def _skip_texts(self, count: int) -> None:
        """Step over a vocabulary: the loop that decides how long a header takes."""
        data, position, unpack, end = self._data, self.position, _U64.unpack_from, self.n_bytes
        for _ in range(count):
            position += 8 + unpack(data, position)[0]
            if position > end:
                raise EOFError
        self.position = position

    def _skip(self, count: int) -> None:
        if self.position + count > self.n_bytes:
            raise EOFError
        self.position += count


def _scalar(kind: int) -> struct.Struct:
    if kind not in _SCALARS:
        raise EOFError
    return _SCALARS[kind]
