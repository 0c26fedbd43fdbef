"""Step confidence: a process reward without a second model.

The score of a step is the geometric mean of its tokens' probabilities, exp(mean log-probability), under the
policy's own untempered distribution. It is 1 for a step of which the policy was certain. It says how sure
the policy was, not whether it was right; a trained reward model knows better.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ...core import Policy, Scorer, ScoreRequest, Scores, Step, hookimpl


def confidence(step: Step) -> float | None:
    """Return exp(mean log-probability) in [0, 1], or None for a step without log-probabilities."""
    if not step.logprobs:
        return None
    return math.exp(math.fsum(step.logprobs) / len(step.logprobs))


class Confidence(Scorer):
    """Scores steps by the policy's own confidence, at no cost."""

    name = "confidence"

    def __init__(self, options: object, policy: Policy) -> None:
        self.options = options

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Score each node by its own step."""
        return [Scores(request.search, request.round, self.name, _by_node(request)) for request in requests]

    def close(self) -> None:
        """Hold nothing."""


def _by_node(request: ScoreRequest) -> dict[int, float]:
    scores = ((node, confidence(path[-1])) for node, path in zip(request.nodes, request.paths, strict=True))
    return {node: score for node, score in scores if score is not None}


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register step confidence."""
    return [Confidence]
