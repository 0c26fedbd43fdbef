"""A GGUF model and its vocabulary."""

from __future__ import annotations

import ctypes
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np

from ....core.errors import ModelError
from ....core.models import ModelFile
from ....core.records import ModelInfo
from .hardware import Hardware
from .library import interrupts_held, last_error, library

_N_SIZE_TRIES = 2
_PIECE_BYTES = 256
# A tensor's name stands in the header behind its length, so this is the output head and no other tensor.
_HEAD_IN_HEADER = len(b"output.weight").to_bytes(8, "little") + b"output.weight"
_HEADER_BYTES = 64 << 20


class Model:
    """A loaded model.

    Raises:
        ModelError: If llama.cpp cannot load the file; the message has its reason.
    """

    def __init__(self, file: ModelFile, hardware: Hardware | None = None) -> None:
        self._lib = library()
        self.file = file
        params = (hardware or Hardware()).model_params()
        if not file.path.is_file():
            raise ModelError(f"The model file {file.path} does not exist.", hint="See 'reason models list'.")
        with interrupts_held() as interrupted:
            goes_on = self._lib.llama_progress_callback(lambda progress, user_data: not interrupted())
            params.progress_callback = goes_on
            self.pointer: Any = self._lib.llama_model_load_from_file(str(file.path).encode(), params)
        if not self.pointer:
            raise ModelError(f"llama.cpp cannot load {file.path}: {last_error()}.")
        self.vocab: Any = self._lib.llama_model_get_vocab(self.pointer)
        self.n_vocab: int = self._lib.llama_vocab_n_tokens(self.vocab)
        self.n_embedding: int = self._lib.llama_model_n_embd(self.pointer)
        self._pieces: dict[int, bytes] = {}
        if not self._lib.llama_model_has_decoder(self.pointer) or self._lib.llama_model_has_encoder(
            self.pointer
        ):
            raise ModelError(
                f"{file.path} is not a decoder-only language model.", hint="Choose another model."
            )

    @cached_property
    def info(self) -> ModelInfo:
        """What the ledger and the store keep of this model."""
        lib, model = self._lib, self.pointer
        width = lib.llama_model_n_embd(model)
        return ModelInfo(
            name=self.file.name,
            parameters=lib.llama_model_n_params(model) - self._n_looked_up,
            layers=lib.llama_model_n_layer(model),
            width=self._int("attention.key_length", width // max(1, lib.llama_model_n_head(model)))
            * lib.llama_model_n_head(model),
            n_context=lib.llama_model_n_ctx_train(model),
            sha256=self.file.sha256,
            path=str(self.file.path),
            prompt_format=self.file.prompt.digest,
        )

    @property
    def _n_looked_up(self) -> int:
        """Parameters of the embedding table, where the output head is a matrix of its own.

        With tied embeddings the file holds the table once, and as the output head it multiplies.
        """
        return self.n_vocab * self._lib.llama_model_n_embd(self.pointer) if self._has_own_head else 0

    @cached_property
    def _has_own_head(self) -> bool:
        return any(map(_names_head, self.file.parts or (self.file.path,)))

    @cached_property
    def kv_bytes_per_token(self) -> int:
        """Bytes of one cell of the KV cache at 16 bits."""
        lib, model = self._lib, self.pointer
        n_heads = max(1, lib.llama_model_n_head(model))
        head = self._int("attention.key_length", lib.llama_model_n_embd(model) // n_heads)
        return int(2 * 2 * lib.llama_model_n_layer(model) * lib.llama_model_n_head_kv(model) * head)

    def metadata(self, key: str) -> str | None:
        """Return a metadata value of the file, or None."""
        size = 1 << 10
        for _ in range(_N_SIZE_TRIES):
            buffer = ctypes.create_string_buffer(size)
            length = self._lib.llama_model_meta_val_str(self.pointer, key.encode(), buffer, size)
            if length < 0:
                return None
            if length < size:
                return buffer.value.decode(errors="replace")
            size = length + 1
        return None

    def tokenize(self, text: str, *, special: bool, begin: bool) -> list[int]:
        """Turn text into tokens.

        Args:
            special: Read the text of special tokens as those tokens.
            begin: Add the begin token, where the vocabulary wants one.
        """
        data = text.encode(errors="replace")
        tokens = np.zeros(len(data) + 8, dtype=np.int32)
        pointer = tokens.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
        count = self._lib.llama_tokenize(self.vocab, data, len(data), pointer, len(tokens), begin, special)
        if count < 0:
            raise ModelError(f"{self.file.name} cannot tokenise a text of {len(data)} bytes.")
        found: list[int] = tokens[:count].tolist()
        return found

    def piece(self, token: int) -> bytes:
        """Return a token's bytes, which may be a part of a character; special tokens have none."""
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._piece(token, special=False)
        return piece

    def special_text(self, token: int) -> str:
        """Return a special token as its template writes it; empty for no token."""
        return self._piece(token, special=True).decode(errors="replace") if token >= 0 else ""

    def special_texts(self, text: str) -> set[str]:
        """Return the control tokens that a text spells, as it spells them."""
        tokens = set(self.tokenize(text, special=True, begin=False))
        controls = (token for token in tokens if self._lib.llama_vocab_is_control(self.vocab, token))
        return {spelled for token in controls if (spelled := self.special_text(token)) and spelled in text}

    @property
    def begin_token(self) -> int:
        """The begin token, or -1."""
        return int(self._lib.llama_vocab_bos(self.vocab))

    @property
    def end_token(self) -> int:
        """The end token, or -1."""
        return int(self._lib.llama_vocab_eos(self.vocab))

    def ends(self, token: int) -> bool:
        """Whether a token ends the model's turn."""
        return bool(self._lib.llama_vocab_is_eog(self.vocab, token))

    def close(self) -> None:
        """Free the weights."""
        if self.pointer:
            self._lib.llama_model_free(self.pointer)
            self.pointer = None

    def _piece(self, token: int, *, special: bool) -> bytes:
        size = _PIECE_BYTES
        for _ in range(_N_SIZE_TRIES):
            buffer = ctypes.create_string_buffer(size)
            length = self._lib.llama_token_to_piece(self.vocab, token, buffer, size, 0, special)
            if length >= 0:
                return buffer.raw[:length]
            size = -length  # what it needs
        return b""

    def _int(self, key: str, default: int) -> int:
        value = self.metadata(f"{self.metadata('general.architecture')}.{key}")
        return int(value) if value and value.isdigit() else default


def _names_head(path: Path) -> bool:
    """Whether a file's header names an output head."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return data.find(_HEAD_IN_HEADER, 0, _HEADER_BYTES) >= 0
