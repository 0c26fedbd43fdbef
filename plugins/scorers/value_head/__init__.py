"""The value head: a process reward that costs no extra forward pass.

A logistic head on the policy's own hidden state at each step's end says how probable it is that the chain
ends right. `reason train-head` makes one from sampled chains whose outcomes are known.
"""

from __future__ import annotations

from collections.abc import Iterable

from ....core import Scorer, hookimpl
from .head import Head, load_head_for
from .locations import find_head
from .scorer import ValueHead

__all__ = ["Head", "ValueHead", "find_head", "load_head_for", "register_scorers"]


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register the value head."""
    return [ValueHead]
