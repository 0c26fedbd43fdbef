"""What a plugin author needs: the tree, the records, the kinds of plugin and the hooks.

The core knows no model, no database and no terminal. Names are imported when they are first used, so that
`reason --help` does not wait for networkx and pydantic.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .commands import CommandEntry
    from .datasets import DatasetEntry, DatasetSource, Split
    from .errors import ContextError, ReasonError, UsageError
    from .hookspecs import hookimpl
    from .kinds import Grader, Left, Policy, Scorer, Strategy, Vote, VoteOptions
    from .meter import Meter, Meters
    from .models import Example, ModelEntry, ModelFile, PromptFormat, Source
    from .options import Field, Options
    from .records import (
        Answer,
        Budget,
        End,
        Expansion,
        Flops,
        Limits,
        ModelInfo,
        Outcome,
        Problem,
        Prompt,
        Sampling,
        Solution,
        Step,
        Tokens,
        Usage,
        Verdict,
    )
    from .requests import Allowance, Booking, Proposal, ProposeRequest, ScoreRequest, Scores
    from .search import Round, Search
    from .tree import ROOT, Node, Tree

_HOMES = {
    "commands": ("CommandEntry",),
    "datasets": ("DatasetEntry", "DatasetSource", "Split"),
    "errors": ("ContextError", "ReasonError", "UsageError"),
    "hookspecs": ("hookimpl",),
    "kinds": ("Grader", "Left", "Policy", "Scorer", "Strategy", "Vote", "VoteOptions"),
    "meter": ("Meter", "Meters"),
    "models": ("Example", "ModelEntry", "ModelFile", "PromptFormat", "Source"),
    "options": ("Field", "Options"),
    "requests": ("Allowance", "Booking", "Proposal", "ProposeRequest", "ScoreRequest", "Scores"),
    "search": ("Round", "Search"),
    "tree": ("ROOT", "Node", "Tree"),
}

__all__ = [
    "ROOT",
    "Allowance",
    "Answer",
    "Booking",
    "Budget",
    "CommandEntry",
    "ContextError",
    "DatasetEntry",
    "DatasetSource",
    "End",
    "Example",
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
    "Outcome",
    "Policy",
    "Problem",
    "Prompt",
    "PromptFormat",
    "Proposal",
    "ProposeRequest",
    "ReasonError",
    "Round",
    "Sampling",
    "ScoreRequest",
    "Scorer",
    "Scores",
    "Search",
    "Solution",
    "Source",
    "Split",
    "Step",
    "Strategy",
    "Tokens",
    "Tree",
    "Usage",
    "UsageError",
    "Verdict",
    "Vote",
    "VoteOptions",
    "hookimpl",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "records")
    return getattr(importlib.import_module(f".{home}", __name__), name)
