"""Agreement: a step counts for as much as its siblings are with it, and as the policy was sure of it.

A scorer that reads log-probabilities and hidden states. The score is the geometric mean of the step's token
probabilities, times (1 + c) / 2, where c in [-1, 1] is the mean cosine between its hidden state and those of
its siblings in the same request. `wants_hidden` makes the policy hand the states in. It reads those of new
steps alone: the ones of earlier steps are not there in a search that was resumed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from reasontree.core import Policy, Scorer, ScoreRequest, Scores, Step


class Agreement(Scorer):
    """Scores a step by how sure the policy was, and how near its siblings are."""

    name = "agreement"
    wants_hidden = True

    def __init__(self, options: object, policy: Policy) -> None:
        self.options = options

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Score every request at once; steps without log-probabilities are left out."""
        return [Scores(each.search, each.round, self.name, by_node(each)) for each in requests]


def by_node(request: ScoreRequest) -> dict[int, float]:
    """Return the score in [0, 1] of each node."""
    steps = {node: path[-1] for node, path in zip(request.nodes, request.paths, strict=True)}
    states = {node: unit(step.hidden) for node, step in steps.items() if step.hidden}
    parents = dict(zip(request.nodes, request.parents, strict=True))
    return {
        node: sureness(step) * (1 + nearness(node, parents, states)) / 2
        for node, step in steps.items()
        if step.logprobs
    }


def sureness(step: Step) -> float:
    """Return exp(mean log-probability), in [0, 1]."""
    return min(1.0, math.exp(math.fsum(step.logprobs) / len(step.logprobs)))


def nearness(node: int, parents: Mapping[int, int], states: Mapping[int, np.ndarray]) -> float:
    """Return the mean cosine to the siblings, in [-1, 1]; 1 where there is none to compare with."""
    siblings = [each for each in states if each != node and parents[each] == parents[node]]
    if node not in states or not siblings:
        return 1.0
    cosines = [float(states[node] @ states[sibling]) for sibling in siblings]
    return max(-1.0, min(1.0, math.fsum(cosines) / len(cosines)))


def unit(hidden: Sequence[float]) -> np.ndarray:
    """Return a vector of length 1 in its direction; zeros stay."""
    state = np.asarray(hidden)
    return state / (np.linalg.norm(state) or 1.0)
