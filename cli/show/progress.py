"""What a run says while it works, where there is no terminal to draw on or more than one problem to solve."""

from __future__ import annotations

from collections.abc import Callable

from ...core.hookspecs import hookimpl
from ...core.search import Round, Search


class RoundLines:
    """An observer that says one line a round."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    @hookimpl
    def steps_added(self, search: Search, round: Round) -> None:
        n_nodes = len(round.added)
        self._say(
            f"round {round.number}: {n_nodes} steps, {search.tree.n_ended} ended, "
            f"{search.ledger.tokens.generated:,} tokens"
        )
