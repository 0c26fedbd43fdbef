"""Every hook, a sentence each. Plugins implement them with `reasontree.core.hookimpl`.

The first group registers what a package offers; it is called once, when the registry is
first needed. The second group is the search itself: a run has a plugin manager of its own that holds exactly
the chosen strategy, policy, scorers, vote and observers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from .records import Expansion, Outcome, Solution, Verdict
from .requests import Booking, Proposal, ProposeRequest, ScoreRequest, Scores

if TYPE_CHECKING:
    from .commands import CommandEntry
    from .datasets import DatasetEntry
    from .models import ModelEntry
    from .search import Round, Search

PROJECT = "reasontree"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Registration:
    """What a package offers."""

    @hookspec
    def register_strategies(self) -> Iterable[type[Any]]:  # type: ignore[empty-body]
        """Return classes derived from `Strategy`."""

    @hookspec
    def register_policies(self) -> Iterable[type[Any]]:  # type: ignore[empty-body]
        """Return classes derived from `Policy`."""

    @hookspec
    def register_scorers(self) -> Iterable[type[Any]]:  # type: ignore[empty-body]
        """Return classes derived from `Scorer`."""

    @hookspec
    def register_graders(self) -> Iterable[type[Any]]:  # type: ignore[empty-body]
        """Return classes derived from `Grader`."""

    @hookspec
    def register_votes(self) -> Iterable[type[Any]]:  # type: ignore[empty-body]
        """Return classes derived from `Vote`."""

    @hookspec
    def register_models(self) -> Iterable[ModelEntry]:  # type: ignore[empty-body]
        """Return entries for the model catalog."""

    @hookspec
    def register_datasets(self) -> Iterable[DatasetEntry]:  # type: ignore[empty-body]
        """Return entries for data sets that are known by name."""

    @hookspec
    def register_commands(self) -> Iterable[CommandEntry]:  # type: ignore[empty-body]
        """Return entries for commands of `reason`, which are imported when they are called."""


class Searching:
    """The search itself."""

    @hookspec(firstresult=True)
    def select(self, search: Search) -> Sequence[Expansion] | None:
        """Choose the nodes of `search.tree` to expand next, and how wide."""

    @hookspec(firstresult=True)
    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal | Booking] | None:
        """Take new requests of any search, work for one tick, and return what has been finished."""

    @hookspec
    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores | Booking]:  # type: ignore[empty-body]
        """Take new nodes of any search, work for one tick, and return the scores that are ready."""

    @hookspec(firstresult=True)
    def conclude(self, search: Search, solutions: Sequence[Solution]) -> Verdict | None:
        """Make one answer of the solutions, with a tally for each class of equivalent answers."""

    @hookspec
    def search_started(self, search: Search) -> None:
        """Learn that a search has its prompt and its root."""

    @hookspec
    def child_proposed(self, search: Search, proposal: Proposal) -> None:
        """Learn that a child has come back; its round has not, so it is in no tree yet."""

    @hookspec
    def steps_added(self, search: Search, round: Round) -> None:
        """Learn that a round is settled: its nodes are in the tree, with their scores."""

    @hookspec
    def search_stopped(self, search: Search) -> None:
        """Learn that a search may spend no more: what is under way for it comes back as it is."""

    @hookspec
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Learn how a search finished."""

    @hookspec
    def ticked(self) -> None:
        """Learn that the policy worked for one tick; for progress displays."""
