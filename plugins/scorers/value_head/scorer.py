"""The scorer that applies a head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from ....core import Options, Policy, ScoreRequest, Scores, Step
from ....core.errors import UsageError
from .head import Floats, Head, load_head
from .shelf import find_head


class ValueHeadOptions(Options):
    """Which head, and how sharp."""

    head: str = Field("", description="A file of 'reason train-head'; empty takes the model's own.")
    sha256: str = Field("", description="Refuse a head whose file has another SHA-256; empty takes any.")
    power: float = Field(1.0, gt=0, le=16, description="The score is P(right) to this power.")


class ValueHead:
    """Scores steps by a trained head's probability that the chain ends right.

    Attributes:
        wants_hidden: It reads the policy's hidden states.
        keeps_hidden: A head that reads paths needs the states of recorded steps when a search is resumed.
        options: With the head's SHA-256, so that a trace says which head it was.
    """

    name = "value-head"
    wants_hidden: ClassVar[bool] = True
    Options: ClassVar[type[Options]] = ValueHeadOptions

    def __init__(self, options: ValueHeadOptions, policy: Policy) -> None:
        self._head = _head_for(options, policy)
        self.keeps_hidden = self._head.info.reads == "path"
        self.options = options.model_copy(update={"sha256": self._head.digest})

    @classmethod
    def suits(cls, policy: Policy) -> bool:
        """Whether there is a head for the policy's model, so that it is the better default."""
        return find_head(policy.info) is not None

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Score each node by the hidden states up to its step's end; a step without one gets no score."""
        return [
            Scores(request.search, request.round, self.name, self._by_node(request)) for request in requests
        ]

    def close(self) -> None:
        """Hold nothing."""

    def _by_node(self, request: ScoreRequest) -> dict[int, float]:
        states = {
            node: self._read(path)
            for node, path in zip(request.nodes, request.paths, strict=True)
            if path[-1].hidden is not None
        }
        if not states:
            return {}
        scores = self._head.probabilities(np.array(list(states.values()))) ** self.options.power
        return dict(zip(states, scores.tolist(), strict=True))

    def _read(self, path: Sequence[Step]) -> Floats:
        """Return what the head reads at the end of a path, as `chains.read` does for training."""
        steps = path[-1:] if self._head.info.reads == "step" else path
        states = np.array([step.hidden for step in steps if step.hidden is not None])
        result: Floats = states.mean(axis=0)
        return result


def _head_for(options: ValueHeadOptions, policy: Policy) -> Head:
    if not options.head:
        return _own_head(options.sha256, policy)
    head = load_head(Path(options.head).expanduser())
    head.require(policy.info, options.head)
    if options.sha256 not in ("", head.digest):
        raise UsageError(
            f"The value head {options.head} has the SHA-256 {head.digest[:12]}…, "
            f"and {options.sha256[:12]}… was wanted."
        )
    return head


def _own_head(sha256: str, policy: Policy) -> Head:
    head = find_head(policy.info, sha256)
    if head is None:
        which = f" with the SHA-256 {sha256[:12]}…" if sha256 else ""
        raise UsageError(
            f"There is no value head{which} for {policy.info.name or policy.name}, asked as it is here.",
            hint="Train one with 'reason train-head', or choose another scorer.",
        )
    return head
