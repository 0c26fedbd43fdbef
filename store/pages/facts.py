"""What there is to say of a recorded search besides its tree."""

from __future__ import annotations

from typing import Any

from ...core.agreement import agreement_of
from ...core.text import flops_text, printable, rate_text, tallies_text, tokens_text
from ...core.trace import Trace

_N_VOTES, _LONGEST_ANSWER = 8, 40


def facts(trace: Trace) -> dict[str, str]:
    """Return what a person wants to know, by its name."""
    record, elapsed_s = trace.record, trace.elapsed_s
    found = {
        "question": printable(trace.problem.text),
        "strategy": f"{record.spec.strategy}{_options(record.spec.strategy_options)}",
        "model": printable(record.model.name),
        "scorer": ", ".join(f"{name}{_options(given)}" for name, given in record.spec.scorers.items()),
        "seed": str(record.spec.seed),
        "answer": printable(trace.answer or "none") if trace.stopped else "",
        "correct": {True: "yes", False: "no", None: ""}[trace.correct],
        "gold": printable(trace.problem.gold or ""),
        "vote": f"{record.spec.vote}, steps joined by {record.spec.aggregation}",
        "agreement": str(agreement_of(trace.tallies, len(trace.tree.solutions)) or ""),
        "votes": tallies_text(trace.tallies, most=_N_VOTES, width=_LONGEST_ANSWER),
        "stopped": trace.stopped or "not recorded: the process ended before the search did",
        "error": printable(trace.error or ""),
        "steps": f"{len(trace.tree) - 1:,} in {len(trace.rounds)} rounds, "
        f"{len(trace.tree.solutions)} solutions",
        "tokens": tokens_text(trace.tokens),
        "FLOPs": flops_text(trace.flops),
        "time": f"{elapsed_s:.1f} s, {rate_text(trace.tokens, elapsed_s)}" if elapsed_s is not None else "",
        "trace": trace.id,
    }
    return {name: value for name, value in found.items() if value}


def _options(options: Any) -> str:
    given = ", ".join(f"{name}={value}" for name, value in options.items() if value not in ("", None, []))
    return f" ({printable(given)})" if given else ""
