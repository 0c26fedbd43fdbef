"""A model that goes on where a record ends."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import NamedTuple

from ..core.kinds import Policy, Scorer
from ..core.run import Run
from ..core.settings import Settings
from .assembly import Assembly, Wanted
from .solving import model_file, scorer_files


class Opened(NamedTuple):
    """An open policy, and scorers by name that work with it."""

    policy: Policy
    scorers: Mapping[str, Scorer]


@dataclass(frozen=True, slots=True)
class Live:
    """Which model goes on; empty leaves it as it was recorded, but a model's file means llama.cpp."""

    model: str = ""
    policy: str = ""

    def open(self, settings: Settings, opened: ExitStack) -> Opened:
        """Open the policy and the scorers of a run.

        Raises:
            ReasonError: If the model or a plugin is missing.
        """
        run = open_run(wanted_of(settings, self))
        opened.callback(run.close)
        return Opened(run.policy, {scorer.name: scorer for scorer in run.scorers})


def open_run(wanted: Wanted) -> Run:
    """Open a model with its scorers, as a run without observers."""
    assembly = Assembly(wanted)
    policy = assembly.open_policy(model_file(wanted, assembly), scorer_files(assembly))
    return assembly.run(policy, [])


def wanted_of(settings: Settings, live: Live) -> Wanted:
    """Ask for everything as it was recorded, but for the model where another one is named."""
    policy = live.policy or ("llama-cpp" if live.model else settings.policy)
    return Wanted(
        strategy=settings.strategy,
        strategy_options=settings.strategy_options,
        model=live.model or settings.model.path or settings.model.name,
        policy=policy,
        policy_options=settings.policy_options if policy == settings.policy else {},
        scorers=tuple(settings.scorers),
        scorer_options=settings.scorers,
        vote=settings.vote,
        aggregation=settings.aggregation,
        grader=settings.grader,
        seed=settings.seed,
        sampling=asdict(settings.sampling),
        limits=settings.limits,
        budget=settings.budget,
        keeps_hidden=settings.keeps_hidden,
    )
