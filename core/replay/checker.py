"""Compares a search that was played again with its record."""

from __future__ import annotations

from ..hookspecs import hookimpl
from ..records import Outcome
from ..search import Search
from .difference import tree_difference, vote_difference
from .playback import Playback


class Checker:
    """An observer that compares tree and vote at the search's end.

    Args:
        same_vote: Whether the vote is the recorded one.
    """

    def __init__(self, *, same_vote: bool = True) -> None:
        self._same_vote = same_vote

    @hookimpl(tryfirst=True)
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Compare the trees and the votes."""
        if not isinstance(search, Playback) or search.error or search.goes_on:
            return
        search.difference = tree_difference(search.trace.tree, search.tree)
        if not search.difference and search.trace.stopped and self._same_vote:
            search.difference = vote_difference(search.trace, outcome)
