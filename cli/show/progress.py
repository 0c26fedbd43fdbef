"""What a run says while it works, where there is no terminal to draw on or more than one problem to solve."""

from __future__ import annotations

from collections.abc import Callable

from ...api.pulse import PulseTaker
from ...core.hookspecs import hookimpl
from ...core.search import Round, Search
from ..interrupts import say


class SignsOfLife(PulseTaker):
    """An observer that says what is under way whenever nothing was said for a while."""

    def __init__(self, say: Callable[[str], None] = say) -> None:
        super().__init__(lambda pulse: self.say(str(pulse)))
        self._to_person = say

    def say(self, line: str) -> None:
        """Say a line now."""
        self.touch()
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
