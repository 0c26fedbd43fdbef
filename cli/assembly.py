"""From the names and numbers of a command line to a run that is ready to search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import __version__
from ..core.errors import UsageError
from ..core.interfaces import Policy, Scorer, Strategy
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
    """What the user asked for; None and empty leave it to the plugins.

    Attributes:
        scorer_options: By scorer; those under "" belong to the first one.
    """

    strategy: str = "rebase"
    strategy_options: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    policy: str = "llama-cpp"
    policy_options: Mapping[str, Any] = field(default_factory=dict)
    scorers: tuple[str, ...] = ()
    scorer_options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
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
        self._scorer_options = dict(self._parsed_scorer_options())
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
        policy: Policy = self._policy_class(self._policy_options, model)
        return policy

    @property
    def scorer_models(self) -> dict[str, str]:
        """The models that scorers need besides the policy's: a name of the catalog or a path, by scorer."""
        options: Mapping[str, Any] = self._scorer_options
        return {name: options[name].model for name in self._scorers if self._takes_model(name)}

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
            scorers={name: each.model_dump(mode="json") for name, each in self._scorer_options.items()},
            sampling=sampling,
            limits=wanted.limits,
            budget=wanted.budget,
        )

    def run(
        self, policy: Policy, observers: Iterable[object], models: Mapping[str, ModelFile] | None = None
    ) -> Run:
        """Wire the chosen plugins; `models` has the file of each of `scorer_models`."""
        return Run(
            policy,
            grader=self._grader(parse(f"grader '{self._grader.name}'", self._grader.Options, {})),
            vote=self._vote(parse(f"vote '{self._vote.name}'", self._vote.Options, {})),
            scorers=[self._scorer(name, policy, models or {}) for name in self._scorers],
            aggregation=self._wanted.aggregation,
            observers=observers,
        )

    def searches(self, problems: Iterable[Problem], sampling: Sampling) -> Iterator[Search]:
        """Make one search for each problem."""
        wanted = self._wanted
        for number, problem in enumerate(problems):
            rng = np.random.default_rng(derive(wanted.seed, problem.index, "strategy"))
            yield Search(
                problem,
                self._strategy(self._options, rng),
                number=number,
                seed=wanted.seed,
                scorer=next(iter(self._scorers)),
                budget=wanted.budget,
                limits=wanted.limits,
                sampling=sampling,
            )

    def _parsed_scorer_options(self) -> Iterator[tuple[str, Options]]:
        leading = next(iter(self._scorers))
        given: dict[str, dict[str, str]] = {}
        for owner, options in self._wanted.scorer_options.items():
            if owner and owner not in self._scorers:
                raise UsageError(
                    f"-k {owner}.{next(iter(options))} is an option of a scorer that does not run.",
                    hint=f"Add --scorer {owner}; without the name it goes to '{leading}'.",
                )
            given.setdefault(owner or leading, {}).update(options)
        for name, scorer in self._scorers.items():
            yield name, parse(f"scorer '{name}'", scorer.Options, given.get(name, {}))

    def _takes_model(self, name: str) -> bool:
        return bool(getattr(self._scorers[name], "takes_model", False))

    def _scorer(self, name: str, policy: Policy, models: Mapping[str, ModelFile]) -> Scorer:
        needs = (models[name],) if self._takes_model(name) else ()
        scorer: Scorer = self._scorers[name](self._scorer_options[name], policy, *needs)
        return scorer
