"""From a spec to the plugins that it names: checked first, made where they are needed, wired once.

Searching has two sides. The search side (strategy, vote, grader) is the same for a live run, a replay and a
run that goes on; the model side (policy, scorers) is a model's, or a record's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import numpy as np

from .. import __version__
from .attribution import attributing
from .errors import UsageError
from .kinds import Grader, Policy, Scorer, Strategy, Vote
from .models import ModelFile
from .options import Options, parse
from .prompt_changes import changed_prompt, plain_prompt
from .records import Problem, Sampling
from .registry import Registry
from .run import Run
from .run_record import RunRecord
from .search import Search
from .seeds import derive
from .spec import RunSpec

DEFAULT_SCORER = "confidence"
DEFAULT_STRATEGY = "weighted-majority"
"""What runs where nobody says otherwise: with a scorer that knows little it loses least."""

_RELIABILITY = "reliability"  # the option by which a strategy asks for it
_LIBRARIES = ("llama-cpp-python", "math-verify", "numpy")

Find = Callable[[str], ModelFile]
"""Finds a model's file by a name of the catalog or a path, and fetches it if need be."""


class SearchSide:
    """Strategy, vote and grader of a spec.

    Raises:
        UsageError: If a name is unknown or an option is wrong.
    """

    def __init__(self, spec: RunSpec, plugins: Registry) -> None:
        self._plugins = plugins
        self._strategy: type[Strategy] = plugins.get("strategy", spec.strategy or DEFAULT_STRATEGY)
        self._strategy_options = _parsed("strategy", self._strategy, spec.strategy_options)
        self._vote: type[Vote] = plugins.get("vote", spec.vote or self._strategy.vote)
        self._vote_options = _parsed("vote", self._vote, spec.vote_options)
        self._grader: type[Grader] = plugins.get("grader", spec.grader)
        self._grader_options = _parsed("grader", self._grader, spec.grader_options)
        self.spec = spec.model_copy(
            update={
                "strategy": self._strategy.name,
                "strategy_options": self._strategy_options.model_dump(mode="json"),
                "vote": self._vote.name,
                "vote_options": self._vote_options.model_dump(mode="json"),
                "grader_options": self._grader_options.model_dump(mode="json"),
            }
        )

    def led_by(self, scorer: Scorer) -> SearchSide:
        """Return the side for a scorer that leads: a strategy that asks for its reliability is told.

        It becomes an option of the strategy, so that a replay needs no scorer to know it.
        """
        options = self.spec.strategy_options
        if options.get(_RELIABILITY, True) or not scorer.reliability:
            return self
        known = {**options, _RELIABILITY: list(scorer.reliability)}
        return SearchSide(self.spec.model_copy(update={"strategy_options": known}), self._plugins)

    @property
    def temperature(self) -> float | None:
        """The sampling temperature that the strategy cannot do without."""
        return self._strategy.temperature

    def strategy(self, problem: Problem) -> Strategy:
        """Make one problem's strategy; its random numbers follow from the run's seed and the problem."""
        rng = np.random.default_rng(derive(self.spec.seed, problem.index, "strategy"))
        made: Strategy = self._plugins.make("strategy", self.spec.strategy, self._strategy_options, rng)
        return made

    def vote(self) -> Vote:
        """Make the vote."""
        made: Vote = self._plugins.make("vote", self.spec.vote, self._vote_options)
        return made

    def grader(self) -> Grader:
        """Open the grader."""
        made: Grader = self._plugins.make("grader", self.spec.grader, self._grader_options)
        return made

    def search(self, problem: Problem, record: RunRecord, *, number: int, **more: Any) -> Search:
        """Make the search for one problem.

        Args:
            record: Of the run that it belongs to.
            more: `place`, `vote` and `wants_hidden`, as `Search` takes them.
        """
        return Search(
            problem,
            self.strategy(problem),
            number=number,
            seed=self.spec.seed,
            scorer=record.spec.scorer,
            budget=self.spec.budget,
            limits=self.spec.limits,
            sampling=record.sampling,
            aggregation=self.spec.aggregation,
            **more,
        )

    def run(self, policy: Policy, scorers: Sequence[Scorer], observers: Iterable[object] = ()) -> Run:
        """Wire both sides."""
        return Run(
            policy,
            grader=self.grader(),
            vote=self.vote(),
            scorers=scorers,
            aggregation=self.spec.aggregation,
            observers=observers,
            n_active=self.spec.n_active,
            who=self._plugins.who,
        )


class ModelSide:
    """Policy and scorers of a spec.

    Raises:
        UsageError: If a name is unknown or an option is wrong.
    """

    def __init__(self, spec: RunSpec, plugins: Registry) -> None:
        self._spec = spec
        self._plugins = plugins
        self._policy: type[Policy] = plugins.get("policy", spec.policy)
        self._policy_options = _parsed("policy", self._policy, spec.policy_options)
        if spec.model and not (self._policy.takes_model or self._policy.takes_address):
            raise UsageError(
                f"Policy '{spec.policy}' takes no model, and '{spec.model}' came.",
                hint="Leave the model out, or choose another policy.",
            )
        if spec.prompt and not self._policy.takes_model:
            raise UsageError(
                f"Policy '{spec.policy}' asks in its own way, and a prompt came ({', '.join(spec.prompt)}).",
                hint="Leave the prompt out, or choose a policy that opens a model's file, such as llama-cpp.",
            )
        self._scorers: dict[str, type[Scorer]] = {name: plugins.get("scorer", name) for name in spec.scorers}
        self._scorer_options = self._options_of(self._scorers) if self._scorers else {}

    def open(self, find: Find) -> OpenedSide:
        """Open the model, which takes longest, and make the scorers that work beside it.

        Where the spec names none, the first one that says that it suits the policy is taken: a value head
        that was trained for this very model.

        Raises:
            ReasonError: If a model cannot be found, fetched or opened.
        """
        own, needs = self._model(find)
        scorer_models = {name: find(model) for name, model in self._scorer_models().items()}
        with ExitStack() as undo:
            policy: Policy = self._plugins.make("policy", self._spec.policy, self._policy_options, *needs)
            undo.callback(policy.close)
            classes = self._scorers or self._default_scorer(policy)
            scorers: list[Scorer] = []
            for name, options in self._options_of(classes).items():
                more = (scorer_models[name],) if name in scorer_models else ()
                scorers.append(self._plugins.make("scorer", name, options, policy, *more))
                undo.callback(scorers[-1].close)
            undo.pop_all()
        policy_options: dict[str, Any] = self._policy_options.model_dump(mode="json")
        model = self._spec.model or (own.name if own else "")
        return OpenedSide(
            policy,
            tuple(scorers),
            own.sampling if own else Sampling(),
            policy_options,
            model,
            plain_prompt(own.prompt) if own else {},
        )

    def _model(self, find: Find) -> tuple[ModelFile | None, tuple[ModelFile | str, ...]]:
        """Return the policy's model file, if it takes one, and what it is made with besides its options."""
        if self._policy.takes_model:
            file = asked_as(self._spec, find(self._spec.model))
            return file, (file,)
        return None, (self._spec.model,) if self._policy.takes_address else ()

    def _scorer_models(self) -> dict[str, str]:
        """Return the models that scorers need besides the policy's, by scorer."""
        options: Mapping[str, Any] = self._scorer_options
        return {name: options[name].model for name, scorer in self._scorers.items() if scorer.takes_model}

    def _default_scorer(self, policy: Policy) -> dict[str, type[Scorer]]:
        for scorer in self._plugins.all("scorer"):
            with attributing(self._plugins.who("scorer", scorer.name)):
                if scorer.suits(policy):
                    return {scorer.name: scorer}
        return {DEFAULT_SCORER: self._plugins.get("scorer", DEFAULT_SCORER)}

    def _options_of(self, scorers: Mapping[str, type[Scorer]]) -> dict[str, Options]:
        """Parse the options of the scorers that run; those without a name are the first one's."""
        leading = next(iter(scorers))
        given = {name: dict(options) for name, options in self._spec.scorers.items()}
        for owner, options in self._spec.scorer_options.items():
            if owner and owner not in scorers:
                raise UsageError(
                    f"-k {owner}.{next(iter(options))} is an option of a scorer that does not run.",
                    hint=f"Add --scorer {owner}; without the name it goes to '{leading}'.",
                )
            given.setdefault(owner or leading, {}).update(options)
        return {name: _parsed("scorer", scorer, given.get(name, {})) for name, scorer in scorers.items()}


class OpenedSide(NamedTuple):
    """An open policy with its scorers, the first of which leads.

    Attributes:
        own_sampling: The model's own.
        policy_options: As JSON knows them, defaults included.
        model: What names it to whoever opens it again.
        prompt: The format by which it is asked, whole; empty for a policy that asks in its own way.
    """

    policy: Policy
    scorers: tuple[Scorer, ...]
    own_sampling: Sampling
    policy_options: Mapping[str, Any]
    model: str
    prompt: Mapping[str, Any]

    @property
    def wants_hidden(self) -> bool:
        """Whether a scorer reads the policy's hidden states."""
        return any(scorer.wants_hidden for scorer in self.scorers)

    def leading(self, side: SearchSide) -> SearchSide:
        """Return a search side whose strategy knows how reliable the scorer is that leads it."""
        return side.led_by(self.scorers[0]) if self.scorers else side

    def record(self, side: SearchSide) -> RunRecord:
        """Return everything that decides the trees of a run, for the store."""
        sampling = side.spec.sampled_as(self.own_sampling, side.temperature)
        spec = side.spec.model_copy(
            update={
                "model": self.model,
                "policy_options": dict(self.policy_options),
                "scorers": {each.name: each.options.model_dump(mode="json") for each in self.scorers},
                "scorer_options": {},
                "sampling": {name: getattr(sampling, name) for name in sampling.__slots__},
                "prompt": dict(self.prompt),
            }
        )
        return RunRecord(spec, self.policy.info, __version__, versions())

    def close(self) -> None:
        """Free everything, each of them even if another one raises."""
        with ExitStack() as stack:
            stack.callback(self.policy.close)
            for scorer in self.scorers:
                stack.callback(scorer.close)


def asked_as(spec: RunSpec, file: ModelFile) -> ModelFile:
    """Return a model's file with the prompt format that a spec makes of its own.

    Raises:
        UsageError: If the spec has a text for which the format has no place.
    """
    return replace(file, prompt=changed_prompt(file.prompt, spec.prompt, f"'{file.name}'"))


def versions() -> dict[str, str]:
    """Return the versions of the libraries that are installed."""
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _parsed(kind: str, plugin: Any, values: Mapping[str, Any]) -> Options:
    options: Options = parse(f"{kind} '{plugin.name}'", plugin.Options, values)
    return options
