"""From the names and numbers of a command line to a run that is ready to search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import __version__
from ..core.errors import UsageError
from ..core.interfaces import Policy, Strategy
from ..core.ledger import Budget
from ..core.models import ModelFile
from ..core.options import Options, parse
from ..core.records import Limits, Problem, Sampling
from ..core.registry import Registry
from ..core.run import Run, Settings
from ..core.search import Search
from ..core.seeds import derive
from ..core.vote import AGGREGATIONS
from .plugin_registry import registry

DEFAULT_SCORER = "confidence"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for; None and empty leave it to the plugins."""

    strategy: str = "rebase"
    strategy_options: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    policy: str = "llama-cpp"
    policy_options: Mapping[str, Any] = field(default_factory=dict)
    scorers: tuple[str, ...] = ()
    vote: str | None = None
    aggregation: str = "last"
    grader: str = "math"
    seed: int = 0
    sampling: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)


class Assembly:
    """Checks every name and option first, then opens the model, which takes longest.

    Raises:
        UsageError: If a name is unknown or an option is wrong.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._plugins: Registry = registry()
        self._wanted = wanted
        self._strategy: type[Strategy] = self._plugins.get("strategy", wanted.strategy)
        self._options = parse(
            f"strategy '{wanted.strategy}'", self._strategy.Options, wanted.strategy_options
        )
        self._policy_class = self._plugins.get("policy", wanted.policy)
        self._policy_options = parse(
            f"policy '{wanted.policy}'", self._policy_class.Options, wanted.policy_options
        )
        self._scorers = {
            name: self._plugins.get("scorer", name) for name in wanted.scorers or (DEFAULT_SCORER,)
        }
        self._vote = self._plugins.get("vote", wanted.vote or self._strategy.vote)
        self._grader = self._plugins.get("grader", wanted.grader)
        if wanted.aggregation not in AGGREGATIONS:
            raise UsageError(f"--aggregate takes {', '.join(AGGREGATIONS)}, not '{wanted.aggregation}'.")

    @property
    def plugins(self) -> Registry:
        """All plugins that can be had."""
        return self._plugins

    def open_policy(self, model: ModelFile | None) -> Policy:
        """Open the model."""
        policy: Policy = self._plugins.make("policy", self._wanted.policy, self._policy_options, model)
        return policy

    def sampling(self, model: ModelFile | None) -> Sampling:
        """Return the model's sampling, as strategy and user change it."""
        sampling = model.sampling if model else Sampling()
        if self._strategy.temperature is not None:
            sampling = replace(sampling, temperature=self._strategy.temperature)
        return replace(sampling, **self._wanted.sampling)

    def settings(self, policy: Policy, sampling: Sampling) -> Settings:
        """Return everything that decides the trees, for the store."""
        wanted = self._wanted
        return Settings(
            strategy=wanted.strategy,
            policy=wanted.policy,
            model=policy.info,
            grader=wanted.grader,
            vote=self._vote.name,
            aggregation=wanted.aggregation,
            seed=wanted.seed,
            version=__version__,
            strategy_options=self._options.model_dump(mode="json"),
            policy_options=self._policy_options.model_dump(mode="json"),
            scorers={name: {} for name in self._scorers},
            sampling=sampling,
            limits=wanted.limits,
            budget=wanted.budget,
        )

    def run(self, policy: Policy, observers: Iterable[object]) -> Run:
        """Wire the chosen plugins."""
        return Run(
            policy,
            grader=self._plugins.make("grader", self._grader.name, self._defaults("grader", self._grader)),
            vote=self._plugins.make("vote", self._vote.name, self._defaults("vote", self._vote)),
            scorers=[
                self._plugins.make("scorer", name, self._defaults("scorer", scorer), policy)
                for name, scorer in self._scorers.items()
            ],
            aggregation=self._wanted.aggregation,
            observers=observers,
            who=self._plugins.who,
        )

    def searches(self, problems: Iterable[Problem], sampling: Sampling) -> Iterator[Search]:
        """Make one search for each problem."""
        wanted = self._wanted
        for number, problem in enumerate(problems):
            rng = np.random.default_rng(derive(wanted.seed, problem.index, "strategy"))
            yield Search(
                problem,
                self._plugins.make("strategy", wanted.strategy, self._options, rng),
                number=number,
                seed=wanted.seed,
                scorer=next(iter(self._scorers)),
                budget=wanted.budget,
                limits=wanted.limits,
                sampling=sampling,
            )

    def _defaults(self, kind: str, plugin: type[Any]) -> Options:
        options: Options = parse(f"{kind} '{plugin.name}'", plugin.Options, {})
        return options
