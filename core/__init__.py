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
    from .kinds import Grader, Left, Policy, Scorer, Strategy, Vote
    from .meter import Meter, Meters
    from .models import ModelEntry, ModelFile
    from .options import Field, Options
    from .records import (
        Answer,
        Budget,
        End,
        Expansion,
        Flops,
        Limits,
        ModelInfo,
        Problem,
        Prompt,
        Sampling,
        Solution,
        Step,
        Tokens,
        Usage,
    )
    from .requests import Allowance, Booking, Proposal, ProposeRequest, ScoreRequest, Scores
    from .tree import ROOT, Node, Tree

_HOMES = {
    "errors": ("ReasonError",),
    "hookspecs": ("hookimpl",),
    "kinds": ("Grader", "Left", "Policy", "Scorer", "Strategy", "Vote"),
    "meter": ("Meter", "Meters"),
    "models": ("ModelEntry", "ModelFile"),
    "options": ("Field", "Options"),
    "requests": ("Allowance", "Booking", "Proposal", "ProposeRequest", "ScoreRequest", "Scores"),
    "tree": ("ROOT", "Node", "Tree"),
}

__all__ = [
    "ROOT",
    "Allowance",
    "Answer",
    "Booking",
    "Budget",
    "End",
    "Expansion",
    "Field",
    "Flops",
    "Grader",
    "Left",
    "Limits",
    "Meter",
    "Meters",
    "ModelEntry",
    "ModelFile",
    "ModelInfo",
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
    "Tokens",
    "Tree",
    "Usage",
    "Vote",
    "hookimpl",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "records")
    return getattr(importlib.import_module(f".{home}", __name__), name)
