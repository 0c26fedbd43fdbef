"""In which manner recorded steps were made: how they were sampled, and what they were given.

What was made in another manner is a sample of something else.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.records import Expansion, Sampling
from ...core.requests import ProposeRequest
from ...core.tree import ROOT, Node
from ..traces import Trace


class Manner(NamedTuple):
    """How a step was sampled, or shall be, and what it is given.

    Attributes:
        sampling: None where it is sampled as the search samples.
        begins: None for a recorded beginning that nobody can tell from what was sampled.
    """

    sampling: Sampling | None = None
    says: str = ""
    begins: str | None = ""

    @property
    def onward(self) -> Manner:
        """How the steps of a chain behind the first one are made: with nothing given."""
        return Manner(self.sampling)


PLAIN = Manner()


def manner_of(asked: Expansion | ProposeRequest, sampling: Sampling) -> Manner:
    """Return the manner that is asked for, in a search that samples as `sampling` says."""
    own = None if asked.sampling == sampling else asked.sampling
    return Manner(own, asked.says, asked.begins)


def manners_of(trace: Trace) -> dict[int, Manner]:
    """Return the manner of each node that was not made in the plain one."""
    expansions = {
        (round.number, each.node, rank): each
        for round in trace.rounds
        for each, first in zip(round.expansions, round.first_ranks, strict=True)
        for rank in range(first, first + each.width)
    }
    found: dict[int, Manner] = {}
    for node in list(trace.tree)[1:]:
        parent = trace.tree[node.parent or ROOT]
        expansion = expansions.get((node.round, parent.id, node.rank))
        if expansion is not None:
            manner = manner_of(expansion, trace.settings.sampling)
        elif parent.round == node.round:  # within a chain
            manner = found.get(parent.id, PLAIN).onward
        else:
            manner = _told_by(node)
        if manner != PLAIN:
            found[node.id] = manner
    return found


def _told_by(node: Node) -> Manner:
    """Return what a node itself tells, whose round is not recorded since the process was killed."""
    step = node.step
    return Manner(None, step.said, "" if step.n_given == step.n_said else None)
