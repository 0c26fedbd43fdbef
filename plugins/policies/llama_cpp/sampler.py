"""Native sampler chains: one a branch, seeded by the branch's place in the tree."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.records import Sampling
from .library import library

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data


class Sampler:
    """A chain of llama.cpp samplers.

    Args:
        seed: Of this branch alone.
        recent: Tokens before the branch, for the repetition penalty.
    """

    def __init__(self, sampling: Sampling, seed: int, n_vocab: int, recent: Sequence[int] = ()) -> None:
        self._n_vocab = n_vocab
        self._lib = lib = library()
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for link in self._links(sampling, seed):
            lib.llama_sampler_chain_add(self._chain, link)
        if sampling.repeat_penalty != 1.0:
            for token in recent[-sampling.repeat_last_n :]:
                lib.llama_sampler_accept(self._chain, token)

    def sample(self, context: Any, row: int) -> int:
        """Sample from the logits of a batch position, and remember the token."""
        return int(self._lib.llama_sampler_sample(self._chain, context, row))

    def sample_row(self, row: NDArray[np.float32]) -> int:
        """Sample from logits that were kept, as llama.cpp does from its own, and remember the token."""
        candidates = np.zeros(len(row), dtype=_CANDIDATE)
        candidates["id"] = np.arange(len(row))
        candidates["logit"] = row
        data = ctypes.cast(candidates.ctypes.data, self._lib.llama_token_data_p)
        array = self._lib.llama_token_data_array(data=data, size=len(row), selected=-1, sorted=False)
        self._lib.llama_sampler_apply(self._chain, ctypes.byref(array))
        token = int(array.data[array.selected].id)
        self._lib.llama_sampler_accept(self._chain, token)
        return token

    def close(self) -> None:
        """Free the chain."""
        if self._chain:
            self._lib.llama_sampler_free(self._chain)
            self._chain = None

    def _links(self, sampling: Sampling, seed: int) -> list[Any]:
        lib = self._lib
        links = []
        if sampling.repeat_penalty != 1.0:
            penalties = (sampling.repeat_last_n, sampling.repeat_penalty, 0.0, 0.0)
            links.append(lib.llama_sampler_init_penalties(self._n_vocab, *penalties))
        if sampling.temperature == 0:
            return [*links, lib.llama_sampler_init_greedy()]
        if sampling.top_k > 0:
            links.append(lib.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1:
            links.append(lib.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            links.append(lib.llama_sampler_init_min_p(sampling.min_p, 1))
        return [*links, lib.llama_sampler_init_temp(sampling.temperature), lib.llama_sampler_init_dist(seed)]
