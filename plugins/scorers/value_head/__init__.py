"""The value head: a process reward that costs no extra forward pass.

A logistic head on the policy's own hidden state at each step's end says how probable it is that the chain
ends right. `reason train-head` makes one from sampled chains whose outcomes are known.
"""

from __future__ import annotations

from collections.abc import Iterable

from ....core import Scorer, hookimpl
from .scorer import ValueHead


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register the value head."""
    return [ValueHead]
