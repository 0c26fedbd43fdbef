"""The reader: a second model that reads what the policy writes, and says how probable it finds it.

It needs no training of its own: any GGUF model will do, and a larger one than the policy knows more. What it
says is made a probability by a few numbers that `reason train-head --reader MODEL` fits from recorded chains.
"""

from __future__ import annotations

from collections.abc import Iterable

from ....core import Scorer, hookimpl
from .likelihoods import Features, LikelihoodReader
from .scorer import ReaderScorer

__all__ = ["Features", "LikelihoodReader", "ReaderScorer", "register_scorers"]


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register the reader."""
    return [ReaderScorer]
