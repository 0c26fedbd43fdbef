"""A run: the chosen plugins, wired to the hooks of a plugin manager of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pluggy

from .adapters import NamedGrader, PolicyHooks, ScorerHooks, StrategyHooks, VoteHooks, Who
from .blame import blaming, plain_name
from .hookspecs import PROJECT, Searching
from .interfaces import Grader, Policy, Scorer, Vote
from .ledger import Budget
from .loop import Finished, Loop
from .records import Limits, ModelInfo, Sampling
from .search import Search


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a run's trees, in a form that can be stored and rebuilt.

    Attributes:
        strategy_options, policy_options, grader_options: By option name, values as JSON knows them.
        scorers: Options by scorer; the first one leads the search.
        version: Of reasontree.
        libraries: Versions of the packages that decide what a model says and how it is graded.
        keeps_hidden: Whether the policy's hidden states are recorded too; a replay needs none.
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
    keeps_hidden: bool = False


class Run:
    """One policy, its scorers, a grader and a vote, ready to search.

    Args:
        observers: Plugins that implement any of the hooks that tell of the search.
        who: Calls a plugin by kind and name, with its package, in the error if it raises.
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
        who: Who = plain_name,
    ) -> None:
        self.policy = policy
        self.scorers = scorers
        self.grader = grader
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(Searching)
        self.manager.register(StrategyHooks(), "strategy")
        policy_hooks, named_grader = PolicyHooks(policy, who), NamedGrader(grader, who)
        self.manager.register(policy_hooks, f"policy:{policy.name}")
        self.manager.register(VoteHooks(vote, named_grader, who), f"vote:{vote.name}")
        for scorer in scorers:
            self.manager.register(ScorerHooks(scorer, who), f"scorer:{scorer.name}")
            with blaming(named := who("scorer", scorer.name)):
                self.manager.register(scorer, named)  # it may observe too
        for observer in observers:
            self.manager.register(observer)
        self._loop = Loop(
            self.manager.hook,
            render=policy_hooks.render,
            grader=named_grader,
            aggregation=aggregation,
            n_scorers=len(scorers),
            n_active=n_active,
            who=who,
        )

    def searches(self, searches: Iterable[Search]) -> Iterator[Finished]:
        """Run searches, and yield each one as it ends."""
        return self._loop.run(searches)

    def stop(self, reason: str = "interrupted") -> None:
        """End all searches with what they have; may be called from a signal handler."""
        self._loop.stop(reason)

    def close(self) -> None:
        """Free models and workers, each of them even if another one raises."""
        with ExitStack() as stack:
            stack.callback(self.policy.close)
            stack.callback(self.grader.close)
            for scorer in self.scorers:
                stack.callback(scorer.close)
