"""What there is to say of a recorded search besides its tree."""

from __future__ import annotations

from typing import Any

from ..core.trace import Trace
from .printable import printable

_N_VOTES = 8


def facts(trace: Trace) -> dict[str, str]:
    """Return what a person wants to know, by its name."""
    settings, tokens, flops = trace.settings, trace.tokens, trace.flops
    rate = tokens.generated / trace.elapsed_s if trace.elapsed_s else 0.0
    found = {
        "question": printable(trace.problem.text),
        "strategy": f"{settings.strategy}{_options(settings.strategy_options)}",
        "model": printable(settings.model.name),
        "scorer": ", ".join(f"{name}{_options(given)}" for name, given in settings.scorers.items()),
        "seed": str(settings.seed),
        "answer": printable(trace.answer or "none") if trace.stopped else "",
        "correct": {True: "yes", False: "no", None: ""}[trace.correct],
        "gold": printable(trace.problem.gold or ""),
        "vote": f"{settings.vote}, steps joined by {settings.aggregation}",
        "votes": votes(trace),
        "stopped": trace.stopped or "not recorded: the process ended before the search did",
        "error": printable(trace.error or ""),
        "steps": f"{len(trace.tree) - 1:,} in {len(trace.rounds)} rounds, "
        f"{len(trace.tree.solutions)} solutions",
        "tokens": f"{tokens.generated:,} generated, {tokens.prompt:,} of prompt, {tokens.reused:,} reused",
        "FLOPs": f"{flops.policy + flops.scorer:.3g} in all, {flops.paper:.3g} as the paper counts",
        "time": f"{trace.elapsed_s:.1f} s, {rate:,.0f} tokens/s" if trace.elapsed_s is not None else "",
        "trace": trace.id,
    }
    return {name: value for name, value in found.items() if value}


def votes(trace: Trace) -> str:
    """Return the heaviest classes of answers with their counts and weights."""
    shown = [
        f"{printable(tally.answer, width=40)} ×{tally.count} ({tally.weight:.3g})"
        for tally in trace.tallies[:_N_VOTES]
    ]
    n_more = len(trace.tallies) - len(shown)
    return ", ".join(shown) + (f", and {n_more} more" if n_more > 0 else "")


def lines(trace: Trace) -> tuple[list[str], list[str]]:
    """Return the lines above and below a tree."""
    above = ("question", "strategy", "model", "scorer")
    known = facts(trace)
    written = {name: f"{name:<9} {value}" for name, value in known.items()}
    head = [written.pop(name) for name in above if name in written]
    return head, list(written.values())


def widths(trace: Trace) -> dict[int, list[int]]:
    """Return how many children each node was given, by each round that chose it."""
    found: dict[int, list[int]] = {}
    for round in trace.rounds:
        for expansion in round.expansions:
            found.setdefault(expansion.node, []).append(expansion.width)
    return found


def _options(options: Any) -> str:
    given = ", ".join(f"{name}={value}" for name, value in options.items() if value not in ("", None))
    return f" ({printable(given)})" if given else ""
