"""What a policy must make of an expansion that gives something to its children."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..records import Step, Usage
from ..requests import ProposeRequest
from .expecting import expect

_ROUND_OFF = 1e-6  # nats


def expect_logprobs(who: str, children: Sequence[Sequence[Step]]) -> None:
    """Expect log-probabilities of all sampled tokens, or of none."""
    for step in (step for steps in children for step in steps):
        n, n_tokens = len(step.logprobs), step.n_sampled
        expect(n in (0, n_tokens), f"{who} gives {n} log-probabilities for {n_tokens} tokens")
        is_logprob = all(math.isfinite(each) and each <= _ROUND_OFF for each in step.logprobs)
        expect(is_logprob, f"{who} gives log-probabilities above 0 nats: {step.logprobs[:8]}")


def expect_given(who: str, request: ProposeRequest, children: Sequence[Sequence[Step]], usage: Usage) -> None:
    """Expect that the first step of each child, and no other, has what the request gives."""
    expect(all(children), f"{who} gives no step where something is given")
    expect_logprobs(who, children)
    for first, *others in children:
        _expect_first(who, request, first)
        late = [step for step in others if step.said or step.n_given or step.n_said]
        expect(not late, f"{who} gives something to {len(late)} later steps of a chain")
        n, most = sum(step.n_solution for step in (first, *others)), request.limits.max_tokens
        expect(n <= most, f"{who} gives {n} tokens; the limit is {most}")
    n_sampled = sum(step.n_sampled for steps in children for step in steps)
    n = usage.tokens.generated
    expect(n == n_sampled, f"{who} samples {n_sampled} tokens, and books {n} as generated")
    n_given, n = max(steps[0].n_given for steps in children), usage.tokens.prompt
    expect(n >= n_given, f"{who} is given {n_given} tokens, and books {n} of prompt")


def _expect_first(who: str, request: ProposeRequest, step: Step) -> None:
    says, begins = request.says, request.begins
    expect(step.said == says, f"{who} notes {step.said!r} as said, and {says!r} was")
    expect(step.text.startswith(begins), f"{who} begins with {step.text[:20]!r}, and {begins!r} was given")
    counts = f"n_said {step.n_said} and n_given {step.n_given} of {len(step.tokens)} tokens"
    in_order = 0 <= step.n_said <= step.n_given <= len(step.tokens)
    expect(in_order and (says or not step.n_said), f"{who} gives a step with {counts} where {says!r} is said")
