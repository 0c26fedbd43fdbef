"""A run: the chosen plugins, wired to the hooks of a plugin manager of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pluggy

from .hookspecs import PROJECT, Searching, hookimpl
from .interfaces import Grader, Policy, Scorer, Vote
from .ledger import Budget
from .loop import Finished, Loop
from .records import (
    Expansion,
    Limits,
    ModelInfo,
    Outcome,
    Proposal,
    ProposeRequest,
    Sampling,
    ScoreRequest,
    Scores,
    Solution,
    Verdict,
)
from .search import Search
from .vote import conclude


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a run's trees, in a form that can be stored and rebuilt.

    Attributes:
        strategy_options, policy_options, grader_options: By option name, values as JSON knows them.
        scorers: Options by scorer; the first one leads the search.
        version: Of reasontree.
        libraries: Versions of the packages that decide what a model says and how it is graded.
    """

    strategy: str
    policy: str
    model: ModelInfo
    grader: str
    vote: str
    aggregation: str
    seed: int
    version: str
    strategy_options: Mapping[str, Any] = field(default_factory=dict)
    policy_options: Mapping[str, Any] = field(default_factory=dict)
    grader_options: Mapping[str, Any] = field(default_factory=dict)
    scorers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sampling: Sampling = field(default_factory=Sampling)
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    libraries: Mapping[str, str] = field(default_factory=dict)


class Run:
    """One policy, its scorers, a grader and a vote, ready to search.

    Args:
        observers: Plugins that implement any of the hooks that tell of the search.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        grader: Grader,
        vote: Vote,
        scorers: Sequence[Scorer] = (),
        aggregation: str = "last",
        observers: Iterable[object] = (),
        n_active: int = 64,
    ) -> None:
        self.policy = policy
        self.scorers = scorers
        self.grader = grader
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(Searching)
        self.manager.register(_StrategyHooks(), "strategy")
        self.manager.register(_PolicyHooks(policy), f"policy:{policy.name}")
        self.manager.register(_VoteHooks(vote, grader), f"vote:{vote.name}")
        for scorer in scorers:
            self.manager.register(_ScorerHooks(scorer), f"scorer:{scorer.name}")
            self.manager.register(scorer)  # it may observe too
        for observer in observers:
            self.manager.register(observer)
        self._loop = Loop(
            self.manager.hook,
            render=policy.render,
            grader=grader,
            aggregation=aggregation,
            n_scorers=len(scorers),
            n_active=n_active,
        )

    def searches(self, searches: Iterable[Search]) -> Iterator[Finished]:
        """Run searches, and yield each one as it ends."""
        return self._loop.run(searches)

    def stop(self, reason: str = "interrupted") -> None:
        """End all searches with what they have; may be called from a signal handler."""
        self._loop.stop(reason)

    def close(self) -> None:
        """Free models and workers."""
        for scorer in self.scorers:
            scorer.close()
        self.grader.close()
        self.policy.close()


class _StrategyHooks:
    @hookimpl
    def select(self, search: Search) -> Sequence[Expansion]:
        return search.strategy.select(search.tree)


class _PolicyHooks:
    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    @hookimpl
    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        return self._policy.propose(requests)

    @hookimpl(tryfirst=True)  # whatever an observer raises, the cells are free
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        self._policy.release(search.number)


class _ScorerHooks:
    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    @hookimpl
    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        return self._scorer.score(requests)


class _VoteHooks:
    def __init__(self, vote: Vote, grader: Grader) -> None:
        self._vote = vote
        self._grader = grader

    @hookimpl
    def conclude(self, search: Search, solutions: Sequence[Solution]) -> Verdict:
        return conclude(solutions, self._vote, self._grader)
