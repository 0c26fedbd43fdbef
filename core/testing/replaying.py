"""Plays a search again from its trace, with the replay that users have."""

from __future__ import annotations

from ..kinds import Strategy
from ..replay.checker import Checker
from ..replay.difference import Difference
from ..replay.playback import Playback
from ..replay.recorded import RecordedPolicy, RecordedScorer
from ..run import Run
from ..run_record import RunRecord
from ..spec import RunSpec
from ..trace import trace_of
from .doubles import CountingVote, PlainGrader
from .expecting import ContractError
from .playing import Played, Setting


def replay(played: Played, strategy: Strategy) -> Difference | None:
    """Play a search again, without its policy and scorer; return the first thing that is not as it was.

    Raises:
        ContractError: If the replay fails in another way.
    """
    trace = trace_of(played.search, played.outcome, _record(strategy.name, played.setting))
    policy = RecordedPolicy(trace.record.model)
    run = Run(
        policy,
        grader=PlainGrader(),
        vote=CountingVote(),
        scorers=[RecordedScorer(name, policy) for name in trace.record.spec.scorers],
        observers=[policy, Checker()],
    )
    search = Playback(trace, strategy)
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


def _record(strategy: str, setting: Setting) -> RunRecord:
    spec = RunSpec(
        strategy=strategy,
        policy=setting.policy.name,
        grader=PlainGrader.name,
        vote=CountingVote.name,
        seed=setting.seed,
        scorers={setting.scorer.name: {}} if setting.scorer else {},
        limits=setting.limits,
        budget=setting.budget,
    )
    return RunRecord(spec, setting.policy.info, version="")
