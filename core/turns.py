"""A path as a conversation: the user's words, and the model's reply to each.

A solution begins anew where the user speaks. What came before belongs to the conversation, not to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .records import Step


class Exchange(NamedTuple):
    """What the user said, and what the model replied; the first one's `said` is empty: it is the problem."""

    said: str
    reply: str


def reply_of(steps: Sequence[Step]) -> Sequence[Step]:
    """Return the steps of the solution that the last one belongs to: those since the user last spoke.

    Args:
        steps: A path without the prompt.
    """
    last = next((place for place in reversed(range(len(steps))) if steps[place].said), 0)
    return steps[last:] if last else steps


def transcript_of(steps: Sequence[Step]) -> list[Exchange]:
    """Return a path without the prompt as a conversation."""
    found = [Exchange("", "")] if not steps or not steps[0].said else []
    for step in steps:
        if step.said:
            found.append(Exchange(step.said, step.text))
        else:
            found[-1] = Exchange(found[-1].said, found[-1].reply + step.text)
    return found
