"""Keeps the books of a search that is played again as they were, and compares it with its record."""

from __future__ import annotations

import time

from ...core.hookspecs import hookimpl
from ...core.records import Outcome, Usage
from ...core.search import Round, Search
from .difference import tree_difference, vote_difference
from .playback import Playback


class Checker:
    """Sets what had been spent at each round's end; compares tree and vote at the search's end.

    Args:
        same_vote: Whether the vote is the recorded one.
    """

    def __init__(self, *, same_vote: bool = True) -> None:
        self._same_vote = same_vote

    @hookimpl(tryfirst=True)  # the recorder writes what has been spent
    def steps_added(self, search: Search, round: Round) -> None:
        """Set what the search had spent by then."""
        if not isinstance(search, Playback) or round.number not in search.recorded:
            return
        spent = search.recorded[round.number].spent
        if spent is not None:
            search.ledger.restore(Usage(spent.tokens, spent.flops))
            if search.goes_on:
                search.started_s = time.monotonic() - spent.elapsed_s
        if search.trace.stopped and search.is_played and not search.rounds:
            search.ledger.restore(Usage(search.trace.tokens, search.trace.flops))

    @hookimpl(tryfirst=True)
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Compare the trees and the votes."""
        if not isinstance(search, Playback) or search.error or search.goes_on:
            return
        search.difference = tree_difference(search.trace.tree, search.tree)
        if not search.difference and search.trace.stopped and self._same_vote:
            search.difference = vote_difference(search.trace, outcome)
