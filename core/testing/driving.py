"""Lets a policy work until it has answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..kinds import Policy
from ..records import Step, Usage
from ..requests import NOTHING, Booking, Proposal, ProposeRequest
from .expecting import expect

_LONGEST_WAIT = 100_000  # calls
Children = list[tuple[Step, ...]]


class Asked(NamedTuple):
    """The steps of every child, in the order asked, and what they took."""

    children: Children
    usage: Usage


def drive(
    who: str,
    policy: Policy,
    requests: Sequence[ProposeRequest],
    handed: Sequence[Proposal | Booking] = (),
) -> Asked:
    """Work until every child has come back.

    Args:
        handed: What came of the requests already; they are new if nothing is given.
    """
    asked = [
        (each.search, each.round, each.position, child)
        for each in requests
        for child in range(len(each.seeds))
    ]
    found: dict[tuple[int, int, int, int], tuple[Step, ...]] = {}
    usage = NOTHING
    came = handed or policy.propose(requests)
    for _ in range(_LONGEST_WAIT):
        usage = sum((each.usage for each in came), usage)
        for proposal in (each for each in came if isinstance(each, Proposal)):
            key = proposal[:4]
            expect(key in asked, f"{who} returns the child {key}, which nobody asked for")
            expect(key not in found, f"{who} returns the child {key} twice")
            found[key] = tuple(proposal.steps)
        if len(found) == len(asked):
            break
        came = policy.propose(())
    missing = [key for key in asked if key not in found]
    expect(not missing, f"{who} never returns the child {missing[:1]} (search, round, position, child)")
    return Asked([found[key] for key in asked], usage)
