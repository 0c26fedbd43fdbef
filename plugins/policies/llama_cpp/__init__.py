"""llama.cpp in this process: a model, a context, a prefix tree over its cells, a scheduler of branches.

What `__all__` names is the public face of this package, for plugins that read with a model of their own or
with the policy's.
"""

from __future__ import annotations

from collections.abc import Iterable

from ....core.hookspecs import hookimpl
from .branch import Question, Reading, ReadRequest
from .engine import Engine
from .model import Model
from .policy import LlamaCpp, LlamaCppOptions, OpenModel
from .prompt import Turn, conversation, render, render_chat
from .rendered import Shield

__all__ = [
    "Engine",
    "LlamaCpp",
    "LlamaCppOptions",
    "Model",
    "OpenModel",
    "Question",
    "ReadRequest",
    "Reading",
    "Shield",
    "Turn",
    "conversation",
    "register_policies",
    "render",
    "render_chat",
]


@hookimpl
def register_policies() -> Iterable[type]:
    """Register the policy."""
    return [LlamaCpp]
