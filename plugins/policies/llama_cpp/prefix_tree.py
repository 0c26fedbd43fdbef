"""Which cells of the KV cache hold which tokens, and for whom: the cache's own prefix tree.

A segment is a run of cells that the same sequences share. Forking a sequence in the middle of a segment
splits it. Two sequences that happen to compute the same tokens hold different cells, hence siblings may
begin alike. So `n_cells` is what the cache really holds.

This module knows no model: it is told what happened and answers where a prefix lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Match(NamedTuple):
    """The longest prefix that is held: `length` tokens of it, by sequence `seq` (-1 for none)."""

    length: int
    seq: int


class _Segment:
    __slots__ = ("children", "parent", "seqs", "start", "tokens")

    def __init__(self, parent: _Segment | None, start: int, tokens: list[int], seqs: set[int]) -> None:
        self.parent = parent
        self.start = start
        self.tokens = tokens
        self.seqs = seqs
        self.children: list[_Segment] = []

    @property
    def stop(self) -> int:
        return self.start + len(self.tokens)


class PrefixTree:
    """The tokens that sequences hold.

    Attributes:
        n_cells: Cells in use.
    """

    def __init__(self) -> None:
        self._root = _Segment(None, 0, [], set())
        self._tips: dict[int, _Segment] = {}
        self.n_cells = 0

    def __contains__(self, seq: int) -> bool:
        return seq in self._tips

    def length(self, seq: int) -> int:
        """Return how many tokens a sequence holds."""
        return self._tips[seq].stop

    def match(self, tokens: Sequence[int]) -> Match:
        """Find the longest prefix of `tokens` that some sequence holds."""
        best = Match(0, -1)
        stack = [self._root]
        while stack:
            segment = stack.pop()
            for child in segment.children:
                common = _common(child.tokens, tokens, child.start)
                if child.start + common > best.length:
                    best = Match(child.start + common, min(child.seqs))
                if common == len(child.tokens):
                    stack.append(child)
        return best

    def fork(self, donor: int, seq: int, length: int) -> None:
        """Let a new sequence share the first `length` tokens of `donor` (-1 with 0 begins an empty one)."""
        below = self._root if donor < 0 or length == 0 else self._cut(donor, length)
        tip = _Segment(below, length, [], {seq})
        below.children.append(tip)
        self._tips[seq] = tip
        for segment in self._up(seq):
            segment.seqs.add(seq)

    def extend(self, seq: int, tokens: Sequence[int]) -> None:
        """Add tokens that a sequence has computed."""
        tip = self._tips[seq]
        if len(tip.seqs) > 1 or tip.children:
            self.fork(seq, seq, tip.stop)
            tip = self._tips[seq]
        tip.tokens.extend(tokens)
        self.n_cells += len(tokens)

    def drop(self, seq: int) -> None:
        """Let a sequence go."""
        for segment in list(self._up(seq)):
            segment.seqs.discard(seq)
            if not segment.seqs and segment.parent is not None:
                segment.parent.children.remove(segment)
                self.n_cells -= len(segment.tokens)
        del self._tips[seq]

    def _up(self, seq: int) -> Iterator[_Segment]:
        segment: _Segment | None = self._tips[seq]
        while segment is not None and segment.parent is not None:
            yield segment
            segment = segment.parent

    def _cut(self, seq: int, length: int) -> _Segment:
        """Return the segment of `seq` that stops at `length`, splitting one if need be."""
        segment = next(each for each in self._up(seq) if each.start < length <= each.stop)
        return segment if segment.stop == length else self._split(segment, length - segment.start)

    def _split(self, segment: _Segment, offset: int) -> _Segment:
        """Split a segment and return its upper half; the lower half keeps its identity."""
        above = segment.parent
        assert above is not None, "the root holds no tokens and is never split"
        upper = _Segment(above, segment.start, segment.tokens[:offset], set(segment.seqs))
        above.children[above.children.index(segment)] = upper
        upper.children.append(segment)
        segment.parent, segment.start, segment.tokens = upper, segment.start + offset, segment.tokens[offset:]
        return upper


def _common(held: Sequence[int], tokens: Sequence[int], start: int) -> int:
    """Count how many tokens of `held` stand in `tokens` from `start` on."""
    n = min(len(held), len(tokens) - start)
    if n <= 0 or held[0] != tokens[start]:
        return 0
    if list(held[:n]) == list(tokens[start : start + n]):
        return n
    return next(i for i in range(n) if held[i] != tokens[start + i])
