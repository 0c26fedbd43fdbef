"""Which sequence holds which tokens, on whose behalf: the prefix tree and the context, kept in step.

A sequence is *live* while a branch runs on it, and *parked* afterwards, so that others can fork from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .context import Context
from .prefix_tree import PrefixTree


class Taken(NamedTuple):
    """A new live sequence, and how many of the wanted tokens it holds already."""

    seq: int
    length: int


class Sequences:
    """Hands out sequences and takes them back.

    Attributes:
        n_evictions: Parked sequences that lost their cells to make room.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cache = PrefixTree()
        self._free = list(range(context.size.n_seqs - 1, -1, -1))
        self._parked: dict[int, int] = {}  # sequence → its search, least recently used first
        self.n_evictions = 0

    @property
    def n_cells(self) -> int:
        """Cells in use."""
        return self._cache.n_cells

    def held(self, tokens: Sequence[int]) -> int:
        """Return how long a prefix of `tokens` is held by some sequence."""
        return self._cache.match(tokens).length

    def take(self, tokens: Sequence[int]) -> Taken:
        """Make a live sequence that shares the longest prefix of `tokens` that is held."""
        match = self._cache.match(tokens)
        if match.seq in self._parked:  # used just now, so it is the last one to be evicted
            self._parked[match.seq] = self._parked.pop(match.seq)
        if not self._free:
            self._evict(next(seq for seq in self._parked if seq != match.seq))
        seq = self._free.pop()
        self._cache.fork(match.seq, seq, match.length)
        if match.length:
            self._context.fork(match.seq, seq, match.length)
        return Taken(seq, match.length)

    def extend(self, seq: int, tokens: Sequence[int]) -> None:
        """Note that a live sequence has computed tokens."""
        self._cache.extend(seq, tokens)

    def park(self, seq: int, search: int) -> None:
        """Keep a sequence's cells for those who may fork from them."""
        self._parked[seq] = search

    def free(self, seq: int) -> None:
        """Let a sequence and the cells that only it holds go."""
        self._parked.pop(seq, None)
        self._cache.drop(seq)
        self._context.drop(seq)
        self._free.append(seq)

    def evict_oldest(self) -> bool:
        """Free the parked sequence that was used longest ago; False if none is parked."""
        oldest = next(iter(self._parked), None)
        if oldest is None:
            return False
        self._evict(oldest)
        return True

    def release(self, search: int) -> None:
        """Free all that is parked for a search."""
        for seq in [seq for seq, owner in self._parked.items() if owner == search]:
            self.free(seq)

    def _evict(self, seq: int) -> None:
        self.free(seq)
        self.n_evictions += 1
