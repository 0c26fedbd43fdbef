"""From a recorded run, and what the user changes about it, to the plugins of a replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import __version__
from ..core.errors import ReplayError, UnknownNameError
from ..core.kinds import Grader, Strategy, Vote
from ..core.options import parse
from ..core.records import Problem
from ..core.seeds import derive
from ..core.settings import Settings
from ..plugins import registry
from .assembly import versions


@dataclass(frozen=True, slots=True)
class Changes:
    """What shall be other than it was recorded; None and empty leave it."""

    strategy: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    vote: str | None = None
    aggregation: str | None = None
    scorer: str | None = None
    seed: int | None = None

    @property
    def of_search(self) -> bool:
        """Whether another tree may come of them."""
        return bool(self.options) or (self.strategy, self.scorer, self.seed) != (None, None, None)

    @property
    def of_vote(self) -> bool:
        """Whether another answer may come of the same tree."""
        return (self.vote, self.aggregation) != (None, None)


class Recast:
    """Strategy, vote and grader of a run that is replayed.

    Raises:
        ReplayError: If the strategy, vote or grader that the run had is not installed here.
        UsageError: If a name that the user gave is unknown or an option is wrong.
    """

    def __init__(self, recorded: Settings, changes: Changes) -> None:
        self._recorded = recorded
        name = changes.strategy or recorded.strategy
        self._strategy: type[Strategy] = _plugin("strategy", name, recorded.strategy)
        given = dict(changes.options)
        values = given if changes.strategy else {**recorded.strategy_options, **given}
        self._options = parse(f"strategy '{name}'", self._strategy.Options, values)
        own_vote = self._strategy.vote if changes.strategy else recorded.vote
        self._vote = _plugin("vote", changes.vote or own_vote, recorded.vote)
        self._grader = _plugin("grader", recorded.grader, recorded.grader)
        scorer = changes.scorer or next(iter(recorded.scorers), "")
        first = {scorer: recorded.scorers.get(scorer, {})} if scorer else {}
        self.settings = replace(
            recorded,
            strategy=name,
            strategy_options=self._options.model_dump(mode="json"),
            vote=self._vote.name,
            aggregation=changes.aggregation or recorded.aggregation,
            seed=recorded.seed if changes.seed is None else changes.seed,
            scorers=first | dict(recorded.scorers),
            keeps_hidden=False,
            version=__version__,
            libraries=versions(),
        )

    @property
    def scorer(self) -> str:
        """The scorer that leads; empty for none."""
        return next(iter(self.settings.scorers), "")

    def strategy(self, problem: Problem) -> Strategy:
        """Make the strategy for one problem, with the random numbers that it would have in a run."""
        rng = np.random.default_rng(derive(self.settings.seed, problem.index, "strategy"))
        strategy: Strategy = registry().make("strategy", self.settings.strategy, self._options, rng)
        return strategy

    def grader(self) -> Grader:
        """Open the grader."""
        recorded = self._recorded
        options = parse(f"grader '{recorded.grader}'", self._grader.Options, recorded.grader_options)
        grader: Grader = registry().make("grader", recorded.grader, options)
        return grader

    def vote(self) -> Vote:
        """Make the vote."""
        name = self.settings.vote
        vote: Vote = registry().make("vote", name, parse(f"vote '{name}'", self._vote.Options, {}))
        return vote


def _plugin(kind: str, name: str, recorded: str) -> Any:
    try:
        return registry().get(kind, name)
    except UnknownNameError as error:
        if name != recorded:
            raise
        raise ReplayError(
            f"The run was recorded with the {kind} '{name}', which is not installed here.",
            hint="Install the package that has it."
            if kind == "grader"
            else f"Install the package that has it, or choose another one with --{kind}.",
        ) from error
