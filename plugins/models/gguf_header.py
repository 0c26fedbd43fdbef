"""What the header of a GGUF file says of its model: sizes, parameters, cost. `gguf_reader` reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from .gguf_types import BLOCKS, FILE_TYPES

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
        parts: The files of a model that is split; empty for a model in one file. Figures are of all.
    """

    path: Path
    version: int
    metadata: Mapping[str, Any]
    tensors: tuple[Tensor, ...]
    n_bytes: int
    n_bytes_needed: int
    parts: tuple[Path, ...] = ()

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
        return _whole(self.metadata.get("tokenizer.ggml.tokens"), 0)

    @property
    def has_chat_template(self) -> bool:
        return bool(self.metadata.get("tokenizer.chat_template"))

    @property
    def n_layers(self) -> int:
        return self._number("block_count", 0)

    @property
    def n_embedding(self) -> int:
        return self._number("embedding_length", 0)

    @property
    def n_context(self) -> int:
        """Tokens that the model was trained to see."""
        return self._number("context_length", 0)

    @property
    def n_heads(self) -> int:
        """Of the widest layer, where layers differ."""
        return self._per_layer("attention.head_count", 1).widest

    @property
    def n_kv_heads(self) -> int:
        """Of the widest layer, where layers differ."""
        return self._per_layer("attention.head_count_kv", self.n_heads).widest

    @property
    def head_width(self) -> int:
        return self._number("attention.key_length", self.n_embedding // max(1, self.n_heads))

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
        n_heads = self._per_layer("attention.head_count_kv", self.n_heads).total
        width = self.head_width + self._number("attention.value_length", self.head_width)
        return n_heads * width * _F16_BYTES

    @property
    def n_bytes_missing(self) -> int:
        """How much of the data is cut off; 0 for a whole file."""
        return max(0, self.n_bytes_needed - self.n_bytes)

    def _multiplied(self, tensor: Tensor) -> float:
        if sum(size > 1 for size in tensor.shape) < 2:  # a norm or a bias adds or scales, at next to no cost
            return 0.0
        experts = self._number("expert_count", 0)
        if experts and "_exps" in tensor.name:
            return tensor.n_weights * self._number("expert_used_count", experts) / experts
        return float(tensor.n_weights)

    def _of_architecture(self, key: str) -> Any:
        return self.metadata.get(f"{self.architecture}.{key}")

    def _number(self, key: str, default: int) -> int:
        return _whole(self._of_architecture(key), default)

    def _per_layer(self, key: str, default: int) -> _PerLayer:
        """Return a number that some files give for each layer, and some once for all."""
        value = self._of_architecture(key)
        if isinstance(value, tuple) and value and all(isinstance(number, int) for number in value):
            return _PerLayer(max(value), sum(value))
        number = _whole(value, 0) or default
        return _PerLayer(number, number * self.n_layers)


class _PerLayer(NamedTuple):
    """A number that layers may differ in."""

    widest: int
    total: int


def _whole(value: Any, default: int) -> int:
    """Return a whole number of the metadata; the default where it is missing or of another type."""
    return value if isinstance(value, int) else default
