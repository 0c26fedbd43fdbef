"""A finished search as JSON and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.loop import Finished
from ...core.settings import Settings
from ...core.text import flops_text, printable, rate_text, tallies_text, tokens_text

_N_VOTES_SHOWN = 5
_STOPPED = {
    "tokens": "the budget of tokens was spent",
    "flops": "the budget of FLOPs was spent",
    "seconds": "the time was up",
    "samples": "enough solutions were found",
    "interrupted": "interrupted",
    "failed": "it failed",
}


def as_json(finished: Finished, settings: Settings, trace_id: str) -> dict[str, Any]:
    """Return the object of `--json`."""
    outcome = finished.outcome
    tokens, flops = outcome.tokens, outcome.flops
    found: dict[str, Any] = {
        "answer": outcome.verdict.answer,
        "correct": outcome.correct,
        "strategy": settings.strategy,
        "model": settings.model.name,
        "scorer": next(iter(settings.scorers), None),
        "trace_id": trace_id,
        "n_solutions": len(outcome.solutions),
        "votes": [
            {"answer": tally.answer, "count": tally.count, "weight": tally.weight}
            for tally in outcome.verdict.tallies
        ],
        "tokens": {
            "prompt": tokens.prompt,
            "generated": tokens.generated,
            "scored": tokens.scored,
            "reused": tokens.reused,
        },
        "flops": {"policy": flops.policy, "scorer": flops.scorer, "paper": flops.paper},
        "elapsed_s": round(outcome.elapsed_s, 3),
        "stopped": outcome.stopped,
    }
    return found | ({"error": outcome.error} if outcome.error else {})


def as_lines(finished: Finished, trace_id: str) -> Iterator[str]:
    """Yield everything but the answer, a line each."""
    outcome = finished.outcome
    if outcome.stopped in _STOPPED:
        yield f"stopped   {_STOPPED[outcome.stopped]}: this is the answer so far"
    if outcome.correct is not None:
        yield f"correct   {'yes' if outcome.correct else 'no'} (gold {finished.search.problem.gold})"
    yield f"votes     {tallies_text(outcome.verdict.tallies, most=_N_VOTES_SHOWN) or 'none'}"
    yield f"solutions {len(outcome.solutions)} of {len(finished.search.tree) - 1} steps in the tree"
    yield f"tokens    {tokens_text(outcome.tokens)}; {rate_text(outcome.tokens, outcome.elapsed_s)}"
    yield f"FLOPs     {flops_text(outcome.flops)}"
    if finished.search.scorer:
        yield f"scorer    {printable(finished.search.scorer)}"
    yield f"time      {outcome.elapsed_s:.1f} s"
    yield f"trace     {trace_id}"


def judged(correct: bool | None) -> str:
    """Return whether an answer is right, to stand behind it; nothing where that is not known."""
    return {True: ", right", False: ", wrong", None: ""}[correct]
