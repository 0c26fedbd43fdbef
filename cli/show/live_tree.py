"""The tree as it grows, on a terminal."""

from __future__ import annotations

from time import monotonic

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ...core.hookspecs import hookimpl
from ...core.records import Outcome
from ...core.requests import Proposal
from ...core.search import Round, Search
from ...core.vote import best_of
from .tree_drawing import draw

_SECONDS_BETWEEN_FRAMES = 0.2
_ROWS_KEPT = 6  # of the terminal, for the prompt and the status line
_LEAST_ROWS = 8
_PART_AT_END = 3  # the tree leaves the rest of the terminal to the solution and the summary


class LiveTree:
    """An observer that draws one search on a terminal.

    Args:
        stays_whole: Whether the tree keeps its size when the search has ended; otherwise it is folded.
    """

    def __init__(self, console: Console, *, stays_whole: bool = False) -> None:
        self._console = console
        self._stays_whole = stays_whole
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._search: Search | None = None
        self._n_back = 0
        self._drawn_s = 0.0

    @hookimpl
    def search_started(self, search: Search) -> None:
        self._search = search
        self._live.start()

    @hookimpl
    def child_proposed(self, search: Search, proposal: Proposal) -> None:
        self._n_back += 1

    @hookimpl
    def steps_added(self, search: Search, round: Round) -> None:
        self._n_back = 0
        self._draw()

    @hookimpl
    def ticked(self) -> None:
        if monotonic() - self._drawn_s >= _SECONDS_BETWEEN_FRAMES:
            self._draw()

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        self.close()
        best = best_of(outcome.solutions, outcome.verdict.answer)
        folded = max(_LEAST_ROWS, self._console.size.height // _PART_AT_END)
        self._console.print(draw(search.tree, rows=self._rows if self._stays_whole else folded, best=best))

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._live.stop()

    @property
    def _rows(self) -> int:
        return max(_LEAST_ROWS, self._console.size.height - _ROWS_KEPT)

    def _draw(self) -> None:
        if self._search is None:
            return
        self._drawn_s = monotonic()
        self._live.update(Group(draw(self._search.tree, rows=self._rows), self._status()), refresh=True)

    def _status(self) -> Text:
        search = self._search
        assert search is not None, "nothing is drawn before a search has started"
        open_rounds = sum(len(ranks) for round in search.rounds.values() for ranks in round.ranks)
        return Text(
            f"round {search.n_rounds}: {self._n_back} of {open_rounds} steps, "
            f"{search.tree.n_ended} ended, {search.ledger.tokens.generated:,} tokens",
            style="dim",
        )
