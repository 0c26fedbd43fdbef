"""The scorer that applies a head."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from ....core import Options, Policy, Scorer, ScoreRequest, Scores
from ....core.errors import UsageError
from ....core.turns import reply_of
from .head import Head, expit, load_head_for
from .locations import find_head

_SMALLEST = 2.0**-52  # what a probability is away from 0 and 1 at the least, so that its logit is finite


class ValueHeadOptions(Options):
    """Which head, and how sharp."""

    head: str = Field("", description="A file of 'reason train-head'; empty takes the model's own.")
    sha256: str = Field("", description="Refuse a head whose file has another SHA-256; empty takes any.")
    power: float = Field(1.0, gt=0, le=16, description="The score is P(right) to this power.")


class ValueHead(Scorer):
    """Scores steps by a trained head's probability that the chain ends right.

    Attributes:
        wants_hidden: It reads the policy's hidden states.
        options: With the head's SHA-256, so that a trace says which head it was.
    """

    name = "value-head"
    wants_hidden = True
    Options = ValueHeadOptions
    options: ValueHeadOptions

    def __init__(self, options: ValueHeadOptions, policy: Policy) -> None:
        self._head = _head_for(options, policy)
        self.options = options.model_copy(update={"sha256": self._head.digest})
        self.reliability = self._head.info.reliability

    @classmethod
    def suits(cls, policy: Policy) -> bool:
        """Whether there is a head for the policy's model, so that it is the better default."""
        return find_head(policy.info) is not None

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Score each node by the hidden states up to its step's end; a step without one gets no score.

        A head that reads paths needs no state of the steps before. It is linear, so its logit of a mean of
        states is the mean of its logits, and that of the steps before follows from the parent's score. After
        a step without a score, and where the user speaks, the mean begins anew.
        """
        return [
            Scores(request.search, request.round, self.name, self._by_node(request)) for request in requests
        ]

    def close(self) -> None:
        """Hold nothing."""

    def _by_node(self, request: ScoreRequest) -> dict[int, float]:
        last = {node: path[-1].hidden for node, path in zip(request.nodes, request.paths, strict=True)}
        states = {node: hidden for node, hidden in last.items() if hidden is not None}
        if not states:
            return {}
        logits = dict(zip(states, self._head.logits(np.array(list(states.values()))).tolist(), strict=True))
        if self._head.info.reads == "path":
            self._average(logits, request)
        scores = expit(np.array(list(logits.values()))) ** self.options.power
        return dict(zip(logits, scores.tolist(), strict=True))

    def _average(self, logits: dict[int, float], request: ScoreRequest) -> None:
        """Turn the logits of steps into the means over their paths; parents come before their children."""
        for node, parent, path in zip(request.nodes, request.parents, request.paths, strict=True):
            before = logits.get(parent, self._logit(request.known.get(parent, {}).get(self.name)))
            if node in logits and before is not None:
                logits[node] += (before - logits[node]) * (1 - 1 / len(reply_of(path)))

    def _logit(self, score: float | None) -> float | None:
        """Return the logit that a score was made of; None if there is none."""
        if score is None:
            return None
        right = min(max(score ** (1 / self.options.power), _SMALLEST), 1 - _SMALLEST)
        return math.log(right) - math.log1p(-right)


def _head_for(options: ValueHeadOptions, policy: Policy) -> Head:
    if not options.head:
        return _own_head(options.sha256, policy)
    return load_head_for(policy.info, options.head, options.sha256)


def _own_head(sha256: str, policy: Policy) -> Head:
    head = find_head(policy.info, sha256)
    if head is None:
        which = f" with the SHA-256 {sha256[:12]}…" if sha256 else ""
        raise UsageError(
            f"There is no value head{which} for {policy.info.name or policy.name}, asked as it is here.",
            hint="Train one with 'reason train-head', or choose another scorer.",
        )
    return head
