"""The header of a GGUF file (version 2 or 3, little endian): what the model is, without its weights.

The vocabulary is walked, not kept, so that a file with 150,000 tokens takes 40 ms. The format is specified in
ggml's docs/gguf.md. Why this is not the `gguf` package: docs/decisions/0002-model-sources.md.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

from ...core.errors import ModelError
from .gguf_types import BLOCKS, FILE_TYPES

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
_F16_BYTES = 2


class Tensor(NamedTuple):
    """What the header says of one tensor; `offset` counts from the start of the data."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int

    @property
    def n_weights(self) -> int:
        return math.prod(self.shape)

    @property
    def n_bytes(self) -> int:
        """Bytes of its data; 0 for a type that is not known here."""
        block = BLOCKS.get(self.type)
        return -(-self.n_weights // block.n_weights) * block.n_bytes if block else 0


@dataclass(frozen=True)
class Header:
    """What a GGUF file says of itself.

    Attributes:
        metadata: Every key with its value; of a long array, or one of texts, only the length.
        tensors: In the order of the file.
        n_bytes: Size of the file as it lies there.
        n_bytes_needed: Where the data of the last tensor ends.
    """

    path: Path
    version: int
    metadata: Mapping[str, Any]
    tensors: tuple[Tensor, ...]
    n_bytes: int
    n_bytes_needed: int

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def name(self) -> str:
        return str(self.metadata.get("general.name", "")) or self.path.stem

    @property
    def quantisation(self) -> str:
        """As llama.cpp names it, `Q4_K_M` for example; empty where the file does not say."""
        number = self.metadata.get("general.file_type")
        return "" if number is None else FILE_TYPES.get(number, f"type {number}")

    @property
    def tokenizer(self) -> str:
        return str(self.metadata.get("tokenizer.ggml.model", ""))

    @property
    def n_vocab(self) -> int:
        return int(self.metadata.get("tokenizer.ggml.tokens", 0))

    @property
    def has_chat_template(self) -> bool:
        return bool(self.metadata.get("tokenizer.chat_template"))

    @property
    def n_layers(self) -> int:
        return int(self._of_architecture("block_count", 0))

    @property
    def n_embedding(self) -> int:
        return int(self._of_architecture("embedding_length", 0))

    @property
    def n_context(self) -> int:
        """Tokens that the model was trained to see."""
        return int(self._of_architecture("context_length", 0))

    @property
    def n_heads(self) -> int:
        """Of the widest layer, where layers differ."""
        return max(self._per_layer("attention.head_count", 1))

    @property
    def n_kv_heads(self) -> int:
        """Of the widest layer, where layers differ."""
        return max(self._per_layer("attention.head_count_kv", self.n_heads))

    @property
    def head_width(self) -> int:
        return int(self._of_architecture("attention.key_length", self.n_embedding // max(1, self.n_heads)))

    @property
    def attention_width(self) -> int:
        """d of the attention: heads × width of a head."""
        return self.n_heads * self.head_width

    @property
    def n_parameters(self) -> int:
        """All weights of the file."""
        return sum(tensor.n_weights for tensor in self.tensors)

    @cached_property
    def n_multiplied(self) -> int:
        """P: the weights that multiply a token.

        Matrices without the embedding look-up, with the output head; where the two are tied the table
        counts as the head. Of a mixture's experts, only the share that a token visits.
        """
        has_head = any(tensor.name == "output.weight" for tensor in self.tensors)
        looked_up = {"token_embd.weight"} if has_head else set()
        looked_up |= {"position_embd.weight", "token_types.weight"}
        return round(sum(self._multiplied(tensor) for tensor in self.tensors if tensor.name not in looked_up))

    @property
    def flops_per_token(self) -> int:
        """2 · P: a token through the weights, without attention."""
        return 2 * self.n_multiplied

    @property
    def flops_per_token_and_context(self) -> int:
        """4 · layers · d: what each token of context adds to a token."""
        return 4 * self.n_layers * self.attention_width

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes of the KV cache for one token, at 16 bits a number."""
        n_heads = sum(self._per_layer("attention.head_count_kv", self.n_heads))
        width = self.head_width + int(self._of_architecture("attention.value_length", self.head_width))
        return n_heads * width * _F16_BYTES

    @property
    def n_bytes_missing(self) -> int:
        """How much of the data is cut off; 0 for a whole file."""
        return max(0, self.n_bytes_needed - self.n_bytes)

    def _multiplied(self, tensor: Tensor) -> float:
        if sum(size > 1 for size in tensor.shape) < 2:  # a norm or a bias adds or scales, at next to no cost
            return 0.0
        experts = int(self._of_architecture("expert_count", 0))
        if experts and "_exps" in tensor.name:
            return tensor.n_weights * int(self._of_architecture("expert_used_count", experts)) / experts
        return float(tensor.n_weights)

    def _of_architecture(self, key: str, default: Any) -> Any:
        return self.metadata.get(f"{self.architecture}.{key}", default)

    def _per_layer(self, key: str, default: int) -> list[int]:
        """Return a number for each layer; some files have one for all."""
        value = self._of_architecture(key, default)
        return (
            list(value)
            if isinstance(value, tuple) and value
            else [int(value or default)] * self.n_layers or [1]
        )


def read_header(path: Path) -> Header:
    """Read the header, and see whether the data is all there.

    Raises:
        ModelError: If there is no such file, it is no GGUF of a version that llama.cpp reads, its header is
            damaged, or data is missing at its end.
    """
    try:
        header = _read(path)
    except (EOFError, struct.error, UnicodeDecodeError) as error:
        size = path.stat().st_size
        raise ModelError(
            f"{path} is truncated or damaged: its header does not end within the file's {size:,} bytes.",
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
