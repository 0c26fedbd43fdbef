"""What a run says while it works, where there is no terminal to draw on or more than one problem to solve."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from ...core.hookspecs import hookimpl
from ...core.records import Outcome
from ...core.search import Round, Search
from ..interrupts import say

_LONGEST_SILENCE_S = 10.0


class SignsOfLife:
    """An observer that says what is under way whenever nothing was said for a while."""

    def __init__(self, say: Callable[[str], None] = say) -> None:
        self._to_person = say
        self._said_s = monotonic()
        self._active: dict[int, Search] = {}

    @hookimpl
    def search_started(self, search: Search) -> None:
        self._active[search.number] = search

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        self._said_s = monotonic()  # a result is shown
        self._active.pop(search.number, None)

    @hookimpl
    def ticked(self) -> None:
        if self._active and monotonic() - self._said_s >= _LONGEST_SILENCE_S:
            n_ended = sum(search.tree.n_ended for search in self._active.values())
            n_tokens = sum(search.ledger.tokens.generated for search in self._active.values())
            problems = "1 problem" if len(self._active) == 1 else f"{len(self._active)} problems"
            self.say(f"{problems} under way: {n_ended} solutions ended, {n_tokens:,} tokens")

    def say(self, line: str) -> None:
        """Say a line now."""
        self._said_s = monotonic()
        self._to_person(line)


class RoundLines(SignsOfLife):
    """Says one line a round too."""

    @hookimpl
    def steps_added(self, search: Search, round: Round) -> None:
        steps = "1 step" if len(round.added) == 1 else f"{len(round.added)} steps"
        self.say(
            f"round {round.number}: {steps}, {search.tree.n_ended} ended, "
            f"{search.ledger.tokens.generated:,} tokens"
        )
