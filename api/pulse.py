"""A sign of life of searches that may take minutes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from ..core.hookspecs import hookimpl
from ..core.records import Outcome
from ..core.search import Search
from ..core.text import count

_LONGEST_SILENCE_S = 10.0


class Pulse(NamedTuple):
    """What is under way.

    Attributes:
        n_ended: Solutions that have ended, of the searches that are under way.
        n_tokens: Generated for them so far.
    """

    n_searches: int
    n_ended: int
    n_tokens: int

    def __str__(self) -> str:
        problems = count(self.n_searches, "problem")
        return f"{problems} under way: {self.n_ended} solutions ended, {self.n_tokens:,} tokens"


class PulseTaker:
    """An observer that tells what is under way whenever nothing was told for a while."""

    def __init__(self, tell: Callable[[Pulse], None]) -> None:
        self._tell = tell
        self._told_s = monotonic()
        self._active: dict[int, Search] = {}

    def touch(self) -> None:
        """Take note that something was told just now."""
        self._told_s = monotonic()

    @hookimpl
    def search_started(self, search: Search) -> None:
        self._active[search.number] = search

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        self.touch()  # a result is shown
        self._active.pop(search.number, None)

    @hookimpl
    def ticked(self) -> None:
        if self._active and monotonic() - self._told_s >= _LONGEST_SILENCE_S:
            self.touch()
            searches = self._active.values()
            n_tokens = sum(search.ledger.tokens.generated for search in searches)
            self._tell(Pulse(len(searches), sum(search.tree.n_ended for search in searches), n_tokens))
