"""What a plugin author needs: the tree, the records, the kinds of plugin and the hooks.

The core knows no model, no database and no terminal. Names are imported when they are first used, so that
`reason --help` does not wait for networkx and pydantic.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import ReasonError
    from .hookspecs import hookimpl
    from .interfaces import Grader, Policy, Scorer, Strategy, Vote
    from .options import Field, Options
    from .records import (
        Answer,
        End,
        Expansion,
        Limits,
        Problem,
        Prompt,
        Proposal,
        ProposeRequest,
        Sampling,
        ScoreRequest,
        Scores,
        Solution,
        Step,
    )
    from .tree import ROOT, Node, Tree

__all__ = [
    "ROOT",
    "Answer",
    "End",
    "Expansion",
    "Field",
    "Grader",
    "Limits",
    "Node",
    "Options",
    "Policy",
    "Problem",
    "Prompt",
    "Proposal",
    "ProposeRequest",
    "ReasonError",
    "Sampling",
    "ScoreRequest",
    "Scorer",
    "Scores",
    "Solution",
    "Step",
    "Strategy",
    "Tree",
    "Vote",
    "hookimpl",
]

_HOMES = {
    "errors": ("ReasonError",),
    "hookspecs": ("hookimpl",),
    "interfaces": ("Grader", "Policy", "Scorer", "Strategy", "Vote"),
    "options": ("Field", "Options"),
    "tree": ("ROOT", "Node", "Tree"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "records")
    return getattr(importlib.import_module(f".{home}", __name__), name)
