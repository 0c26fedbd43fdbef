"""From the names and numbers of a command line to a run that is ready to search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
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
_LIBRARIES = ("llama-cpp-python", "math-verify", "numpy")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for; None and empty leave it to the plugins.

    Attributes:
        keeps_hidden: Record the policy's hidden states, whether a scorer reads them or not.
        n_active: Searches under way at once; with fewer of them a run that is stopped loses less.
    """

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

    def open_policy(self, model: ModelFile | None) -> Policy:
        """Open the model, and make the scorers that work beside it.

        Where the user names none, the first one that says that it suits the policy is taken: a value head
        that was trained for this very model.
        """
        policy: Policy = self._policy_class(self._policy_options, model)
        with ExitStack() as undo:
            undo.callback(policy.close)
            classes = self._scorer_classes or self._default_scorer(policy)
            self._scorers = [
                scorer(parse(f"scorer '{name}'", scorer.Options, {}), policy)
                for name, scorer in classes.items()
            ]
            undo.pop_all()
        return policy

    def _default_scorer(self, policy: Policy) -> dict[str, Any]:
        for scorer in self._plugins.all("scorer"):
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
            scorers={scorer.name: _options_of(scorer) for scorer in self._scorers},
            sampling=sampling,
            limits=wanted.limits,
            budget=wanted.budget,
            libraries=_versions(),
        )

    def run(self, policy: Policy, observers: Iterable[object]) -> Run:
        """Wire the chosen plugins."""
        return Run(
            policy,
            grader=self._grader(parse(f"grader '{self._grader.name}'", self._grader.Options, {})),
            vote=self._vote(parse(f"vote '{self._vote.name}'", self._vote.Options, {})),
            scorers=self._scorers,
            aggregation=self._wanted.aggregation,
            observers=observers,
            n_active=self._wanted.n_active,
        )

    def searches(self, problems: Iterable[Problem], sampling: Sampling) -> Iterator[Search]:
        """Make one search for each problem."""
        wanted = self._wanted
        wants_hidden = any(getattr(scorer, "wants_hidden", False) for scorer in self._scorers)
        for number, problem in enumerate(problems):
            rng = np.random.default_rng(derive(wanted.seed, problem.index, "strategy"))
            yield Search(
                problem,
                self._strategy(self._options, rng),
                number=number,
                seed=wanted.seed,
                scorer=self._scorers[0].name,
                budget=wanted.budget,
                limits=wanted.limits,
                sampling=sampling,
                wants_hidden=wants_hidden or wanted.keeps_hidden,
            )


def _options_of(scorer: Any) -> dict[str, Any]:
    """Return a scorer's options as it resolved them, so that a trace says which file it read."""
    options = getattr(scorer, "options", None)
    return options.model_dump(mode="json") if isinstance(options, Options) else {}


def _versions() -> dict[str, str]:
    """Return the versions of the libraries that are installed."""
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
