"""What a decode puts out behind a token: logits, and the last hidden state where it is wanted.

The outputs of a decode lie in llama.cpp's own memory until the next one. Those behind a prefix that was
expanded are kept, so that expanding it again computes nothing while its cells are there.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .sampler import Sampler

Logits = NDArray[np.float32]
_BYTES_OF_A_NUMBER = 32  # in a tuple of Python's floats


class DecodedOutput(ABC):
    """The logits behind one token, untempered.

    Args:
        row: One number for each token of the vocabulary.
        scratch: Room for as many, shared by all outputs of a context.
    """

    def __init__(self, row: Logits, scratch: Logits) -> None:
        self._row = row
        self._scratch = scratch

    @abstractmethod
    def sample(self, sampler: Sampler) -> int:
        """Sample a token, which the sampler remembers."""

    @abstractmethod
    def hidden(self) -> tuple[float, ...]:
        """Return the last hidden state; its length is the model's embedding width."""

    def logits(self, tokens: Sequence[int], *, normalised: bool) -> tuple[float, ...]:
        """Return the logits of some tokens.

        Args:
            tokens: None of them asks for the mean over the whole vocabulary.
            normalised: As log-probabilities (nats) over the whole vocabulary.
        """
        shift = self._log_sum() if normalised else 0.0
        if not tokens:
            return (float(self._row.mean(dtype=np.float64)) - shift,)
        return tuple(float(self._row[token]) - shift for token in tokens)

    def kept(self, *, hidden: bool) -> KeptOutput:
        """Return a copy that outlives the decode."""
        return KeptOutput(self._row.copy(), self._scratch, self.hidden() if hidden else None)

    def _log_sum(self) -> float:
        """Return log Σ exp of the row, without a new array of the size of the vocabulary.

        Logits of language models stay far below 88, where exp overflows in single precision; if they do not,
        the largest one is taken out first.
        """
        with np.errstate(over="ignore"):
            np.exp(self._row, out=self._scratch)
            total = float(self._scratch.sum())
        if 0.0 < total < np.inf:
            return math.log(total)
        top = self._row.max()
        np.exp(self._row - top, out=self._scratch)
        return float(top) + math.log(float(self._scratch.sum()))


class KeptOutput(DecodedOutput):
    """A copy of an output."""

    def __init__(self, row: Logits, scratch: Logits, hidden: tuple[float, ...] | None) -> None:
        super().__init__(row, scratch)
        self._hidden = hidden

    @property
    def n_bytes(self) -> int:
        """How much memory it takes, about."""
        return self._row.nbytes + _BYTES_OF_A_NUMBER * len(self._hidden or ())

    @property
    def has_hidden(self) -> bool:
        """Whether the hidden state was kept too."""
        return self._hidden is not None

    def sample(self, sampler: Sampler) -> int:
        """Sample as from the decode itself."""
        return sampler.sample_row(self._row)

    def hidden(self) -> tuple[float, ...]:
        """Return the hidden state that was kept."""
        assert self._hidden is not None, "asked for by those alone who see `has_hidden`"
        return self._hidden


class KeptOutputs:
    """The outputs behind the prefixes that searches expanded; the least recently used ones go first.

    Args:
        max_bytes: What all of them may take.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._kept: dict[tuple[int, tuple[int, ...]], KeptOutput] = {}  # least recently used first

    def get(self, search: int, prefix: tuple[int, ...], *, hidden: bool) -> KeptOutput | None:
        """Return the output behind a prefix, if it is there with all that is wanted."""
        found = self._kept.pop((search, prefix), None)
        if found is not None:
            self._kept[search, prefix] = found
        return found if found is not None and (found.has_hidden or not hidden) else None

    def put(self, search: int, prefix: tuple[int, ...], output: KeptOutput) -> None:
        """Keep the output behind a prefix."""
        self._drop((search, prefix))
        self._kept[search, prefix] = output
        self._n_bytes += output.n_bytes
        while self._n_bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def release(self, search: int) -> None:
        """Forget what a search expanded."""
        for key in [key for key in self._kept if key[0] == search]:
            self._drop(key)

    def _drop(self, key: tuple[int, tuple[int, ...]]) -> None:
        gone = self._kept.pop(key, None)
        self._n_bytes -= gone.n_bytes if gone else 0
