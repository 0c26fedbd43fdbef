"""What votes over recorded chains would have answered, had their steps had these scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....core.vote import AGGREGATIONS
from .chains import NO_ANSWER, LabelledChains
from .head import Floats


class VoteRule(NamedTuple):
    """How a vote is taken.

    Attributes:
        vote: How a class of equivalent answers is weighed.
        aggregation: How the scores of its steps make a chain's score.
        power: To which the step scores are raised first.
    """

    vote: Literal["majority", "weighted", "best"]
    aggregation: str = "last"
    power: float = 1.0


VOTE_RULES = (
    *(VoteRule("weighted", aggregation, power) for power in (1.0, 3.0) for aggregation in AGGREGATIONS),
    *(VoteRule("best", aggregation) for aggregation in AGGREGATIONS),
)
MAJORITY = VoteRule("majority")

_WEIGHS: Mapping[str, Callable[[list[float]], float]] = {
    "majority": len,
    "weighted": math.fsum,
    "best": max,
}


def chain_scores(chains: LabelledChains, scores: Floats, aggregation: str) -> Floats:
    """Aggregate step scores to (chains,); a chain whose steps have no score gets 0, as in a vote."""
    aggregate = AGGREGATIONS[aggregation]
    found = np.zeros(len(chains.problem))
    edges = np.flatnonzero(np.diff(chains.chain)) + 1
    for steps in np.split(np.arange(chains.n_steps), edges):
        known = scores[steps][~np.isnan(scores[steps])]
        if len(known):
            found[chains.chain[steps[0]]] = aggregate(known.tolist())
    return found


def count(chains: LabelledChains, scores: Floats, rule: VoteRule) -> NDArray[np.bool_]:
    """Return for each problem whether the rule would have found the right answer.

    Args:
        scores: (steps,) in [0, 1]; NaN where there is none.
    """
    of_chain = chain_scores(chains, scores**rule.power, rule.aggregation)
    right = np.zeros(len(chains.questions), dtype=bool)
    for problem in range(len(chains.questions)):
        members = np.flatnonzero((chains.problem == problem) & (chains.answer != NO_ANSWER))
        if len(members):
            right[problem] = chains.right[_winner(chains, of_chain, members, rule)]
    return right


def _winner(chains: LabelledChains, scores: Floats, members: NDArray[np.int64], rule: VoteRule) -> int:
    """Return a chain of the heaviest class; ties go as in `core.vote.conclude`."""
    weigh = _WEIGHS[rule.vote]
    classes: dict[int, list[int]] = {}
    for chain in members.tolist():
        classes.setdefault(int(chains.answer[chain]), []).append(chain)

    def rank(place: int) -> tuple[float, float, int]:
        of_class = [float(scores[chain]) for chain in classes[place]]
        return (-weigh(of_class), -math.fsum(of_class), place)

    return classes[min(classes, key=rank)][0]
