"""Plays a search again from its trace, with the replay that users have."""

from __future__ import annotations

from ..interfaces import Strategy
from ..ledger import Budget
from ..replay.checker import Checker
from ..replay.difference import Difference
from ..replay.playback import Playback
from ..replay.recorded import RecordedPolicy, RecordedScorer
from ..run import Run, Settings
from ..trace import trace_of
from .doubles import CountingVote, PlainGrader
from .expecting import ContractError
from .playing import Played, Setting


def replay(played: Played, strategy: Strategy) -> Difference | None:
    """Play a search again, without its policy and scorer; return the first thing that is not as it was.

    Raises:
        ContractError: If the replay fails in another way.
    """
    trace = trace_of(played.search, played.outcome, _settings(strategy.name, played.setting))
    policy = RecordedPolicy(trace.settings.model)
    run = Run(
        policy,
        grader=PlainGrader(),
        vote=CountingVote(),
        scorers=[RecordedScorer(name, policy) for name in trace.settings.scorers],
        observers=[policy, Checker()],
    )
    search = Playback(trace, strategy, budget=Budget(samples=trace.settings.budget.samples))
    list(run.searches([search]))
    if search.error is not None and search.difference is None:
        raise ContractError(f"the replay failed: {search.error}") from search.error
    return search.difference


def said_of(difference: Difference) -> str:
    """Say what came, and what was recorded."""
    if difference.kind == "selection":
        came, recorded = list(difference.came), list(difference.recorded)
        return f"round {difference.place} asked for {came}, not {recorded}"
    if difference.kind == "node":
        return f"node {difference.place} is {difference.came}, not {difference.recorded}"
    return f"the vote came to {difference.came}, not {difference.recorded}"


def _settings(strategy: str, setting: Setting) -> Settings:
    return Settings(
        strategy=strategy,
        policy=setting.policy.name,
        model=setting.policy.info,
        grader=PlainGrader.name,
        vote=CountingVote.name,
        aggregation="last",
        seed=setting.seed,
        version="",
        scorers={setting.scorer.name: {}} if setting.scorer else {},
        limits=setting.limits,
        budget=setting.budget,
    )
