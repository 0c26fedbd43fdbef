"""What a plugin author needs: the tree, the records, the kinds of plugin and the hooks.

The core knows no model, no database and no terminal.
"""

from .errors import ReasonError
from .hookspecs import hookimpl
from .interfaces import Grader, Policy, Scorer, Strategy, Vote
from .options import Options
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
