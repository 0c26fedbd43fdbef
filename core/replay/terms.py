"""On which terms recorded steps were made: how they were sampled, and what they were given.

What was made on other terms is a sample of something else.
"""

from __future__ import annotations

from typing import NamedTuple

from ..records import Expansion, Sampling
from ..requests import ProposeRequest
from ..trace import Trace
from ..tree import ROOT, Node


class Terms(NamedTuple):
    """How a step was sampled, or shall be, and what it is given.

    Attributes:
        sampling: None where it is sampled as the search samples.
        begins: None for a recorded beginning that nobody can tell from what was sampled.
    """

    sampling: Sampling | None = None
    says: str = ""
    begins: str | None = ""

    @property
    def onward(self) -> Terms:
        """How the steps of a chain behind the first one are made: with nothing given."""
        return Terms(self.sampling)


PLAIN = Terms()


def terms_of(asked: Expansion | ProposeRequest, sampling: Sampling) -> Terms:
    """Return the terms that are asked for, in a search that samples as `sampling` says."""
    own = None if asked.sampling == sampling else asked.sampling
    return Terms(own, asked.says, asked.begins)


def terms_of_nodes(trace: Trace) -> dict[int, Terms]:
    """Return the terms of each node that was not made on the plain ones."""
    expansions = {
        (round.number, each.node, rank): each
        for round in trace.rounds
        for each, first in zip(round.expansions, round.first_ranks, strict=True)
        for rank in range(first, first + each.width)
    }
    found: dict[int, Terms] = {}
    for node in list(trace.tree)[1:]:
        parent = trace.tree[node.parent or ROOT]
        expansion = expansions.get((node.round, parent.id, node.rank))
        if expansion is not None:
            terms = terms_of(expansion, trace.record.sampling)
        elif parent.round == node.round:  # within a chain
            terms = found.get(parent.id, PLAIN).onward
        else:
            terms = _told_by(node)
        if terms != PLAIN:
            found[node.id] = terms
    return found


def _told_by(node: Node) -> Terms:
    """Return what a node itself tells, whose round is not recorded since the process was killed."""
    step = node.step
    return Terms(None, step.said, "" if step.n_given == step.n_said else None)
