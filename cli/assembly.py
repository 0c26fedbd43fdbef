"""From the names and numbers of a command line to a run that is ready to search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from .. import __version__
from ..core.attribution import attributing
from ..core.errors import UsageError
from ..core.kinds import Policy, Strategy
from ..core.models import ModelFile
from ..core.options import Options, parse
from ..core.records import Budget, Limits, Problem, Sampling
from ..core.registry import Registry
from ..core.run import Run
from ..core.search import Search
from ..core.seeds import derive
from ..core.settings import Settings
from ..core.vote import AGGREGATIONS
from ..plugins import registry

DEFAULT_SCORER = "confidence"
_LIBRARIES = ("llama-cpp-python", "math-verify", "numpy")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for; None and empty leave it to the plugins.

    Attributes:
        scorer_options: By scorer; those under "" belong to the first one.
        keeps_hidden: Record the policy's hidden states, whether a scorer reads them or not.
        n_active: Searches under way at once; with fewer of them a run that is stopped loses less.
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
    keeps_hidden: bool = False
    n_active: int = 64


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
        self._scorer_classes = {name: self._plugins.get("scorer", name) for name in wanted.scorers}
        self._scorer_options = self._parsed(self._scorer_classes) if wanted.scorers else {}
        self._scorers: list[Any] = []
        self._vote = self._plugins.get("vote", wanted.vote or self._strategy.vote)
        self._grader = self._plugins.get("grader", wanted.grader)
        if wanted.aggregation not in AGGREGATIONS:
            raise UsageError(f"--aggregate takes {', '.join(AGGREGATIONS)}, not '{wanted.aggregation}'.")

    @property
    def plugins(self) -> Registry:
        """All plugins that can be had."""
        return self._plugins

    @property
    def strategy_options(self) -> dict[str, Any]:
        """The strategy's options as JSON knows them, defaults included."""
        options: dict[str, Any] = self._options.model_dump(mode="json")
        return options

    def open_policy(
        self, model: ModelFile | None, scorer_models: Mapping[str, ModelFile] | None = None
    ) -> Policy:
        """Open the model, and make the scorers that work beside it.

        Where the user names none, the first one that says that it suits the policy is taken: a value head
        that was trained for this very model.

        Args:
            scorer_models: The file of each of `scorer_models`.
        """
        policy: Policy = self._plugins.make("policy", self._wanted.policy, self._policy_options, model)
        with ExitStack() as undo:
            undo.callback(policy.close)
            classes = self._scorer_classes or self._default_scorer(policy)
            for name, options in self._parsed(classes).items():
                needs = ((scorer_models or {})[name],) if _takes_model(classes[name]) else ()
                scorer = self._plugins.make("scorer", name, options, policy, *needs)
                undo.callback(scorer.close)
                self._scorers.append(scorer)
                self._scorer_options[name] = getattr(scorer, "options", options)
            undo.pop_all()
        return policy

    @property
    def scorer_models(self) -> dict[str, str]:
        """The models that scorers need besides the policy's: a name of the catalog or a path, by scorer."""
        options: Mapping[str, Any] = self._scorer_options
        return {name: options[name].model for name in options if _takes_model(self._scorer_classes[name])}

    def _default_scorer(self, policy: Policy) -> dict[str, Any]:
        for scorer in self._plugins.all("scorer"):
            with attributing(self._plugins.who("scorer", scorer.name)):
                if hasattr(scorer, "suits") and scorer.suits(policy):
                    return {scorer.name: scorer}
        return {DEFAULT_SCORER: self._plugins.get("scorer", DEFAULT_SCORER)}

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
            strategy_options=self.strategy_options,
            policy_options=self._policy_options.model_dump(mode="json"),
            scorers={
                scorer.name: self._scorer_options[scorer.name].model_dump(mode="json")
                for scorer in self._scorers
            },
            sampling=sampling,
            limits=wanted.limits,
            budget=wanted.budget,
            libraries=versions(),
            keeps_hidden=wanted.keeps_hidden,
        )

    def run(self, policy: Policy, observers: Iterable[object]) -> Run:
        """Wire the chosen plugins."""
        return Run(
            policy,
            grader=self._plugins.make("grader", self._grader.name, self._defaults("grader", self._grader)),
            vote=self._plugins.make("vote", self._vote.name, self._defaults("vote", self._vote)),
            scorers=self._scorers,
            aggregation=self._wanted.aggregation,
            observers=observers,
            n_active=self._wanted.n_active,
            who=self._plugins.who,
        )

    def searches(self, problems: Iterable[Problem], sampling: Sampling) -> Iterator[Search]:
        """Make one search for each problem."""
        wanted = self._wanted
        wants_hidden = wanted.keeps_hidden or any(
            getattr(scorer, "wants_hidden", False) for scorer in self._scorers
        )
        for number, problem in enumerate(problems):
            rng = np.random.default_rng(derive(wanted.seed, problem.index, "strategy"))
            yield Search(
                problem,
                self._plugins.make("strategy", wanted.strategy, self._options, rng),
                number=number,
                seed=wanted.seed,
                scorer=self._scorers[0].name,
                budget=wanted.budget,
                limits=wanted.limits,
                sampling=sampling,
                wants_hidden=wants_hidden,
            )

    def _defaults(self, kind: str, plugin: type[Any]) -> Options:
        options: Options = parse(f"{kind} '{plugin.name}'", plugin.Options, {})
        return options

    def _parsed(self, scorers: Mapping[str, Any]) -> dict[str, Options]:
        """Parse the options of the scorers that run; those without a name are the first one's."""
        leading = next(iter(scorers))
        given: dict[str, dict[str, str]] = {}
        for owner, options in self._wanted.scorer_options.items():
            if owner and owner not in scorers:
                raise UsageError(
                    f"-k {owner}.{next(iter(options))} is an option of a scorer that does not run.",
                    hint=f"Add --scorer {owner}; without the name it goes to '{leading}'.",
                )
            given.setdefault(owner or leading, {}).update(options)
        return {
            name: parse(f"scorer '{name}'", scorer.Options, given.get(name, {}))
            for name, scorer in scorers.items()
        }


def _takes_model(scorer: Any) -> bool:
    return bool(getattr(scorer, "takes_model", False))


def versions() -> dict[str, str]:
    """Return the versions of the libraries that are installed."""
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
