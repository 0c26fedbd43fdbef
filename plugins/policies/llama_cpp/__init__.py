"""llama.cpp in this process: a model, a context, a prefix tree over its cells, a scheduler of branches."""

from __future__ import annotations

from collections.abc import Iterable

from ....core.hookspecs import hookimpl
from .policy import LlamaCpp


@hookimpl
def register_policies() -> Iterable[type]:
    """Register the policy."""
    return [LlamaCpp]
