"""The messages between the loop, its policy and its scorers.

They are frozen and carry no object of the loop, so that a policy or a scorer may live in another process: a
request says what its search may still spend, and what was spent travels with what is handed back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from .records import Limits, Problem, Prompt, Sampling, Step, Until, Usage

NOTHING = Usage()
"""What costs nothing, or was told by a `Booking`."""


class Allowance(NamedTuple):
    """What a search may still spend, all of its requests together; None is no limit.

    Attributes:
        tokens: Generated tokens.
        flops: FLOPs of policy and scorers.
    """

    tokens: int | None = None
    flops: float | None = None


UNLIMITED = Allowance()


@dataclass(frozen=True, slots=True)
class ProposeRequest:
    """One expansion on its way to the policy.

    Attributes:
        search: The search's number within the run.
        round: The round of the search that asked.
        position: The expansion's position within its round.
        prefix: Prompt and steps from the root to the node, oldest first.
        seeds: One per child; its length is the width.
        until: One step, or the whole rest of the solution.
        sampling: The expansion's own, or the search's.
        allowance: What the search may still spend; a `Meter` keeps it.
        wants_hidden: Whether each step shall come with the policy's last hidden state at its end.
        says: What the user says next; empty where the model simply goes on.
        begins: What the text of each child begins with; empty where all of it is sampled.
    """

    search: int
    round: int
    position: int
    prefix: tuple[Step, ...]
    seeds: tuple[int, ...]
    until: Until
    sampling: Sampling
    limits: Limits
    allowance: Allowance = UNLIMITED
    wants_hidden: bool = False
    says: str = ""
    begins: str = ""


class Booking(NamedTuple):
    """What was spent for a search and has not been told before."""

    search: int
    usage: Usage


class Proposal(NamedTuple):
    """One child as the policy made it: one step, or all steps of a chain; none if it was cut at once.

    Attributes:
        usage: What it took, as far as no `Booking` has told it.
    """

    search: int
    round: int
    position: int
    child: int
    steps: tuple[Step, ...]
    usage: Usage = NOTHING


class ScoreRequest(NamedTuple):
    """Nodes of one search that wait for scores.

    `prompt` and `paths` let a scorer read every node's whole prefix: `paths[i]` are the steps from the
    first one to the node `nodes[i]`. A scorer that goes on from what it said of the step before finds it in
    `known`, also in a search that was resumed, or in its own answer to this request: parents come first.

    Attributes:
        allowance: What the search may still spend; a scorer with a model of its own keeps the FLOPs.
        parents: The node before each of `nodes`; 0 is the root. A search always gives them.
        known: Scores of earlier requests, by parent and scorer; a parent without any is left out.
    """

    search: int
    round: int
    problem: Problem
    prompt: Prompt
    nodes: tuple[int, ...]
    paths: tuple[tuple[Step, ...], ...]
    allowance: Allowance = UNLIMITED
    parents: tuple[int, ...] = ()
    known: Mapping[int, Mapping[str, float]] = MappingProxyType({})

    def only(self, places: Sequence[int], known: Mapping[int, Mapping[str, float]]) -> ScoreRequest:
        """Return the request for some of its nodes, with what is known of others besides."""
        return self._replace(
            nodes=tuple(self.nodes[place] for place in places),
            paths=tuple(self.paths[place] for place in places),
            parents=tuple(self.parents[place] for place in places),
            known={**self.known, **known},
        )


class Scores(NamedTuple):
    """A scorer's answer to one request.

    Attributes:
        by_node: Node → score in [0, 1]; nodes that it cannot score are left out.
        error: Why it cannot go on for this search, which then ends with what it has; other searches go on.
        usage: What a model of its own took, as far as no `Booking` has told it.
    """

    search: int
    round: int
    scorer: str
    by_node: Mapping[int, float]
    error: Exception | None = None
    usage: Usage = NOTHING
