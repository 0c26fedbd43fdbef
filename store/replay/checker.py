"""Holds a search that is played again against its record, and keeps its books as they were."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ...core.errors import ReplayError
from ...core.hookspecs import hookimpl
from ...core.records import Expansion, Outcome
from ...core.search import Round, Search
from ...core.tree import Node
from ..traces import Trace
from .playback import Playback

_BY_ITSELF = ("done", "samples")  # the reasons to stop that follow from the tree


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that was not as recorded.

    Attributes:
        kind: `selection`: expansions of round `place`. `node`: what is known of node `place`. `vote`: the
            answer, whether it is correct, and the tallies.
        recorded, came: What was recorded, and what came instead.
    """

    kind: Literal["selection", "node", "vote"]
    place: int
    recorded: tuple[Any, ...]
    came: tuple[Any, ...]


class DifferenceError(ReplayError):
    """A search went another way than it was recorded."""

    def __init__(self, trace: str, difference: Difference) -> None:
        super().__init__(f"Round {difference.place} of trace {trace} is not what was recorded.")
        self.difference = difference


class Checker:
    """Ends a search at the first selection that differs, and compares tree and vote at its end.

    Args:
        goes_on: Whether searches go on live where their record ends.
        same_vote: Whether the vote is the recorded one.

    Attributes:
        differences: By the search's number.
    """

    def __init__(self, *, goes_on: bool = False, same_vote: bool = True) -> None:
        self._goes_on = goes_on
        self._same_vote = same_vote
        self.differences: dict[int, Difference] = {}

    @hookimpl(trylast=True)
    def search_started(self, search: Search) -> None:
        """End a search at once that had no round."""
        if isinstance(search, Playback):
            self._stop_where_it_stopped(search, 0)

    @hookimpl(wrapper=True)
    def select(self, search: Search) -> Generator[None, Sequence[Expansion], Sequence[Expansion]]:
        """Compare what the strategy asks for with what it asked for."""
        expansions = yield
        if isinstance(search, Playback):
            self._compare_selection(search, [each for each in expansions or () if each.width > 0])
        return expansions

    @hookimpl(tryfirst=True)  # the recorder writes what has been spent
    def steps_added(self, search: Search, round: Round) -> None:
        """Set what the search had spent by then."""
        if not isinstance(search, Playback) or round.number not in search.recorded:
            return
        spent = search.recorded[round.number].spent
        if spent is not None:
            search.ledger.restore(spent.tokens, spent.flops)
            if self._goes_on:
                search.started_s = time.monotonic() - spent.elapsed_s
        if search.trace.stopped and search.is_played and not search.rounds:
            search.ledger.restore(search.trace.tokens, search.trace.flops)

    @hookimpl(tryfirst=True)
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Compare the trees and the votes."""
        if isinstance(search, Playback) and not search.error and not self._goes_on:
            difference = _tree_difference(search) or self._vote_difference(search.trace, outcome)
            if difference:
                self.differences[search.number] = difference

    def _compare_selection(self, search: Playback, came: Sequence[Expansion]) -> None:
        recorded = search.recorded_at(search.n_asked)
        number = search.n_rounds + 1
        is_unknown = number not in search.recorded and (number <= search.last or self._goes_on)
        wanted = recorded.expansions if recorded else ()
        if tuple(came) != wanted and not (recorded is None and is_unknown):
            difference = Difference("selection", number, wanted, tuple(came))
            self.differences[search.number] = difference
            raise DifferenceError(search.trace.id, difference)
        if came:
            self._stop_where_it_stopped(search, number)

    def _stop_where_it_stopped(self, search: Playback, round: int) -> None:
        """End a search after its last round that a budget, a person, an error or a kill had ended."""
        if not self._goes_on and round == search.last and search.trace.stopped not in _BY_ITSELF:
            search.ledger.stop(search.trace.stopped or "interrupted")

    def _vote_difference(self, trace: Trace, outcome: Outcome) -> Difference | None:
        if trace.stopped is None or not self._same_vote:
            return None
        recorded = (trace.answer, trace.correct, trace.tallies)
        came = (outcome.verdict.answer, outcome.correct, outcome.verdict.tallies)
        return None if recorded == came else Difference("vote", 0, recorded, came)


def _tree_difference(search: Playback) -> Difference | None:
    """Return the first node that is another one, or is missing on one side."""
    recorded, came = search.trace.tree, search.tree
    for number in range(max(len(recorded), len(came))):
        then = _facts(recorded[number]) if number < len(recorded) else ()
        now = _facts(came[number]) if number < len(came) else ()
        if then != now:
            return Difference("node", number, then, now)
    return None


def _facts(node: Node) -> tuple[Any, ...]:
    return node.parent, node.rank, node.round, node.end, node.answer, node.step, node.scores
