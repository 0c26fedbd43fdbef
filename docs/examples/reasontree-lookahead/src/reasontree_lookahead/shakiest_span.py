"""The shakiest span: a solution is as sure as its least sure stretch.

The score of a node is the lowest geometric mean of token probabilities, exp(mean log-probability), over any
`window` successive tokens from the first step to the node. One muddled stretch early on is seen in every step
below it, while the mean over a whole step hides it.

After the lowest group confidence of Fu et al. 2025 (DeepConf, arXiv 2508.15260). Differences: theirs averages
over the most probable tokens at each position and is no probability; a trace keeps the sampled token's
log-probability alone, and with it the score lies in [0, 1]. Their windows are of 1,024 and more tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from reasontree.core import Field, Options, Policy, Scorer, ScoreRequest, Scores, Step


class ShakiestSpanOptions(Options):
    """How long a span is."""

    window: int = Field(16, ge=1, le=65536, description="Tokens of a span.")


class ShakiestSpan(Scorer):
    """Scores a step by the least sure span of tokens up to its end."""

    name = "shakiest-span"
    Options = ShakiestSpanOptions
    options: ShakiestSpanOptions

    def __init__(self, options: ShakiestSpanOptions, policy: Policy) -> None:
        self.options = options

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Score every request at once."""
        return [Scores(each.search, each.round, self.name, self._by_node(each)) for each in requests]

    def _by_node(self, request: ScoreRequest) -> dict[int, float]:
        scores = (shakiest(path, self.options.window) for path in request.paths)
        return {node: score for node, score in zip(request.nodes, scores, strict=True) if score is not None}


def shakiest(path: Sequence[Step], window: int) -> float | None:
    """Return the lowest exp(mean log-probability) of any span, in [0, 1]; None without log-probabilities.

    A path of fewer than `window` tokens is one span.
    """
    logprobs = [logprob for step in path for logprob in step.logprobs]
    if not logprobs:
        return None
    n = min(window, len(logprobs))
    sums = [0.0, *accumulate(logprobs)]
    return min(1.0, math.exp(min(sums[i + n] - sums[i] for i in range(len(logprobs) - n + 1)) / n))
