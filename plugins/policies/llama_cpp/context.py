"""One llama.cpp context: a batch of tokens in, logits out, and sequences that share cells.

This module knows sequences and positions. It does not know branches, steps or searches.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ....core.errors import ModelError
from .hardware import Hardware
from .library import interrupts_held, last_error, library
from .model import Model
from .outputs import DecodedOutput, Logits
from .sampler import Sampler

_NO_ROOM = 1  # llama_decode: no cells for this batch; nothing was changed


class Span(NamedTuple):
    """Consecutive tokens of one sequence in a batch; `outputs` are those whose logits are wanted."""

    seq: int
    position: int
    tokens: Sequence[int]
    outputs: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class ContextSize:
    """How large a context is.

    Attributes:
        n_cells: Cells of the KV cache, shared by all sequences.
        n_batch: Tokens of one decode.
        n_seqs: Sequences that may hold cells at once, and tokens of one decode whose logits may be wanted.
    """

    n_cells: int
    n_batch: int = 512
    n_seqs: int = 256


class Context:
    """A llama.cpp context over a unified KV cache."""

    def __init__(self, model: Model, size: ContextSize, hardware: Hardware | None = None) -> None:
        self._lib = lib = library()
        self.model = model
        self.size = size
        params = (hardware or Hardware()).context_params()
        params.n_ctx = size.n_cells
        params.n_batch = params.n_ubatch = size.n_batch
        params.n_seq_max = size.n_seqs
        params.kv_unified = True
        params.pooling_type = lib.LLAMA_POOLING_TYPE_NONE
        params.n_outputs_max = size.n_seqs
        with interrupts_held():
            self.pointer: Any = lib.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise ModelError(
                f"llama.cpp cannot make {size.n_cells} cells for {model.file.name}: {last_error()}.",
                hint="Try a smaller --ctx.",
            )
        self._memory: Any = lib.llama_get_memory(self.pointer)
        self._batch = _Batch(size.n_batch)
        self._logits: Logits = np.empty((0, model.n_vocab), dtype=np.float32)
        self._places: Sequence[int] = ()  # of the wanted outputs in the batch
        self._rows: Sequence[int] = ()  # of the wanted outputs in the logits
        self._keeps_hidden = False
        self.scratch = np.empty(model.n_vocab, dtype=np.float32)

    def decode(self, spans: Sequence[Span]) -> bool:
        """Run spans through the model in one batch.

        Returns:
            False if the cache has no room for them; then nothing was changed.

        Raises:
            ModelError: If llama.cpp fails otherwise.
        """
        places = self._batch.fill(spans)
        code = self._lib.llama_decode(self.pointer, self._batch.struct)
        if code == _NO_ROOM:
            return False
        if code != 0:
            raise ModelError(f"llama.cpp cannot decode (code {code}): {last_error()}.")
        if places:
            self._places = places
            # With hidden states llama.cpp puts out every token of the batch, wanted or not.
            self._rows = places if self._keeps_hidden else range(len(places))
            pointer = self._lib.llama_get_logits(self.pointer)
            self._logits = np.ctypeslib.as_array(pointer, (self._rows[-1] + 1, self.model.n_vocab))
        return True

    def output(self, number: int) -> DecodedOutput:
        """Return one of the last decode's wanted outputs, counted from 0; it is there until the next one."""
        return _Output(self, self._logits[self._rows[number]], self._places[number])

    @property
    def n_batch(self) -> int:
        """Tokens that one decode may have: fewer with hidden states, where each of them is put out."""
        return min(self.size.n_batch, self.size.n_seqs) if self._keeps_hidden else self.size.n_batch

    def want_hidden(self) -> None:
        """Let every further decode keep the last hidden state of the tokens whose logits are wanted."""
        if not self._keeps_hidden:
            self._lib.llama_set_embeddings(self.pointer, True)
            self._keeps_hidden = True

    def fork(self, donor: int, seq: int, length: int) -> None:
        """Let `seq` share the first `length` cells of `donor`."""
        self._lib.llama_memory_seq_cp(self._memory, donor, seq, 0, length)

    def drop(self, seq: int) -> None:
        """Let a sequence go; cells that nobody else shares are free again."""
        self._lib.llama_memory_seq_rm(self._memory, seq, -1, -1)

    def close(self) -> None:
        """Free the cache."""
        if self.pointer:
            self._lib.llama_free(self.pointer)
            self.pointer = None


class _Output(DecodedOutput):
    """An output in llama.cpp's own memory."""

    def __init__(self, context: Context, row: Logits, place: int) -> None:
        super().__init__(row, context.scratch)
        self._context = context
        self._place = place

    def sample(self, sampler: Sampler) -> int:
        return sampler.sample(self._context.pointer, self._place)

    def hidden(self) -> tuple[float, ...]:
        pointer = library().llama_get_embeddings_ith(self._context.pointer, self._place)
        values: list[float] = np.ctypeslib.as_array(pointer, (self._context.model.n_embedding,)).tolist()
        return tuple(values)


class _Batch:
    """A llama_batch over numpy arrays, so that filling it costs a few slices."""

    def __init__(self, size: int) -> None:
        self._token = np.zeros(size, dtype=np.int32)
        self._position = np.zeros(size, dtype=np.int32)
        self._seq = np.zeros(size, dtype=np.int32)
        self._n_seq = np.ones(size, dtype=np.int32)
        self._wants_logits = np.zeros(size, dtype=np.int8)
        int_pointer = ctypes.POINTER(ctypes.c_int32)
        self._seq_pointers = (int_pointer * size)(
            *(ctypes.cast(self._seq.ctypes.data + 4 * i, int_pointer) for i in range(size))
        )
        self.struct = library().llama_batch(
            n_tokens=0,
            token=self._token.ctypes.data_as(int_pointer),
            embd=None,
            pos=self._position.ctypes.data_as(int_pointer),
            n_seq_id=self._n_seq.ctypes.data_as(int_pointer),
            seq_id=ctypes.cast(self._seq_pointers, ctypes.POINTER(int_pointer)),
            logits=self._wants_logits.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def fill(self, spans: Sequence[Span]) -> list[int]:
        """Lay the spans into the batch and return the places of the tokens whose logits are wanted."""
        at = 0
        self._wants_logits[:] = 0
        for span in spans:
            end = at + len(span.tokens)
            self._token[at:end] = span.tokens
            self._position[at:end] = range(span.position, span.position + len(span.tokens))
            self._seq[at:end] = span.seq
            for output in span.outputs:
                self._wants_logits[at + output] = 1
            at = end
        self.struct.n_tokens = at
        rows: list[int] = np.flatnonzero(self._wants_logits[:at]).tolist()
        return rows
