"""The policy and the scorers of a recorded search: they answer with what a model said then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..hookspecs import hookimpl
from ..kinds import Policy, Scorer
from ..records import ModelInfo, Outcome
from ..requests import Booking, Proposal, ProposeRequest, ScoreRequest, Scores
from ..search import Search
from .backed import BackedPolicy, BackedScorer
from .playback import Playback


class RecordedPolicy(BackedPolicy):
    """Proposes recorded steps, each when it came; also an observer that learns which searches it plays.

    Args:
        live: Who answers what was not recorded, once a search's record has been played; without one, a
            search ends with its record.
    """

    name = "recorded"

    def __init__(self, info: ModelInfo, live: Policy | None = None) -> None:
        super().__init__(info, live)
        self._played: dict[int, Playback] = {}
        self._held: list[Proposal] = []  # the live policy's, for searches whose record is still played

    @hookimpl
    def search_started(self, search: Search) -> None:
        """Play a search that was recorded."""
        if isinstance(search, Playback):
            self._played[search.number] = search

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Forget it."""
        self._played.pop(search.number, None)

    def played(self, search: int) -> Playback | None:
        """Return the search of this number, if it was recorded."""
        return self._played.get(search)

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal | Booking]:
        """Return what came back before the strategy was asked again."""
        unknown = [request for request in requests if not self._knows(request)]
        bookings: list[Booking] = []
        for each in self.live.propose(unknown) if self.live else ():
            if isinstance(each, Booking):
                bookings.append(each)
            else:
                self._held.append(each)
        proposals = [proposal for search in self._played.values() for proposal in search.due()]
        if self.live is None:
            for search in self._played.values():
                if search.is_played:
                    search.forget_unknown()
        return [*bookings, *proposals, *self._released()]

    def _knows(self, request: ProposeRequest) -> bool:
        search = self._played.get(request.search)
        return search is not None and search.knows(request.round)

    def _released(self) -> Iterator[Proposal]:
        held, self._held = self._held, []
        for proposal in held:
            search = self._played.get(proposal.search)
            if search is None or search.is_played:
                yield proposal
            else:
                self._held.append(proposal)


class RecordedScorer(BackedScorer):
    """Answers with the scores that a scorer gave.

    Args:
        live: Who scores nodes that have none yet.
    """

    def __init__(self, name: str, policy: RecordedPolicy, live: Scorer | None = None) -> None:
        super().__init__(name, live)
        self._policy = policy

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores | Booking]:
        """Return recorded scores, and the live scorer's for other nodes."""
        known: list[Scores] = []
        unknown: list[ScoreRequest] = []
        for request in requests:
            search = self._policy.played(request.search)
            if search is not None and (self.live is None or request.round in search.recorded):
                known.append(self._recorded(search, request))
            else:
                unknown.append(request)
        return [*known, *(self.live.score(unknown) if self.live else ())]

    def _recorded(self, search: Playback, request: ScoreRequest) -> Scores:
        scores = {node: search.trace.tree[node].scores for node in request.nodes}
        by_node = {node: of_node[self.name] for node, of_node in scores.items() if self.name in of_node}
        return Scores(request.search, request.round, self.name, by_node)
