"""Who runs and who waits: the branches of all searches, and the sequences of those that run.

Older searches go first, younger ones fill the places that are left. If all went on in turns, the cache would
have to hold all their trees at once, and what does not fit is computed again and again.

Which branch runs when is a function of the work alone, never of the clock, so that the same seed gives the
same tree.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .branch import Branch, Child
from .sequences import Sequences

_WORTH_WAITING_FOR = 64  # tokens of a prefix that another branch is computing just now


class Share(NamedTuple):
    """What a branch puts into a batch."""

    branch: Branch
    n_tokens: int
    outputs: Sequence[int]


class Pool:
    """Active branches, each with a sequence, and those that wait for a place.

    Args:
        n_places: How many branches may be active at once.
    """

    def __init__(self, sequences: Sequences, n_places: int) -> None:
        self.sequences = sequences
        self.active: list[Branch] = []
        self._waiting: list[Branch] = []  # by search, the oldest one first
        self._n_places = n_places

    def __iter__(self) -> Iterator[Branch]:
        """All branches; the list may change meanwhile."""
        return iter([*self.active, *self._waiting])

    def add(self, branch: Branch) -> None:
        """Let a branch wait behind the others of its search."""
        self._waiting.insert(bisect_right(self._waiting, branch.search, key=_search), branch)

    def add_first(self, branches: Sequence[Branch]) -> None:
        """Let branches of one search wait in front of its others, in this order."""
        for branch in reversed(branches):
            self._waiting.insert(bisect_left(self._waiting, branch.search, key=_search), branch)

    def admit(self) -> None:
        """Give free places to those who wait in front, with what of their tokens the cache holds.

        A branch whose prefix another one is computing just now waits, and all behind it, so that nothing is
        computed twice.
        """
        while self._waiting and len(self.active) < self._n_places:
            branch = self._waiting[0]
            wanted = branch.tokens[: branch.n_reusable]
            if self._is_being_computed(wanted, beyond=self.sequences.held(wanted) + _WORTH_WAITING_FOR):
                return
            del self._waiting[0]
            branch.seq, branch.n_computed = self.sequences.take(wanted)
            if isinstance(branch, Child) and branch.n_known < len(branch.tokens):
                branch.meter.reused(branch.n_computed)
            self.active.append(branch)

    def plan(self, n_tokens: int, n_outputs: int) -> list[Share]:
        """Choose how many tokens of each active branch go into the next batch.

        Branches that decode come first, one token each; the rest of the batch is prefill.
        """
        shares: list[Share] = []
        for branch in sorted(self.active, key=lambda branch: branch.n_pending > 1):
            start = branch.n_computed
            stop = start + min(branch.n_pending, n_tokens)
            outputs = branch.outputs(start, stop)
            if len(outputs) > n_outputs:
                stop = outputs[n_outputs]
                outputs = outputs[:n_outputs]
            if stop > start:
                shares.append(Share(branch, stop - start, outputs))
                n_tokens -= stop - start
                n_outputs -= len(outputs)
        return shares

    def park(self, branch: Branch) -> None:
        """End an active branch, and keep its cells for those who may fork from them."""
        self.active.remove(branch)
        self.sequences.park(branch.seq, branch.search)
        branch.seq = -1
        branch.close()

    def retire(self, branch: Branch) -> None:
        """End a branch; cells that nobody else shares are free again."""
        for branches in (self.active, self._waiting):
            if branch in branches:
                branches.remove(branch)
        self._free(branch)
        branch.close()

    def preempt(self) -> None:
        """Take the cells of the youngest search's last branch; it waits in front and computes them again."""
        branch = max(reversed(self.active), key=_search)
        self.active.remove(branch)
        self._free(branch)
        self.add_first([branch])

    def release(self, search: int) -> None:
        """End all branches of a search and free what is parked for it."""
        for branch in self.of([search]):
            self.retire(branch)
        self.sequences.release(search)

    def of(self, searches: Iterable[int]) -> list[Branch]:
        """Return the branches of some searches."""
        wanted = set(searches)
        return [branch for branch in self if branch.search in wanted]

    def _free(self, branch: Branch) -> None:
        if branch.seq >= 0:
            self.sequences.free(branch.seq)
            branch.seq = -1

    def _is_being_computed(self, wanted: Sequence[int], beyond: int) -> bool:
        """Whether an active branch is on its way to hold more than `beyond` of the wanted tokens."""
        return beyond < len(wanted) and any(
            other.n_computed < beyond <= len(other.tokens) and other.tokens[:beyond] == wanted[:beyond]
            for other in self.active
        )


def _search(branch: Branch) -> int:
    return branch.search
